# What fish completes after `getme`: `getme completion fish`.
set -l server __fish_seen_subcommand_from login health

complete -c getme -f
complete -c getme -s h -l help -d 'show help'

complete -c getme -n __fish_use_subcommand -l version -d 'show the version'
complete -c getme -n __fish_use_subcommand -a login -d 'sign in'
complete -c getme -n __fish_use_subcommand -a whoami -d 'show who is signed in'
complete -c getme -n __fish_use_subcommand -a logout -d 'end the session'
complete -c getme -n __fish_use_subcommand -a health -d 'ask whether a server can answer'
complete -c getme -n __fish_use_subcommand -a completion -d 'print what a shell completes by'

complete -c getme -n "$server" -l address -x -d 'of the server, HOST:PORT'
complete -c getme -n "$server" -l tls -d 'TLS, with the roots of the system'
complete -c getme -n "$server" -l ca -r -F -d 'TLS, with these roots'
complete -c getme -n "$server" -l cert -r -F -d 'own certificate'
complete -c getme -n "$server" -l key -r -F -d 'key of that certificate'

complete -c getme -n '__fish_seen_subcommand_from login' -l email -x -d 'to sign in with'
complete -c getme -n '__fish_seen_subcommand_from login' -l password-stdin -d 'read it from stdin'
complete -c getme -n '__fish_seen_subcommand_from health' -l live -d 'only whether it lives'
complete -c getme -n '__fish_seen_subcommand_from whoami' -l json -d 'print one JSON object'
complete -c getme -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
