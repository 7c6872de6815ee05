#compdef criu-rewrite
# SPDX-License-Identifier: GPL-2.0-only
# zsh completion of criu-rewrite, which knows itself what may come next (cli/complete.c).
local line
local -a typed offered shown more

typed=("${(@Q)words[2,CURRENT]}")
typed[-1]=${typed[-1]#[\'\"]}
for line in "${(@f)$("${(Q)words[1]}" --complete "${(@)typed}" 2>/dev/null)}"; do
	case $line in
	:nospace) more=(-S '') ;;
	:file) _files ;;
	?*)
		offered+=("${line%%$'\t'*}")
		shown+=("${${line/$'\t'/  -- }%  -- }")
		;;
	esac
done
compadd "${(@)more}" -l -d shown -a offered
