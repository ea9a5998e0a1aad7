# inject.pl DEVICE SOURCE-MAC TARGET-MAC COUNT RUN < ADDRESSES
#
# Sends COUNT TCP SYNs to port 80 of the addresses on standard input, at random, from the link layer.
# Each is a new connection: its source differs from that of every other, in every other RUN too.
# Prints microseconds of CPU and of wall time that the sending took. The packets' way through the
# next namespaces is in it: a veth hands a packet over within the sender's system call.
use strict;
use warnings;
use POSIX ();

my ($device, $source_mac, $target_mac, $count, $run) = @ARGV;
my @targets = map { chomp; pack 'C4', split /\./ } <STDIN>;
my $ethernet = mac($target_mac) . mac($source_mac) . "\x08\x00";

# A run has 2^15 source ports of one address, and as many addresses of 10.3.0.0/16 as it needs.
sub packet_of {
  my ($number, $target) = @_;
  my $address = ($run * 8 + ($number >> 15)) & 0xffff;
  my $source = pack 'C2n', 10, 3, $address;
  my $port = 32768 + ($number & 0x7fff);
  my $tcp = pack 'nnNNCCnnn', $port, 80, int rand 2**32, 0, 5 << 4, 2, 64240, 0, 0;
  my $pseudo = $source . $target . pack 'CCn', 0, 6, length $tcp;
  substr $tcp, 16, 2, checksum($pseudo . $tcp);
  my $ip = pack 'CCnnnCCn', 0x45, 0, 40, $number & 0xffff, 0x4000, 64, 6, 0;
  $ip .= $source . $target;
  substr $ip, 10, 2, checksum($ip);
  return $ethernet . $ip . $tcp;
}

sub checksum {
  my $sum = unpack '%32n*', $_[0];
  $sum = ($sum >> 16) + ($sum & 0xffff) while $sum >> 16;
  return pack 'n', ~$sum & 0xffff;
}

sub mac { pack 'C6', map { hex } split /:/, $_[0] }

# struct sockaddr_ll; 17 is AF_PACKET, 0x8933 is SIOCGIFINDEX.
sub open_device {
  socket my $socket, 17, 3, 0 or die "inject.pl: no packet socket: $!\n";
  my $request = pack 'a16 x24', $device;
  ioctl $socket, 0x8933, $request or die "inject.pl: no device $device: $!\n";
  my $index = unpack 'x16 i', $request;
  bind $socket, pack 'S n i S C C x8', 17, 0x0800, $index, 0, 0, 0 or die "inject.pl: bind: $!\n";
  return $socket;
}

my $socket = open_device();
my @packets = map { packet_of($_, $targets[rand @targets]) } 0 .. $count - 1;

sub wall {
  open my $file, '<', '/proc/uptime' or return 0;
  return (split ' ', <$file>)[0] * 1e6;
}

my ($wall, $cpu) = (wall(), POSIX::clock());
for (@packets) {
  defined syswrite $socket, $_ or die "inject.pl: send: $!\n";
}
printf "{\"cpuUs\":%d,\"wallUs\":%d}\n", POSIX::clock() - $cpu, wall() - $wall;
