# fish completion for semlock(1). `semlock complete` says what can stand at the cursor.

function __semlock_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l program (string replace --regex '^~/' "$HOME/" -- $words[1])
    # fish reports an unknown command even if standard error is /dev/null.
    type --query -- $program; or return
    set -l answer ($program complete $words (string unescape -- "$current") 2>/dev/null)
    set -l kind (string split ' ' -- "$answer[1]")
    set -e answer[1]
    switch $kind[1]
        case command
            set -e words[1..$kind[2]]
            complete -C (string join ' ' -- (for word in $words; string escape -- $word; end) $current)
        case files
            set -l option (string match --regex -- '^--[^=]+=' $current)
            set -l files (complete -C "'' "(string replace -- "$option" '' $current))
            printf '%s\n' $answer "$option"$files
        case values list
            printf '%s\n' $answer
            # Adds a variant with a comma to an only candidate, or fish would add a space.
            test "$kind $(count $answer)" != 'list 1'; or string replace \t ,\t -- $answer
    end
end

complete --command semlock --no-files --keep-order --arguments '(__semlock_complete)'
