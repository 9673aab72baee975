# bash completion for semlock(1), which is asked what can stand at the cursor.

# Splits the line up to the cursor into words, and runs nothing that stands in it. Readline
# replaces the last $1 characters; $before is what the last word has before them.
_semlock_split() {
    local line=${COMP_LINE:0:COMP_POINT} i char n=0
    words=('') quote='' before=''
    for ((i = 0; i < ${#line}; i++)); do
        char=${line:i:1}
        case $quote$char in
            [[:space:]]) [[ ${line:i+1:1} == [[:space:]] ]] || words[++n]='' ;;
            \\ | \"\\) words[n]+=${line: ++i:1} ;;
            \' | \") quote=$char ;;
            "''" | '""') quote='' ;;
            *) words[n]+=$char ;;
        esac
        ((i + 1 != ${#line} - $1)) || before=${words[n]}
    done
}

# Sets $value to a value as it has to be typed inside the quotes that are open.
_semlock_quote() {
    local special
    value=$1
    case $quote in
        '') [[ -z $value ]] || printf -v value %q "$value"; value=${value//\\,/,} ;;
        \') value=${value//\'/\'\\\'\'} ;;
        \") for special in \\ \" \$ \`; do value=${value//"$special"/\\"$special"}; done ;;
    esac
}

# Describes the values where readline only lists them.
_semlock_describe() {
    local i value width=0
    for value in "${COMPREPLY[@]}"; do
        ((${#value} <= width)) || width=${#value}
    done
    for i in "${!COMPREPLY[@]}"; do
        printf -v value '%-*s  (%s)' "$width" "${COMPREPLY[i]}" "${answer[i + 1]#*$'\t'}"
        COMPREPLY[i]=${value:0:${COLUMNS:-80}-1}
    done
}

# The command has the completion that bash-completion finds for it, or names of files.
_semlock_command() {
    local first=0
    until [[ ${COMP_WORDS[first++]} == -- ]]; do :; done
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$first"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$first"
    elif ((COMP_CWORD == first)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$1")
    else
        compopt -o default
    fi
}

_semlock() {
    local words quote before answer candidate value
    COMPREPLY=()
    _semlock_split "${#2}"
    mapfile -t answer < <("${words[0]/#~\//$HOME/}" complete "${words[@]}" 2>/dev/null)
    case ${answer[0]-} in
        command*) _semlock_command "$2"; return ;;
        files) compopt -o default ;;
        list) compopt -o nospace ;;
    esac
    for candidate in "${answer[@]:1}"; do
        candidate=${candidate%%$'\t'*}
        _semlock_quote "${candidate#"$before"}"
        COMPREPLY+=("$value")
    done
    if [[ ${COMP_TYPE-} == 63 && ${#COMPREPLY[@]} -gt 1 ]]; then
        _semlock_describe
    fi
}

if ((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4)); then
    complete -o nosort -F _semlock semlock
elif ((BASH_VERSINFO[0] == 4)); then
    complete -F _semlock semlock
fi
