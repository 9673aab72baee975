# A Perl application, as far as locks go: obeys lines of standard input and
# answers each with a line.
#
#   tie ID        opens the session for writing, as a request that changes it does
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
    Directory => $directory, NSems => $nsems, Transaction => 1,
);
my (%session, $lock, $held);

sub acquire {
    my ($mode, $id) = @_;
    $id =~ s/%(..)/chr hex $1/ge;
    $held = { args => { NSems => $nsems }, data => { _session_id => $id } };
    $lock = Apache::Session::Lock::Semaphore->new($held);
    $mode eq 'read' ? $lock->acquire_read_lock($held) : $lock->acquire_write_lock($held);
}

my %do = (
    new => sub { tie %session, 'Apache::Session::Flex', undef, \%arguments; $session{_session_id} },
    tie => sub { tie %session, 'Apache::Session::Flex', $_[0], \%arguments; $session{visits}++; 'held' },
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
