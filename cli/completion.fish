# SPDX-License-Identifier: GPL-2.0-only
# fish completion of criu-rewrite, which knows itself what may come next (cli/complete.c).
function __criu_rewrite
    set -l words (commandline -opc)
    set -l typed (commandline -ct | string replace -r '^[\'"]' '' | string replace -ra '\\\\(.)' '$1')
    for line in ($words[1] --complete $words[2..-1] "$typed" 2>/dev/null)
        switch $line
            case ':file'
                __fish_complete_path $typed
            case ':*'
            case '*'
                echo $line
        end
    end
end

complete -c criu-rewrite -f -a '(__criu_rewrite)'
