# The witness of the torture (witness.c) for Perl clients, which are in and out thousands
# of times. The page is a file: what is written to it is seen in the memory of the others.
package Witness;
use strict;
use warnings;

use constant { ENTRIES => 32, ENTRY_SIZE => 32, PF_EXITING => 0x4 };

my ($page, $number, $start, $turn, $entry);

# Parent, flags and start time of a process; none if there is none.
sub look_at {
    my ($pid) = @_;
    open my $stat, '<', "/proc/$pid/stat" or return;
    my $line = <$stat>;
    return unless defined $line;
    $line =~ s/.*\) //;
    return (split / /, $line)[1, 6, 19];
}

sub read_at {
    my ($position, $size) = @_;
    sysseek $page, $position, 0 or die "page: $!";
    sysread $page, my $bytes, $size or die "page: $!";
    return $bytes;
}

sub write_at {
    my ($position, $bytes) = @_;
    sysseek $page, $position, 0 or die "page: $!";
    syswrite $page, $bytes or die "page: $!";
}

# Chooses the entry of this process.
sub begin {
    ($number) = @_;
    open $page, '+<', "$ENV{TORTURE}/page" or die "page: $!";
    $start = (look_at($$))[2];
    $turn = unpack 'x16Q', read_at($number * ENTRY_SIZE, ENTRY_SIZE);
}

sub enter {
    my ($word) = @_;
    $turn++;
    $entry = pack 'Q4', $$, $start, $turn, $word;
    write_at($number * ENTRY_SIZE, $entry);
    my $written = $word & 0xffffffff;
    my $excluded = $written | $written << 32 | $word >> 32;
    my @words = unpack '(x24Q)*', read_at(0, ENTRIES * ENTRY_SIZE);
    for my $other (0 .. ENTRIES - 1) {
        meet($other) if $words[$other] & $excluded and $other != $number;
    }
}

# Looks closer at one who seems to be in, too.
sub meet {
    my ($other) = @_;
    my $its = read_at($other * ENTRY_SIZE, ENTRY_SIZE);
    my $mine = $entry;
    my (undef, undef, undef, $its_word) = unpack 'Q4', $its;
    my $word = unpack 'x24Q', $mine;
    my ($written, $its_written) = map { $_ & 0xffffffff } $word, $its_word;
    return unless $written & ($its_word | $its_word >> 32) or $its_written & $word >> 32;
    return unless is_in($other, $its) and is_in($number, $mine);
    open my $list, '>>', "$ENV{TORTURE}/overlaps" or die "overlaps: $!";
    syswrite $list, sprintf "entry %d (%s) and entry %d (%s)\n", $number,
        join(' ', unpack 'Q4', $mine), $other, join(' ', unpack 'Q4', $its);
}

# Whether the lock of this entry was held when it was read.
sub is_in {
    my ($who, $then) = @_;
    return 0 if unpack 'Q', read_at(ENTRIES * ENTRY_SIZE + $who * 8, 8);
    my ($pid, $started) = unpack 'Q2', $then;
    if ($pid) {
        my (undef, $flags, $now) = look_at($pid);
        return 0 if !defined $now or $now != $started or $flags & PF_EXITING;
    }
    return read_at($who * ENTRY_SIZE, ENTRY_SIZE) eq $then;
}

sub leave { write_at($number * ENTRY_SIZE + 24, pack 'Q', 0) }

1;
