#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the README promises to somebody who installs: packages, commands, files. That the lines do what it says is shown
# by tests/build/install.sh, and on real checkpoints by tests/criu/inner/fit.sh.
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

# ---- what it names
while IFS= read -r path; do
	ok "$path" test -e "$path"
done < <(grep -oE '\b(doc|rules|plugin|proto|tests|cli)/[A-Za-z0-9_/.-]*[a-z]' $readme | sort -u)
tap_end
