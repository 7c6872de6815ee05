#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command line: dispatch, help, usage errors, and whether help and manual agree.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

commands=$("$program" --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p')
options() { "$program" "$1" --help | sed -n 's/^ *\(-., \)\{0,1\}--\([a-z-]\{1,\}\).*/\2/p'; }

# ---- help and version
run --help
ended 0 "--help"
says out "usage: criu-rewrite COMMAND" "shows the usage"
cp out help
run help
ended 0 "help"
ok "$(cmp -s out help && echo true)" "is the same"
run --version
ended 0 "--version"
says out "criu-rewrite 0." "shows a version"
for command in $commands; do
	run "$command" --help
	ended 0 "$command --help"
	says out "usage: criu-rewrite $command " "shows its usage"
	cp out help
	run help "$command"
	ok "$(cmp -s out help && echo true)" "help $command is the same"
done
run plan --version
says out "criu-rewrite 0." "a command shows the version, too"

# ---- usage errors: exit 2, one line and a hint
usage() { # MESSAGE ARGUMENT...
	message=$1
	shift
	run "$@"
	ended 2 "usage: $*"
	is "$(head -n 1 err)" "criu-rewrite: $message" "its message"
	silent out "and nothing on stdout"
}
usage "a command is missing"
usage "unknown command 'pln'; did you mean 'plan'?" pln
usage "unknown command 'something'" something
usage "unknown command 'something'" help something
usage "the command comes first, then options such as '--json'" --json plan
usage "plan needs DIR" plan
usage "get needs DIR PATH" get dir
usage "plan does not take 'b'" plan a b
usage "unknown option '--jsno'; did you mean '--json'?" plan --jsno a
usage "unknown option '--jsno'; did you mean '--json'?" plan --jsno=1 a
usage "unknown option '-x'" plan -x a
usage "unknown option '--rules', which is for \`criu-rewrite plan\`" get --rules r a b
usage "'--rules' needs an argument: FILE" plan a --rules
usage "'-o' needs an argument: NEW" apply a -o
usage "'--json' takes no argument" plan --json=1 a
usage "--color 'alwyas' is not one of: auto, never, always; did you mean 'always'?" \
	plan --color alwyas a
usage "--fact 'host.cpus' is not NAME=VALUE" plan --fact host.cpus a
usage "--conf and --rules cannot go together" plan --conf c --rules r a
usage "where to? Name a directory with -o, or say --in-place" apply a
usage "-o and --in-place cannot go together" apply a -o b --in-place
usage "--json prints all facts; leave out the names" facts --json host.cpus
usage "'--lib' needs an argument: FILE" restore -D dir --lib

# ---- the manual names every command and option
manual=$top/doc/criu-rewrite.1
for command in $commands; do
	says "$manual" ".Cm $command" "the manual has $command"
	for option in $(options "$command"); do
		if grep -q "^\.It.* Fl -$option\( \|\$\)" "$manual"; then
			ok true "the manual has $command --$option"
		else
			ok false "the manual has $command --$option"
		fi
	done
done
sed -n 's/^\.It.* Fl -\([a-z-]*\).*/\1/p' "$manual" >described
while read -r option; do
	found=$(for command in $commands; do options "$command"; done | grep -cx -e "$option")
	ok "$([ "$found" -gt 0 ] && echo true)" "--$option of the manual exists"
done <described

# The synopsis has each option of a command by its short or long name, "host-option" for those by which rules and facts
# come (of get and facts, facts alone), and nothing of what is told once for all.
synopsis() { # COMMAND
	awk -v command="$1" '
	function option(word,   i) {
		if (word ~ /^-/) print substr(word, 2)
		else for (i = 1; i <= length(word); i++) print substr(word, i, 1)
	}
	/^\.Sh / { inside = $2 == "SYNOPSIS" }
	/^\.Nm/ { is_name = 1; next }
	is_name { ours = $2 == command; is_name = 0 }
	inside && ours {
		if (/host-option/) print (command ~ /^(get|facts)$/ ? "" : "rules\nconf\n") "facts\nfact\nroot"
		for (i = 1; i < NF; i++) if ($i ~ /^\.?Fl$/ || ($i == "|" && $(i + 1) ~ /^-/)) option($(i + 1))
	}' "$manual"
}
for command in $commands; do
	synopsis "$command" | sort -u >shown
	"$program" "$command" --help | sed -n 's/^ *\(-\(.\), \)\{0,1\}--\([a-z-]\{1,\}\).*/\3 \2/p' |
		grep -v '^\(help\|version\|color\|limit-archive\) ' >there
	is "$(while read -r long short; do grep -qx "$long${short:+\|$short}" shown || echo "$long"; done <there)" "" \
		"the synopsis of $command has all its options"
	is "$(tr ' ' '\n' <there | grep . | grep -vxFf - shown)" "" "and no other"
done
finish
