# bash completion for semlock(1). `semlock complete` says what can stand at the cursor.

# Splits a line that begins with a blank into $words, without running anything in it. If the
# last quote is open, it is in $quote.
_semlock_split() {
    local i char n=-1
    words=() quote=''
    for ((i = 0; i < ${#1}; i++)); do
        char=${1:i:1}
        case $quote$char in
            [[:space:]]) [[ ${1:i+1:1} == [[:space:]] ]] || words[++n]='' ;;
            \\ | \"\\) words[n]+=${1: ++i:1} ;;
            \' | \") quote=$char ;;
            "''" | '""') quote='' ;;
            *) words[n]+=$char ;;
        esac
    done
}

# Sets $value to a value as it must be typed inside $quote, the quote that is open.
_semlock_quote() {
    local special
    value=$1
    case $quote in
        '') [[ -z $value ]] || printf -v value %q "$value"; value=${value//\\,/,} ;;
        \') value=${value//\'/\'\\\'\'} ;;
        \")
            for special in \\ \" \$ \`; do value=${value//"$special"/\\"$special"}; done
            value=${value//!/\"\\!\"}
            ;;
    esac
    # Readline would take a quote at the end for the closing one.
    [[ -z $quote || $value != *"$quote" ]] || value+=$quote
}

# Adds the descriptions. Only for a list: otherwise, readline would insert them.
_semlock_describe() {
    local i value description width=0
    for value in "${COMPREPLY[@]}"; do
        ((${#value} <= width)) || width=${#value}
    done
    for i in "${!COMPREPLY[@]}"; do
        description=${answer[i + 1]#*$'\t'}
        [[ -n $description ]] || continue
        printf -v value '%-*s  (%s)' "$width" "${COMPREPLY[i]}" "$description"
        COMPREPLY[i]=${value:0:${COLUMNS:-80}-1}
    done
}

# Completes the command after --, with bash-completion if it is there.
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
    local line=" ${COMP_LINE:0:COMP_POINT}" typed=$2 words quote answer before candidate value
    COMPREPLY=()
    _semlock_split "$line"
    mapfile -t answer < <("${words[0]/#~\//$HOME/}" complete "${words[@]}" 2>/dev/null)
    [[ ${COMP_WORDS[COMP_CWORD - 1]} != *[\<\>] ]] || answer=(files)
    case ${answer[0]-} in
        command*) _semlock_command "$2" ;;
        files) compopt -o default ;;
        list) compopt -o nospace ;;
    esac
    ((${#answer[@]} > 1)) || return 0

    # Readline replaces only what was typed after a quote, = or :. After sudo, $2 has them.
    [[ $typed != [=:] ]] || typed=''
    [[ -z $quote ]] || typed=${typed##*"$quote"}
    _semlock_split "${line:0:${#line}-${#typed}}"
    before=${words[${#words[@]} - 1]}
    for candidate in "${answer[@]:1}"; do
        candidate=${candidate%%$'\t'*}
        _semlock_quote "${candidate#"$before"}"
        COMPREPLY+=("$value")
    done
    [[ ${COMP_TYPE-} != 63 || ${#COMPREPLY[@]} == 1 ]] || _semlock_describe
}

# Neither mapfile nor compopt before bash 4, and no nosort before 4.4.
((BASH_VERSINFO[0] < 4)) || complete -o nosort -F _semlock semlock 2>/dev/null ||
    complete -F _semlock semlock
