# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_semlock_global_optspecs
    string join \n ipc-namespace= V/version h/help
end

function __fish_semlock_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_semlock_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_semlock_using_subcommand
    set -l cmd (__fish_semlock_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c semlock -n "__fish_semlock_needs_command" -l ipc-namespace -d 'Work in the IPC namespace of process PID, or in the one that the file PATH refers to' -r -F
complete -c semlock -n "__fish_semlock_needs_command" -s V -l version -d 'Print the version; --version adds the build and the platform'
complete -c semlock -n "__fish_semlock_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c semlock -n "__fish_semlock_needs_command" -f -a "create" -d 'Create a block'
complete -c semlock -n "__fish_semlock_needs_command" -f -a "lock" -d 'Hold the lock of a session while a command or a script runs'
complete -c semlock -n "__fish_semlock_needs_command" -f -a "unlock" -d 'Release a lock, or clear an abandoned one'
complete -c semlock -n "__fish_semlock_needs_command" -f -a "status" -d 'Show who has locks, who waits for them, and what is wrong'
complete -c semlock -n "__fish_semlock_needs_command" -f -a "remove" -d 'Remove a block that is not in use, or orphaned sets'
complete -c semlock -n "__fish_semlock_needs_command" -f -a "probe-max" -d 'Measure what semaphores can do here, and recommend an NSems'
complete -c semlock -n "__fish_semlock_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c semlock -n "__fish_semlock_using_subcommand create" -l key -d 'Key of the block [default: $SEMLOCK_KEY, else 31818]' -r
complete -c semlock -n "__fish_semlock_using_subcommand create" -l nsems -d 'Number of semaphores, the application\'s NSems [default: 32 on Linux]' -r
complete -c semlock -n "__fish_semlock_using_subcommand create" -l mode -d 'Permissions, octal [default: 0700]' -r
complete -c semlock -n "__fish_semlock_using_subcommand create" -l owner -d 'Owner, by name or number [default: yourself]' -r
complete -c semlock -n "__fish_semlock_using_subcommand create" -l format -d 'Output format, also of errors' -r -f -a "table\t'For people'
json\t'One JSON document'"
complete -c semlock -n "__fish_semlock_using_subcommand create" -l ipc-namespace -d 'Work in the IPC namespace of process PID, or in the one that the file PATH refers to' -r -F
complete -c semlock -n "__fish_semlock_using_subcommand create" -l exist-ok -d 'Succeed if such a block already exists'
complete -c semlock -n "__fish_semlock_using_subcommand create" -l replace -d 'Replace the existing block, unless one of its locks is in use'
complete -c semlock -n "__fish_semlock_using_subcommand create" -s q -l quiet -d 'Print no warnings'
complete -c semlock -n "__fish_semlock_using_subcommand create" -s h -l help -d 'Print this summary; --help prints everything'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l session -d 'A session id that begins with a dash; may be given several times' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l slot -d 'A slot by its number instead of a session; may be given several times' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l key -d 'Key of the block [default: $SEMLOCK_KEY, else 31818]' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l id -d 'The block with this semid, whatever its key' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l nsems -d 'Refuse the block unless it has N semaphores, the application\'s NSems' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l create -d 'Create the block if it is missing, with NSEMS semaphores and the warnings of semlock create [default: 32 on Linux]' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s w -l wait -d 'Wait at most TIME, such as 5, 2.5 or 2m; then exit with 75' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s E -l conflict-exit-code -d 'Exit with N instead of 75 if the lock is busy' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l for -d 'Without COMMAND: keep the lock until process PID ends' -r
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l format -d 'Format of the error messages' -r -f -a "text\t'For people'
json\t'One JSON document'"
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l ipc-namespace -d 'Work in the IPC namespace of process PID, or in the one that the file PATH refers to' -r -F
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l all -d 'Every slot of the block'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s s -l shared -d 'Read lock: shared with other readers, excludes writers'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s x -l exclusive -d 'Write lock: excludes everybody else (the default)'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s n -l nonblock -d 'Do not wait: exit with 75 if the lock is not free'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l drain -d 'Let no new readers in, and wait for the current ones to leave'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l persist -d 'Without COMMAND: keep the lock until it is unlocked'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s o -l close -d 'Does nothing: children of COMMAND never inherit the lock'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s F -l no-fork -d 'Does nothing: semlock becomes COMMAND wherever SEM_UNDO works'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -l verbose -d 'Say what semlock waits for, even if stderr is not a terminal'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s q -l quiet -d 'Print neither warnings about a block that --create creates, nor how to release a persistent read lock'
complete -c semlock -n "__fish_semlock_using_subcommand lock" -s h -l help -d 'Print this summary; --help prints everything'
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l session -d 'A session id that begins with a dash; may be given several times' -r
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l slot -d 'A slot by its number instead of a session; may be given several times' -r
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l key -d 'Key of the block [default: $SEMLOCK_KEY, else 31818]' -r
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l id -d 'The block with this semid, whatever its key' -r
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l nsems -d 'Refuse the block unless it has N semaphores, the application\'s NSems' -r
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l format -d 'Format of the error messages' -r -f -a "text\t'For people'
json\t'One JSON document'"
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l ipc-namespace -d 'Work in the IPC namespace of process PID, or in the one that the file PATH refers to' -r -F
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l all -d 'Every slot of the block'
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l abandoned -d 'Clear only write locks whose process has provably ended'
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -l force -d 'Release the lock, whoever has it'
complete -c semlock -n "__fish_semlock_using_subcommand unlock" -s h -l help -d 'Print this summary; --help prints everything'
complete -c semlock -n "__fish_semlock_using_subcommand status" -l session -d 'A session id that begins with a dash; may be given several times' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l sessions -d 'Show which of the session ids in DIR, FILE or standard input fall on each slot' -r -F
complete -c semlock -n "__fish_semlock_using_subcommand status" -l slots -d 'Which slots to list' -r -f -a "used\t'Slots that a process has or waits for'
all\t'Every slot'"
complete -c semlock -n "__fish_semlock_using_subcommand status" -l key -d 'Key of the block [default: $SEMLOCK_KEY, else 31818]' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l id -d 'The block with this semid, whatever its key' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l creator -d 'Sets that this user created, by name or number' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l nsems -d 'Sets of N semaphores' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l program -d 'Sets of this program, by the name that status --all shows' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l idle -d 'Only sets that were neither used nor changed for TIME, such as 90m, 12h or 30d; implies --all' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l verdict -d 'Only sets with one of these verdicts; implies --all' -r -f -a "in-use\t'A process waits on it, has a lock in it, or was the last to use it and is alive'
idle\t'No process is seen to use it, but one might'
orphaned\t'No living process could still use it'
unknown\t'Something that the verdict depends on could not be read'"
complete -c semlock -n "__fish_semlock_using_subcommand status" -l sort -d 'Order of the sets [default: semid]; implies --all' -r -f -a "semid\t'By id'
key\t'By key'
nsems\t'Most semaphores first'
uid\t'By the owner\'s number'
otime\t'Most recent operation first, then sets without one'
ctime\t'Most recently changed first'
verdict\t'Orphaned first, then unknown, idle and in-use'"
complete -c semlock -n "__fish_semlock_using_subcommand status" -l waiting -d 'How long a process may wait for a lock before it is reported' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l limit-warn -d 'How much of a limit may be in use before it is reported' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l watch -d 'Update the output every TIME [default: 2]' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l columns -d 'Print only the table, with these columns' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l format -d 'Output format, also of errors' -r -f -a "table\t'For people'
json\t'One JSON document'
prometheus\t'OpenMetrics text, for Prometheus\' textfile collector'"
complete -c semlock -n "__fish_semlock_using_subcommand status" -l owner -d 'Sets that this user owns, by name or number' -r
complete -c semlock -n "__fish_semlock_using_subcommand status" -l ipc-namespace -d 'Work in the IPC namespace of process PID, or in the one that the file PATH refers to' -r -F
complete -c semlock -n "__fish_semlock_using_subcommand status" -s a -l all -d 'Every set of this IPC namespace, instead of a block'
complete -c semlock -n "__fish_semlock_using_subcommand status" -l all-namespaces -d 'Every set of every IPC namespace that has a process and may be entered'
complete -c semlock -n "__fish_semlock_using_subcommand status" -l private -d 'Sets without a key'
complete -c semlock -n "__fish_semlock_using_subcommand status" -l check -d 'Print only what is wrong; exit with 1 if anything is'
complete -c semlock -n "__fish_semlock_using_subcommand status" -s q -l quiet -d 'With --check, print nothing'
complete -c semlock -n "__fish_semlock_using_subcommand status" -l no-headers -d 'Print only the table of slots or of sets, without headings'
complete -c semlock -n "__fish_semlock_using_subcommand status" -l orphaned -d 'Sets that no living process could still use'
complete -c semlock -n "__fish_semlock_using_subcommand status" -s h -l help -d 'Print this summary; --help prints everything'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l key -d 'Key of the block [default: $SEMLOCK_KEY, else 31818]; may be given several times' -r
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l id -d 'The set with this semid, whatever its key; may be given several times' -r
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l owner -d 'Sets that this user owns, by name or number' -r
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l creator -d 'Sets that this user created, by name or number' -r
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l nsems -d 'Sets of N semaphores' -r
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l program -d 'Sets of this program, by the name that status --all shows' -r
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l idle -d 'Only sets that were neither used nor changed for TIME' -r
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l ignore -d 'Ignore a process that has nothing to do with the sets, or every process with this name; may be given several times' -r
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l format -d 'Output format, also of errors' -r -f -a "table\t'For people'
json\t'One JSON document'"
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l ipc-namespace -d 'Work in the IPC namespace of process PID, or in the one that the file PATH refers to' -r -F
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l orphaned -d 'Sets that no living process could still use'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l private -d 'Sets without a key'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l all -d 'Every set'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -s y -l yes -d 'Do not ask'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -s n -l dry-run -d 'Show what would be removed or kept, and why'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l if-exists -d 'Succeed if there is no such block'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -l force -d 'Remove it even if it is in use'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -s v -l verbose -d 'Print a line for each set, with all that is known about it'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -s q -l quiet -d 'Report only refusals and failures'
complete -c semlock -n "__fish_semlock_using_subcommand remove" -s h -l help -d 'Print this summary; --help prints everything'
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -l at-least -d 'Exit with status 1 if no set of N semaphores can be created' -r
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -l sets -d 'Measure how large N sets can be at the same time; --at-least then applies to each' -r
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -l require -d 'Exit with status 1 unless this works' -r -f -a "undo\t'SEM_UNDO releases what a killed process had'
timed-wait\t'A wait can have a time limit'"
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -l id-length -d 'Hexadecimal digits of the application\'s session ids' -r
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -l sessions -d 'Sessions that are open at the same time' -r
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -l format -d 'Output format' -r -f -a "table\t'For people'
json\t'One JSON document'
env\t'Variables for a shell or a CI system'"
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -l ipc-namespace -d 'Work in the IPC namespace of process PID, or in the one that the file PATH refers to' -r -F
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -s q -l quiet -d 'Print nothing; only set the exit status'
complete -c semlock -n "__fish_semlock_using_subcommand probe-max" -s h -l help -d 'Print this summary; --help prints everything'
complete -c semlock -n "__fish_semlock_using_subcommand help; and not __fish_seen_subcommand_from create lock unlock status remove probe-max help" -f -a "create" -d 'Create a block'
complete -c semlock -n "__fish_semlock_using_subcommand help; and not __fish_seen_subcommand_from create lock unlock status remove probe-max help" -f -a "lock" -d 'Hold the lock of a session while a command or a script runs'
complete -c semlock -n "__fish_semlock_using_subcommand help; and not __fish_seen_subcommand_from create lock unlock status remove probe-max help" -f -a "unlock" -d 'Release a lock, or clear an abandoned one'
complete -c semlock -n "__fish_semlock_using_subcommand help; and not __fish_seen_subcommand_from create lock unlock status remove probe-max help" -f -a "status" -d 'Show who has locks, who waits for them, and what is wrong'
complete -c semlock -n "__fish_semlock_using_subcommand help; and not __fish_seen_subcommand_from create lock unlock status remove probe-max help" -f -a "remove" -d 'Remove a block that is not in use, or orphaned sets'
complete -c semlock -n "__fish_semlock_using_subcommand help; and not __fish_seen_subcommand_from create lock unlock status remove probe-max help" -f -a "probe-max" -d 'Measure what semaphores can do here, and recommend an NSems'
complete -c semlock -n "__fish_semlock_using_subcommand help; and not __fish_seen_subcommand_from create lock unlock status remove probe-max help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
