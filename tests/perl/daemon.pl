# A daemon of root's whose starter has ended. Four seconds after its start it
# creates a set of one semaphore, gives it to another user, and has a worker of
# that user's use it and end. Then it says "PID START" and lives on.
#
# usage: daemon.pl KEY UID
use strict;
use warnings;
use IPC::Semaphore;
use POSIX ();

my ($key, $uid) = @ARGV;
exit if fork;
POSIX::setsid();
exit if fork;
$| = 1;
my $start = time;
select undef, undef, undef, 0.05 until time >= $start + 4;

my $set = IPC::Semaphore->new($key, 1, 01600) or die "semget: $!";
defined $set->set(uid => $uid, gid => $uid) or die "IPC_SET: $!";
if (!fork) {
    POSIX::setgid($uid);
    POSIX::setuid($uid);
    die "uid $<" if $< != $uid or $> != $uid;
    $set->op(0, 1, 0, 0, -1, 0) or die "semop: $!";
    exit;
}
wait;
die "the worker failed" if $?;
print "$$ $start\n";
sleep 60 while 1;
