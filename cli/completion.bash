# SPDX-License-Identifier: GPL-2.0-only
# bash completion of criu-rewrite, which knows itself what may come next (cli/complete.c).
# shellcheck shell=bash

# To bash ':' and '=' are words of their own; here they are not, unless blanks are beside them.
_criu_rewrite_words() {
	local rest=${COMP_LINE:0:COMP_POINT} i
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		case $rest in
		[[:blank:]]*) rest=${rest#"${rest%%[![:blank:]]*}"} words+=("") ;;
		*) [ "$i" -gt 0 ] || words+=("") ;;
		esac
		words[-1]+=${COMP_WORDS[i]}
		rest=${rest#"${COMP_WORDS[i]}"}
	done
}

_criu_rewrite() {
	local words word line typed
	_criu_rewrite_words
	for word in "${!words[@]}"; do words[word]=${words[word]#[\'\"]}; done
	word=${words[-1]}
	typed=${COMP_WORDS[COMP_CWORD]#[\'\"]}
	case $typed in : | =) typed= ;; esac
	while IFS= read -r line; do
		case $line in
		:nospace) compopt -o nospace ;;
		:file)
			compopt -o filenames
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$typed")
			;;
		*)
			line=${line%%$'\t'*}
			COMPREPLY+=("$typed${line#"$word"}")
			;;
		esac
	done < <("${words[0]}" --complete "${words[@]:1}" 2>/dev/null)
}

complete -F _criu_rewrite criu-rewrite
