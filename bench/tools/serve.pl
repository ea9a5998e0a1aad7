# serve.pl PORT
#
# Answers every connection with the address that it came to, and closes it. Says "ready" first.
use strict;
use warnings;
use Socket;

socket my $server, PF_INET, SOCK_STREAM, 0 or die "serve.pl: socket: $!\n";
setsockopt $server, SOL_SOCKET, SO_REUSEADDR, 1;
bind $server, pack_sockaddr_in($ARGV[0], INADDR_ANY) or die "serve.pl: bind: $!\n";
listen $server, 4096 or die "serve.pl: listen: $!\n";

$| = 1;
$SIG{PIPE} = 'IGNORE';
print "ready\n";

while (accept my $client, $server) {
  my (undef, $address) = unpack_sockaddr_in(getsockname $client);
  syswrite $client, inet_ntoa($address);
  close $client;
}
