# Prints the slot that Apache::Session::Lock::Semaphore itself uses: for each
# line "NSEMS ID" (the id's bytes percent-encoded) its number, or "dies".
use strict;
use warnings;
use Apache::Session::Lock::Semaphore;

# Stands in for IPC::Semaphore, which packs what it is given for semop just so,
# and dies of a number that is none; keeps what would have been done.
package Recorder {
    sub op { my $self = shift; @$self = unpack 's!*', pack 's!*', @_; 1 }
}

$| = 1;
while (my $line = <STDIN>) {
    chomp $line;
    my ($nsems, $id) = split / /, $line, 2;
    $id =~ s/%(..)/chr hex $1/ge;
    my $session = { args => { NSems => $nsems }, data => { _session_id => $id } };
    my $lock = Apache::Session::Lock::Semaphore->new($session);
    my $recorder = $lock->{sem} = bless [], 'Recorder';
    my $slot = eval { $lock->acquire_read_lock($session); $recorder->[3] };
    print defined $slot ? $slot : 'dies', "\n";
}
