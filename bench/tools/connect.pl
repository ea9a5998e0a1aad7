# connect.pl FILE COUNT HOT
#
# Connects to port 80 of the addresses in FILE, one after the other and at random, half of the time to
# one of the first HOT. Ends after COUNT connections, but not before standard input does.
# Prints a line for each: the address, and the endpoint that answered or what went wrong.
# Waits less than the second after which TCP sends a lost SYN again: a loss is to be seen.
use strict;
use warnings;
use Socket;

my ($file, $count, $hot) = @ARGV;
open my $in, '<', $file or die "connect.pl: $file: $!\n";
my @addresses = map { chomp; $_ } <$in>;
my $patience = pack 'q2', 0, 900_000;

sub pick { $addresses[rand($hot > 0 && rand() < 0.5 ? $hot : @addresses)] }

sub ask {
  my ($address) = @_;
  socket my $socket, PF_INET, SOCK_STREAM, 0 or return "socket: $!";
  setsockopt $socket, SOL_SOCKET, SO_SNDTIMEO, $patience;
  setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, $patience;
  connect $socket, pack_sockaddr_in(80, inet_aton($address)) or return "connect: $!";
  sysread $socket, my $answer, 64 or return 'no answer: ' . ($! || 'closed');
  return $answer;
}

sub input_ended {
  my $ready = '';
  vec($ready, 0, 1) = 1;
  return select($ready, undef, undef, 0) > 0 && !sysread STDIN, my $ignored, 64;
}

my $ended = 0;
for (my $done = 0; $done < $count || !$ended; $done++) {
  my $address = pick();
  print "$address ", ask($address), "\n";
  $ended ||= input_ended() if $done % 64 == 0;
  # Leaves some of the processor to what changes the rules.
  select undef, undef, undef, 1e-4 if $done % 2 == 0;
}
