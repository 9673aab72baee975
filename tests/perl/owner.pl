# A process that has a set and does not use it at the moment. A child of it used
# the set last and has ended, so no trace in the set leads to this process.
#
#   owner.pl KEY USER GIVEN    creates a set at KEY (0: a private one) as USER,
#                              gives it to GIVEN, prints its semid, and stays
#                              until it is killed
use strict;
use warnings;
use IPC::Semaphore;
use IPC::SysV qw(IPC_CREAT IPC_EXCL);

my ($key, $user, $given) = @ARGV;
if ($user != $<) {
    $( = $user;
    $) = "$user $user";
    ($<, $>) = ($user, $user);
}
my $set = IPC::Semaphore->new($key, 1, IPC_CREAT | IPC_EXCL | 0600) or die "semget: $!";
unless (fork // die "fork: $!") {
    $set->setval(0, 1) or die "SETVAL: $!";
    exit;
}
wait;
die 'the child failed' if $?;
if ($given != $user) {
    $set->set(uid => $given);
    die "IPC_SET: $!" if $set->stat->uid != $given;
}
$| = 1;
print $set->id, "\n";
sleep while 1;
