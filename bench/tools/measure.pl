# measure.pl PROGRAM [ARGUMENT...]
#
# Runs a program and prints what it and all it waited for have cost, as JSON on descriptor 3:
# microseconds of CPU, milliseconds of wall time, kilobytes of the largest process, exit code.
use strict;
use warnings;
use POSIX ();

# perl's own `times` counts in hundredths of a second: too coarse for what takes five milliseconds.
my $machine = (POSIX::uname())[4];
my ($getrusage, $clock_gettime) =
  $machine eq 'x86_64' ? (98, 228)
  : $machine =~ /^(aarch64|riscv64|loongarch64)$/ ? (165, 113)
  : die "measure.pl: the numbers of the system calls of $machine are not known here\n";

sub milliseconds {
  my $time = "\0" x 16;
  syscall($clock_gettime, 1, $time);    # CLOCK_MONOTONIC
  my ($seconds, $nanoseconds) = unpack 'q2', $time;
  return $seconds * 1e3 + $nanoseconds / 1e6;
}

my $start = milliseconds();
my $pid = fork() // die "measure.pl: cannot fork: $!\n";
if ($pid == 0) {
  POSIX::close(3);
  exec { $ARGV[0] } @ARGV or do {
    print STDERR "measure.pl: $ARGV[0]: $!\n";
    POSIX::_exit(127);
  }
}
waitpid $pid, 0;
my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
my $wall = milliseconds() - $start;

my $usage = "\0" x 256;
syscall($getrusage, -1, $usage);        # RUSAGE_CHILDREN, which after the wait has their children too
my ($user_s, $user_us, $system_s, $system_us, $rss) = unpack 'q5', $usage;

open my $out, '>&=', 3 or die "measure.pl: $!\n";
printf $out '{"cpuUs":%d,"wallMs":%.3f,"rssKb":%d,"code":%d}',
  ($user_s + $system_s) * 1e6 + $user_us + $system_us, $wall, $rss, $code;
