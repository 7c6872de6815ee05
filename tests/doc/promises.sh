#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the pages promise and no other test runs. Each is named by the page and its words.
# shellcheck source=tests/doc/lib.sh
. "$(dirname "$0")/lib.sh"

encode core-7.img <<'END'
{"magic": "CORE", "entries": [{"mtype": "X86_64", "tc": {"task_state": 1, "exit_code": 0, "personality": 0,
	"flags": 0, "blk_sigset": 0, "comm": "sleep"}}]}
END
chmod 640 dump/core-7.img
touch -d 2001-01-01 dump/core-7.img
echo 'core_entry.tc set exit_code=1' >rules
field() { "$program" get "$1" core_entry.tc.exit_code; }
told() { "$program" "$@" 2>&1; }

# ---- criu-rewrite(1)
printf 'rules %s/rules\ndry-run yes\n' "$PWD" >conf
ok "apply with dry-run in the configuration" "$program" apply -q --conf conf -o new dump
is "$(field new)" 1 "is not heeded there"
is "$(stat -c %a new/core-7.img)" 640 "files keep their mode"
ok "and have the time at which they were written" test new/core-7.img -nt dump/core-7.img
told apply --rules rules -o none/new dump >out
not_ok_if "after an error nothing is there" test -e none

for command in "check rules" "plan --rules rules dump" "apply --rules rules -o quiet dump" "diff dump new"; do
	# shellcheck disable=SC2086
	is "$(told $command --quiet)" "" "$command --quiet says nothing"
done

ln -s core-7.img dump/pages-1.img
is "$(told apply --rules rules -o none dump)" \
	"criu-rewrite: none: pages-1.img: cannot open a symbolic link: Too many levels of symbolic links" "no image is left out of a new checkpoint"
rm dump/pages-1.img
mkdir dump/pages-1.img
is "$(told apply --rules rules -o none dump)" "criu-rewrite: none: pages-1.img: is not a regular file" "whatever is in its place"
rmdir dump/pages-1.img

# ---- a spec may have 16 MiB and 200,000 values and be nested 64 deep
spec() { printf '{"ociVersion": "1.0.2", "x": %s}' "$1" >config.json; }
list() { seq -s, "$1" | sed 's/.*/[&]/'; }
deep() { printf '%*s' "$1" '' | sed "s/ /$2/g"; }
for values in "$(list 199990)" "$(deep 62 '[')1$(deep 62 ']')" "\"$(head -c 16777000 /dev/zero | tr '\0' a)\""; do
	spec "$values"
	ok "a spec of ${#values} bytes" "$program" oci fit --rules /dev/null config.json
done
for values in "$(list 200001)" "$(deep 65 '[')1$(deep 65 ']')" "\"$(head -c 16777217 /dev/zero | tr '\0' a)\""; do
	spec "$values"
	not_ok_if "one of ${#values} bytes is refused" "$program" oci fit --rules /dev/null config.json
done

# ---- what of the spec a runtime would refuse is a warning, 100 times
spec "0, \"linux\": {\"resources\": {\"hugepageLimits\": [$(seq -s, 102 | sed 's/[0-9]*/{"pageSize": "&PB", "limit": 1}/g')]}}"
told oci fit --rules /dev/null config.json >out
is "$(wc -l <out) $(tail -n 1 out)" "101 criu-rewrite: warning: config.json: there is more like that in it" "the rest is told of as a whole"
rm config.json

# ---- --fact goes before --facts
echo '{"facts": {"host.cpus": "0-3"}}' >facts.json
is "$(told facts --fact host.cpus=7 --facts facts.json host.cpus)" 7 "--fact goes before --facts"

# ---- doc/migration.md: the preflight leaves in force what was installed
mkdir -p etc/rewrite.d
cp rules etc/rewrite.d/own.rules
sed "s,/etc/criu,$PWD/etc," "$top/criu-rewrite.conf" >shipped.conf
"$program" facts --json >etc/destination.json
sed -n 's/^    source# //p' "$top/doc/migration.md" | grep 'rewrite\.conf' |
	sed "s,/usr/lib/criu-rewrite/rewrite.conf,shipped.conf,; s,shipped.conf /etc/criu/,shipped.conf $PWD/etc/rewrite.conf,; s,/etc/criu,$PWD/etc,g" | sh -e
is "$(told check -v --conf etc/rewrite.conf | grep -c '^  1\..*own.rules')" 1 "its lines keep the rules"
is "$(grep -c ^preflight etc/rewrite.conf)" 1 "and add it"

# ---- doc/migration.md: the firewall guards what was restored, or says no
guard() { PATH=$(dirname "$program"):/usr/bin:/bin CRIU_REWRITE_IMAGES=$1 CRIU_REWRITE_PID=$$ sh "$top/cli/programs/firewall"; }
encode inventory.img <<<'{"magic": "INVENTORY", "entries": [{"img_version": 2}]}'
ok "the firewall: nothing listens" guard dump
not_ok_if "the images cannot be read" guard none
rm dump/inventory.img

# ---- criu-rewrite-rules(5)
plan() { "$program" plan --rules - dump 2>&1; }
is "$(plan <<<'core_entry.tc set exit_code=count(union(7, "0-3"))' | cut -d' ' -f3-6)" "exit_code 0 -> 5" \
	"where a set is wanted a number is a set of one, and a text is read as one"
is "$(plan <<<'core_entry.tc set exit_code=3 - 1' | cut -d' ' -f3-6)" "exit_code 0 -> 2" "3 - 1 with blanks is a difference"
for comparison in '= 5' '< 5' '>= 5'; do
	is "$(plan <<<"core_entry.tc[cg_set $comparison] get" | grep -c 'nothing matched')" 1 "what is missing: $comparison is not true"
done
is "$(plan <<<'core_entry.tc[cg_set != 5] get' | grep -c 'nothing matched')" 0 "it is unequal to all"
is "$(plan <<<'core_entry.tc set exit_code=cg_set' | grep -c 'is missing; default(..., ...) gives another')" 1 "to write it is an error"
is "$(plan <<<'core_entry.tc set exit_code=default(cg_set,
	9)' | cut -d' ' -f3-6)" "exit_code 0 -> 9" "default() gives another; a statement goes on after a comma"
is "$(plan <<<$'core_entry.tc set exit_code=1 +\n2, flags=1' | cut -d' ' -f3-6 | paste -sd,)" "exit_code 0 -> 3,flags 0 -> 1" \
	"and after an operator; conditions and values see the images as they were"
is "$(plan <<<$'core_entry.tc set exit_code=5\ncore_entry.tc delete exit_code' | grep -c 'cannot be deleted')" 1 \
	"required fields can be changed, not deleted"
is "$("$program" get dump core_entry.tc.exit_code)" 0 "all take effect or, after an error, none"

# ---- criu-rewrite.conf(5): the words that an option takes, and no others
said=$(while read -r option _; do
	echo "$option x" >conf
	told check --conf conf | sed -n "s/.*: \([a-z-]*\) 'x' is not one of: /\1 /p"
done < <(sed -n 's/^#\([a-z]\)/\1/p' "$top/criu-rewrite.conf.example"))
is "$(sed -n 's/^\.It Ic \([a-z-]*\) .*Cm \(.*\)/\1 \2/p' "$top/doc/criu-rewrite.conf.5" | sed 's/ |/,/g' | sort)" \
	"$(sort <<<"$said")" "the words are those that the page has"

# ---- SECURITY.md: a process that gained rights obeys no variable
is "$(cd "$top" && grep -rnE --include='*.[ch]' '[^_a-z]getenv\(' proto rules plugin)" "" "the library asks secure_getenv() alone"
tap_end
