# A Perl client of the torture, with the real module:
#
#   client.pl ENTRY TURNS SEED NSEMS SESSION=BIT...
#   client.pl in ENTRY WORD
#
# takes and gives back TURNS locks of random sessions. Now and then, it stops itself while
# it has one. (Nobody else may stop it: the module would take the EINTR that follows for a
# lock.) At the end, it may keep a lock until the kernel takes it, or leave one behind.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Apache::Session::Lock::Semaphore;
use Witness;

# As a test of the witness has it: in without a lock, until it is killed.
if ($ARGV[0] eq 'in') {
    Witness::begin($ARGV[1]);
    Witness::enter($ARGV[2]);
    $| = 1;
    print "in\n";
    sleep 1000;
}

my ($entry, $turns, $seed, $nsems, @sessions) = @ARGV;
my @bits = map { [/(.*)=(.*)/] } @sessions;
srand $seed;
Witness::begin($entry);

sub lock_for {
    my ($id) = @_;
    my $session = { args => { NSems => $nsems }, data => { _session_id => $id } };
    return (Apache::Session::Lock::Semaphore->new($session), $session);
}

sub take {
    my ($id, $bit) = @{ $bits[rand @bits] };
    my ($lock, $session) = lock_for($id);
    my $reads = rand() < 0.6;
    $reads ? $lock->acquire_read_lock($session) : $lock->acquire_write_lock($session);
    Witness::enter(1 << $bit << ($reads ? 32 : 0));
    kill STOP => $$ if rand() < 0.0005;
    select undef, undef, undef, 0.0002 if rand() < 0.02;
    return ($lock, $session);
}

# Takes a write lock that the kernel does not take back.
sub take_without_undo {
    my ($id, $bit) = @{ $bits[rand @bits] };
    my ($reader, $writer) = ($bit, $bit + $nsems / 2);
    my $set = semget(31818, $nsems, 0700) // die "semget: $!";
    my $operations = pack 's!9', $reader, 0, 0, $writer, 0, 0, $writer, 1, 0;
    semop($set, $operations) or die "semop: $!";
    Witness::enter(1 << $bit);
}

for (1 .. $turns) {
    my ($lock, $session) = take();
    Witness::leave();
    $lock->release_all_locks($session);
}
my $end = rand();
take() if $end < 0.3;
take_without_undo() if $end > 0.9;
