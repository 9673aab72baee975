# Says whether two processes were in a session together though one of them writes.
#
# Everybody who is in leaves a file PID.START.MODE in the session's directory.
# Who comes in leaves its own first and looks at the others' then, so of two
# that overlap at least the later one sees the other. The kernel gives a dying
# process's lock to the next one before it closes its files, so a lock on a
# file would give false alarms: the process's own flags tell (PF_EXITING).
package Overlap;
use strict;
use warnings;

use constant PF_EXITING => 0x4;

# Start time and flags of a process, of /proc/PID/stat; none if it is gone.
sub stat_of {
    my ($pid) = @_;
    open my $stat, '<', "/proc/$pid/stat" or return;
    my $line = <$stat>;
    return unless defined $line;
    $line =~ s/.*\) //;
    my ($flags, $start) = (split / /, $line)[6, 19];
    return ($start, $flags);
}

sub enter {
    my ($directory, $mode) = @_;
    my ($start) = stat_of($$);
    my $mine = "$$.$start.$mode";
    open my $file, '>', "$directory/$mine" or die "$directory/$mine: $!";
    opendir my $dir, $directory or die "$directory: $!";
    for my $other (grep { !/^\.|^\Q$mine\E$/ } readdir $dir) {
        my ($pid, $started, $its_mode) = split /\./, $other;
        next if $mode eq 'read' && $its_mode eq 'read';
        my ($now, $flags) = stat_of($pid);
        next if !defined $now || $now != $started || $flags & PF_EXITING;
        print "OVERLAP $mine $other\n" if -e "$directory/$other";
    }
    return "$directory/$mine";
}

sub leave { unlink $_[0] or die "$_[0]: $!" }

# As a command: in, stay until told, out.
unless (caller) {
    $| = 1;
    my $in = enter(@ARGV);
    print "in\n";
    <STDIN>;
    leave($in);
    print "out\n";
}

1;
