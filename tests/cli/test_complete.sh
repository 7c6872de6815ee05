#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What may come next on a command line: as the command says it, and as bash, zsh and fish, with what they are installed with,
# then have it on their line.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"
: >out

commands=$("$program" --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p')
options() { "$program" "$1" --help | sed -n 's/^ *\(-., \)\{0,1\}--\([a-z-]\{1,\}\).*/\2/p'; }
offered() { "$program" --complete "$@" 2>err | sed 's/	.*//'; }

# ---- what is offered
is "$(offered pl)" plan "a command"
is "$(offered "" | grep -v ^-)" "$commands" "all commands"
is "$(offered nothing "" "")" "" "nothing for a command that is none"
for command in $commands; do
	is "$(offered "$command" -- | sed 's/^--//')" "$(options "$command")" "all options of $command"
done
is "$(offered plan --color n)" never "a colour"
is "$(offered plan --color=n)" --color=never "a colour behind ="
is "$(offered plan -jv --facts "")" :file "a file for an option"
is "$(offered plan --json "")" :file "a file for an operand"
is "$(offered apply -o "")" :file "a new file"
is "$(offered check a b "")" :file "each of several files"
is "$(offered plan dir "")" "" "no more operands than there are"
is "$(offered plan -- --c)" :file "no options behind --"
is "$(offered x dir m)" mems "a view"
is "$(offered oci "")" fit "what oci does"
is "$(offered facts host.cpus.)" host.cpus.possible "a fact"
is "$(offered plan --fact host.hostn | xargs)" "host.hostname= :nospace" "a fact with a value"
for words in "plan --limit-archive" "action --limit" "compress --acceleration" action; do
	# shellcheck disable=SC2086
	is "$(offered $words "")" "" "nothing for a number or a word of criu: $words"
done

# ---- paths
is "$(offered get dir core_en | xargs)" "core_entry :nospace" "an entry"
is "$(offered get dir core_entry.tc.com | xargs)" "core_entry.tc.comm :nospace" "a field"
is "$(offered get dir 'core_entry.tc[comm="a]b"].exit' | xargs -d '\n')" 'core_entry.tc[comm="a]b"].exit_code :nospace' "behind a condition"
is "$(offered get dir 'cgroup_entry.controllers["cpuset" in cn' | xargs -d '\n')" 'cgroup_entry.controllers["cpuset" in cnames :nospace' \
	"in a condition"
is "$(offered get dir 'core_entry[pid=1 and tc.exit' | xargs)" 'core_entry[pid=1 and tc.exit_code :nospace' "a path in a condition"
is "$(offered get dir cgroup_entry//propert | xargs)" "cgroup_entry//properties :nospace" "at any depth"
is "$(offered get dir cgroup_entry//properties.na | xargs)" "cgroup_entry//properties.name :nospace" "and what is there"
for path in nothing.x core_entry.nothing.x core_entry.mtype.x 'core_entry]' 'core_entry.tc/x' 'core_entry[' '['; do
	is "$(offered get dir "$path" | grep -v -e ^: -e '\[')" "" "no name for $path"
done

# ---- images of archives
checkpoint checkpoint
tar -cf a:b.tar --force-local checkpoint
for command in show info "decode -i"; do
	# shellcheck disable=SC2086
	is "$(offered $command a:b.tar:c | sort | xargs)" ":file a:b.tar:cgroup.img a:b.tar:core-1.img" "images of an archive are offered to $command"
done
is "$(offered info nothing:c)" :file "else files are"

# ---- in the shells
typed() { # SHELL LINE...
	shell=$1
	shift
	timeout 120 python3 "$top/tests/cli/complete.py" "$shell" "$top/cli/completion.$shell" "$program" "$@" 2>&1
}
mkdir -p "a folder"
touch "a folder/file.rules"
for shell in bash zsh fish; do
	if ! command -v $shell >/dev/null || ! command -v python3 >/dev/null; then
		skip "completion in $shell" "there is no $shell, or no python3"
		continue
	fi
	# What fish adds behind a word that may go on, and what is behind the last quote, is each shell's own.
	is "$(typed $shell "criu-rewrite pl" "criu-rewrite plan --col" "criu-rewrite plan --color=n" "criu-rewrite plan --fact host.hostn" \
		"criu-rewrite check a\\ folder/fi" "criu-rewrite x dir me" "criu-rewrite get dir core_entry.tc.com" \
		"criu-rewrite get dir 'cgroup_entry.controllers[\"cpuset\" in cnames]//prope" "criu-rewrite info a:b.tar:co" |
		sed "s/ *|\$//; s/'\$//; s/\\\\:/:/g")" "criu-rewrite plan
criu-rewrite plan --color
criu-rewrite plan --color=never
criu-rewrite plan --fact host.hostname=
criu-rewrite check a\\ folder/file.rules
criu-rewrite x dir mems
criu-rewrite get dir core_entry.tc.comm
criu-rewrite get dir 'cgroup_entry.controllers[\"cpuset\" in cnames]//properties
criu-rewrite info a:b.tar:core-1.img" "$shell completes commands, options, values, files, paths and images"
done
finish
