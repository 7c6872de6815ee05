#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the README promises to somebody who installs: packages, commands, which are executed, files. That the lines to install
# and to switch it off do what it says is shown by tests/build/install.sh and tests/build/fresh, on real checkpoints by
# tests/criu/inner/fit.sh and tests/demo.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
program=${PROGRAM:-build/criu-rewrite}
[ -x "$program" ] || { echo "SKIP: there is no $program; run make"; exit 77; }
readme=README.md

# ---- install
packages=$(sed -n 's/#.*//; s/^    apt-get install //p' $readme | sed -n 1,2p | xargs)
is "$(tr ' ' '\n' <<<"$packages" | sort)" "$({ tests/setup list; printf '%s\n' criu libcriu-dev; } | sort -u)" \
	"the packages to install are those that a build asks for"
table=$(awk '/^\| dependency \|/ { on = 1 } on && !/^\|/ { exit } on' $readme | grep -o '`lib[a-z-]*-dev`\|`[a-z-]*-compiler`' | tr -d '`')
is "$(grep -vxFf <(tr ' ' '\n' <<<"$packages") <<<"$table")" "" "the table of dependencies names no other"
off='ln -s /dev/null /etc/criu/rewrite.conf'
is "$(make -n install | grep -c "echo 'To switch it off: $off'")" 1 "make install says how to switch it off"
ok "in the README's words" grep -qxF "    $off" $readme
installed=$(make -n install 2>/dev/null)
while IFS= read -r path; do
	ok "$path is installed" grep -q "${path##*/}" <<<"$installed"
done < <(grep -oE '/(usr/lib/criu-rewrite|etc/criu/rewrite\.conf\.)[A-Za-z./-]*[a-z]' $readme | sort -u)

# ---- commands
for target in demo check install uninstall; do
	ok "make $target is there" make -n "$target"
done
commands=$("$program" --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
told=$(grep -oE '`?criu-rewrite [a-z]+|`(encode|show|info|x)`' $readme | tr -d '`' | sed 's/criu-rewrite //' | sort -u)
is "$(comm -3 <(sort <<<"$commands") <(grep -xFf <(echo "$commands") <<<"$told"))" "" "it tells of every command"
is "$(grep -vxFf <(echo "$commands") <<<"$told")" "" "and of no other"
for command in $told; do
	ok "$command --help" "$program" "$command" --help
done
ok "check -v" env CRIU_REWRITE_CONF=/dev/null "$program" check -v

# ---- they run, on a checkpoint that is made here
program=$PWD/$program
readme=$PWD/$readme
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# shellcheck source=/dev/null
. "$top/tests/cli/image"
checkpoint DIR
cp -r DIR A
cp -r DIR B
echo '{"ociVersion": "1.0.2"}' >FILE
# 2 would be a wrong command line; 1 is an error, but of doctor a finding; 3 is a difference.
executed() { # WORDS
	local status=0
	CRIU_REWRITE_CONF=/dev/null "$program" "$@" || status=$?
	case $1:$status in *:0 | *:3 | doctor:1) ;; *) return 1 ;; esac
}
while IFS= read -r line; do
	# shellcheck disable=SC2086
	ok "criu-rewrite $line" executed $line
done < <(sed -nE 's/^    criu-rewrite ([^#]*).*/\1/p; s/^\| `criu-rewrite ([^`]*)`.*/\1/p' "$readme" |
	sed 's/\[DIR\]/DIR/; s/\[FILE...\]//; s/ PATH/ cgroup_entry/' | grep -v '\.\.\.\|^action\|^x$\|^decode')
cd "$top" || exit 1

# ---- what it names
while IFS= read -r path; do
	ok "$path" test -e "$path"
done < <(grep -oE '\b(doc|rules|plugin|proto|tests|cli)/[A-Za-z0-9_/.-]*[a-z]' $readme | sort -u)
tap_end
