#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Wrong commands, each with its exact message and status: tests/cli/wrong. A case is a command line and perhaps the rules that
# it reads from its standard input, how it ends (never with 0), and what it says on standard error.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

mkdir empty parent
checkpoint dump
cp -r dump parent/dump
echo note >parent/notes
tar -cf none.tar parent/notes
tar -cf full.tar dump
ln -s none.tar link.tar
echo 'core_entry.tc set exit_code=1' >ok.rules
echo 'rules ok.rules' >ok.conf
echo 'core_entri get' >wrong.rules
echo '{"ociVersion":"1.0.2"}' >spec.json
mkdir bundle
echo '{"ociVersion":"1.0.2"' >bundle/config.json
echo '[]' >list.json
"$program" decode -i dump/core-1.img -o core.json
echo '{"facts": {"host.cpus": 7.5}}' >half.json
head -c 700 full.tar >cut.tar
gzip -c full.tar | head -c 100 >cut.tar.gz
echo 'dry-run=yes' >equals.conf
echo 'on-eror continue' >typo.conf
echo 'on-error contine' >value.conf
echo 'manage-cgroups strict' >rule.conf
echo 'before nosuch' >program.conf
echo 'after /etc/passwd' >no-program.conf
echo 'preflight nosuch' >preflight.conf
echo 'rules nosuch' >rules.conf
mkfifo fifo
printf 'on-error fail\non-error continue\n' >dup.conf
echo 'dry-run yes no' >two.conf
echo 'limit-image 10Q' >unit.conf
echo 'log-level debugg' >level.conf
find . | sort >before

part() { # NAME FILE: of the case
	sed -n "/^--- $1\$/,/^--- /{/^--- /!p;}" "$2"
}

csplit -s -z -f case- -n 3 "$top/tests/cli/wrong" '/^===/' '{*}'
cases=0
for file in case-*; do
	name=$(sed -n 's/^=== //p' "$file")
	[ -n "$name" ] || continue # the head of the file
	cases=$((cases + 1))
	eval "set -- $(part run "$file")"
	part rules "$file" >stdin
	status=0
	"$program" "$@" <stdin >out 2>err || status=$?
	is "$status" "$(part status "$file")" "$name: how it ends"
	is "$(cat err)" "$(part error "$file" | sed "s,\$work,$work,")" "$name: what it says"
	silent out "$name: nothing else"
	ok "$([ "$status" != 0 ] && echo true)" "$name: is not right"
done
ok "$([ "$cases" -ge 60 ] && echo true)" "$cases wrong commands"
find . ! -name 'case-*' ! -name out ! -name err ! -name stdin | sort >after
is "$(grep -vxF -f before after | grep -vx -e ./before -e ./after)" "" "none of them left a file"
finish
