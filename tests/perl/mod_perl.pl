# An application with sessions in mod_perl: what it does is the query, WHAT&SESSION...
#   new           begins a session and says its id
#   read, write   uses one as it should be
#   leak          keeps a read lock of the first and a write lock of the second in a
#                 global, as a closure or a cache does that nobody has thought of
package App;
use strict;
use warnings;
use Apache2::RequestRec ();
use Apache2::RequestIO ();
use Apache::Session::Flex;

our @kept;

sub session {
    my ($id, $write) = @_;
    tie my %session, 'Apache::Session::Flex', $id, {
        Store => 'File', Lock => 'Semaphore', Generate => 'MD5', Serialize => 'Storable',
        Directory => $ENV{SESSIONS}, NSems => 34, Transaction => $write,
    };
    return \%session;
}

sub handler {
    my $request = shift;
    my ($what, @ids) = split /&/, $request->args // '';
    $request->content_type('text/plain');
    if (($what // '') eq 'leak') {
        push @kept, session($ids[0], 0), session($ids[1], 1);
        $request->print($$);
    } elsif ($what && @kept) {
        # It would wait for itself.
        $request->print('again');
    } elsif ($what) {
        my $session = session($ids[0], $what eq 'write');
        $session->{times}++ if $what ne 'read';
        $request->print($session->{_session_id});
        untie %$session;
    }
    return 0;
}

1;
