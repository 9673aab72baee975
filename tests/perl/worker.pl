# A Perl client that takes locks as told, whose overlaps are seen:
#   worker.pl DIRECTORY; each line "read|write SESSION" is answered "in"; the
#   next line, whatever it is, ends that, and is answered "out".
use strict;
use warnings;
use FindBin;
use Apache::Session::Lock::Semaphore;
require "$FindBin::Bin/overlap.pl";

my ($directory) = @ARGV;
$| = 1;
while (my $line = <STDIN>) {
    chomp $line;
    my ($mode, $id) = split / /, $line;
    my $session = { args => { NSems => 32 }, data => { _session_id => $id } };
    my $lock = Apache::Session::Lock::Semaphore->new($session);
    $mode eq 'read' ? $lock->acquire_read_lock($session) : $lock->acquire_write_lock($session);
    my $in = Overlap::enter("$directory/$id", $mode);
    print "in\n";
    <STDIN>;
    Overlap::leave($in);
    $lock->release_all_locks($session);
    print "out\n";
}
