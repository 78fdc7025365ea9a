# What bash and zsh complete after `getme`: `getme completion bash` and `getme completion zsh`.
if [ -n "${ZSH_VERSION-}" ]; then
    autoload -Uz compinit bashcompinit
    whence compdef > /dev/null || compinit
    bashcompinit
fi

_getme() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local server='--address --tls --ca --cert --key' offered=
    COMPREPLY=()
    case $before in
        --address | --email | --ca | --cert | --key) return ;; # where nothing is offered, files are
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        offered='login whoami logout health completion --version --help'
    else
        case ${COMP_WORDS[1]} in
            login) offered="$server --email --password-stdin --help" ;;
            whoami) offered='--json --help' ;;
            logout) offered='--help' ;;
            health) offered="$server --live --help" ;;
            completion) offered='bash zsh fish --help' ;;
        esac
    fi
    COMPREPLY=($(compgen -W "$offered" -- "$word"))
}

complete -o default -F _getme getme
