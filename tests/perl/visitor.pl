# A Perl application's worker that takes and gives back the locks of two
# sessions until its standard input ends, and notices what becomes of each.
#
# PROGRESS tells the number of the operation that it is at. Standard output
# tells, with that number, what was not as it should be:
#
#   cut N     the block vanished while it waited, or after it was opened
#   lost N    the block vanished, or the lock was gone, while it had the lock
#
# and at the end "done N".
#
# usage: visitor.pl PROGRESS NSEMS
use strict;
use warnings;
use Apache::Session::Lock::Semaphore;
use IPC::Semaphore;

my ($progress, $nsems) = @ARGV;
open my $file, '>', $progress or die "$progress: $!";
$| = 1;

my $number = 0;
my $ok;
my $real = \&IPC::Semaphore::op;
{
    no warnings 'redefine';
    *IPC::Semaphore::op = sub {
        $number++;
        sysseek $file, 0, 0;
        syswrite $file, sprintf '%09d', $number;
        $ok = $real->(@_);
    };
}

sub has_ended {
    my $watched = '';
    vec($watched, fileno STDIN, 1) = 1;
    return select $watched, undef, undef, 0;
}

until (has_ended()) {
    my $session = { args => { NSems => $nsems }, data => { _session_id => (qw(a b))[rand 2] } };
    my $lock = Apache::Session::Lock::Semaphore->new($session);
    my $read = rand() < 0.5;
    $read ? $lock->acquire_read_lock($session) : $lock->acquire_write_lock($session);
    my $got = $ok;
    print "cut $number\n" unless $got;
    select undef, undef, undef, rand 0.004;
    my $raised = $lock->{read_sem} + ($read ? 0 : $nsems / 2);
    my $value = $lock->{sem}->getval($raised);
    $lock->release_all_locks($session);
    print "lost $number\n" if $got and not ($value and $ok);
    select undef, undef, undef, rand 0.02;
}
print "done $number\n";
