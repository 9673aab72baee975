# A Perl application, as far as locks go: obeys lines of standard input and
# answers each with a line.
#
#   new           makes a session, answers its id
#   tie ID        opens it for writing, as a request that changes it does
#   look ID       opens it for reading
#   untie         ends that request
#   read ID       takes a read lock of any session id (percent-encoded)
#   write ID      takes a write lock
#   release       gives it back
#
# usage: client.pl DIRECTORY NSEMS
use strict;
use warnings;
use Apache::Session::Flex;
use Apache::Session::Lock::Semaphore;

my ($directory, $nsems) = @ARGV;
my %arguments = (
    Store => 'File', Lock => 'Semaphore', Generate => 'MD5', Serialize => 'Storable',
    Directory => $directory, NSems => $nsems,
);
my (%session, $lock, $held);

sub acquire {
    my ($mode, $id) = @_;
    $id =~ s/%(..)/chr hex $1/ge;
    $held = { args => { NSems => $nsems }, data => { _session_id => $id } };
    $lock = Apache::Session::Lock::Semaphore->new($held);
    $mode eq 'read' ? $lock->acquire_read_lock($held) : $lock->acquire_write_lock($held);
}

sub request {
    my ($id, $transaction) = @_;
    tie %session, 'Apache::Session::Flex', $id, { %arguments, Transaction => $transaction };
}

my %do = (
    new => sub { request(undef, 1); my $id = $session{_session_id}; untie %session; $id },
    tie => sub { request($_[0], 1); $session{visits}++; 'held' },
    look => sub { request($_[0], 0); 'held' },
    untie => sub { untie %session; 'released' },
    read => sub { acquire('read', @_); 'held' },
    write => sub { acquire('write', @_); 'held' },
    release => sub { $lock->release_all_locks($held); 'released' },
);

$| = 1;
while (my $line = <STDIN>) {
    chomp $line;
    my ($verb, $id) = split / /, $line, 2;
    my $answer = eval { $do{$verb}->($id) };
    my ($error) = split /\n/, $@;
    print defined $answer ? $answer : "error: $error", "\n";
}
