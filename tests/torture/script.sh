#!/bin/sh
# A script of the torture that keeps a lock while it runs:
#
#   script.sh HOW ENTRY WORD MICROSECONDS MODE SESSION...
#
# HOW it is kept and how it ends: "unlock", "for" (the same with --for), "end" (keeps it until
# its own end), "other" (keeps it for another process, whose end it is).
# Its status is that of semlock lock, or 100 more than that of semlock unlock.
how=$1 entry=$2 word=$3 pause=$4 mode=$5
shift 5
owner=$$
[ "$how" != other ] || {
    witness stay $$ &
    owner=$!
}
case $how in
    for | other) semlock lock "$mode" -w 20 --for $owner "$@" || exit ;;
    *) semlock lock "$mode" -w 20 "$@" || exit ;;
esac
case $how in
    unlock | for)
        witness visit "$entry" "$word" $owner "$pause"
        semlock unlock "$@" || exit $((100 + $?))
        ;;
    end) witness enter "$entry" "$word" $owner ;;
    other)
        witness visit "$entry" "$word" $owner "$pause"
        kill -KILL $owner
        ;;
esac
exit 0
