# SPDX-License-Identifier: GPL-2.0-only
# bash completion of criu-rewrite. Commands and options come from its own --help, so
# that there is nothing to keep in step here.

# First words of the indented lines of the help: the commands.
_criu_rewrite_commands() {
	"$1" --help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p'
}

_criu_rewrite_options() {
	"$1" "$2" --help 2>/dev/null | sed -n 's/^ *\(-., \)\{0,1\}\(--[a-z-]\{1,\}\).*/\2/p'
}

_criu_rewrite_facts() {
	"$1" facts 2>/dev/null | sed 's/ .*//'
}

_criu_rewrite_images() {
	"$1" show --quiet "$2" 2>/dev/null | sed 's/ .*//'
}

# Is it ARCHIVE:IMAGE that is being typed? To bash these are three words, so it is the line that tells.
_criu_rewrite_image() {
	local typed=${COMP_LINE:0:${COMP_POINT:-0}}
	typed=${typed##*[[:blank:]]}
	[[ $typed == *:* && -f ${typed%:*} ]] || return
	_criu_rewrite_word=${typed##*:}
	_criu_rewrite_offer -W "$(_criu_rewrite_images "$1" "${typed%:*}")"
}

# Fills COMPREPLY with the words that begin as the one under the cursor.
_criu_rewrite_offer() {
	mapfile -t COMPREPLY < <(compgen "$@" -- "$_criu_rewrite_word")
}

_criu_rewrite() {
	local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local _criu_rewrite_word=${COMP_WORDS[COMP_CWORD]}

	if [ "$COMP_CWORD" -eq 1 ]; then
		_criu_rewrite_offer -W "$(_criu_rewrite_commands "$program") --help --version"
		return
	fi
	case $command in
	show | info | decode) _criu_rewrite_image "$program" && return ;;
	esac
	compopt -o filenames
	case $before in
	--color) _criu_rewrite_offer -W 'auto never always' ;;
	--fact)
		compopt +o filenames -o nospace
		_criu_rewrite_offer -S = -W "$(_criu_rewrite_facts "$program")"
		;;
	--root) _criu_rewrite_offer -d ;;
	--rules | --conf | --facts | --lib | --criu | --output | -o) _criu_rewrite_offer -f ;;
	*)
		case $_criu_rewrite_word,$command in
		-*) _criu_rewrite_offer -W "$(_criu_rewrite_options "$program" "$command")" ;;
		*,x)
			if [ "$COMP_CWORD" -eq 2 ]; then
				_criu_rewrite_offer -f
			else
				compopt +o filenames
				_criu_rewrite_offer -W 'ps fds mems rss'
			fi
			;;
		*,oci)
			if [ "$COMP_CWORD" -eq 2 ]; then
				compopt +o filenames
				_criu_rewrite_offer -W fit
			else
				_criu_rewrite_offer -f
			fi
			;;
		*,facts) _criu_rewrite_offer -W "$(_criu_rewrite_facts "$program")" ;;
		*) _criu_rewrite_offer -f ;;
		esac
		;;
	esac
}

complete -F _criu_rewrite criu-rewrite
