#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check: all that is wrong at once, standard input, and what is in force.
. "$(dirname "$0")/lib"

mkdir rules
echo 'core_entr get' >rules/a.rules
echo 'core_entry gett' >rules/b.rules
wrong="rules/a.rules:1:1: unknown message 'core_entr'; did you mean 'core_entry'?
core_entr get
^~~~~~~~~
rules/b.rules:1:12: unknown action 'gett'; did you mean 'get'?
core_entry gett
           ^~~~"
run check rules
ended 1 "check of a directory with two bad files"
is "$(cat err)" "$wrong" "shows what is wrong in both"
printf 'rules rules\n' >conf
run check --conf conf
ended 1 "check of a configuration that names them"
is "$(cat err)" "$wrong" "shows the same"
chmod o+w rules/a.rules
run check rules
is "$(sed -n '1s/: .*//p;2p' err)" "rules/a.rules
$(echo "$wrong" | sed -n 4p)" "a file that is not to be trusted does not hide the next"
printf 'rulez rules\n\nview nix\nlimit-image 1X\n' >conf
run check --conf conf
ended 1 "check of a bad configuration"
is "$(cat err)" "conf:1:1: unknown option 'rulez'; did you mean 'rules'?
conf:3:6: view 'nix' is not one of: auto, detached, namespace
conf:4:13: limit-image '1X' is not a size such as 4096, 64M or 1G" "shows all of its lines"
cat >conf <<'END'
before nosuch
rules rules
view nix
after none
END
chmod o-w rules/a.rules
run check --conf conf
ended 1 "check of a configuration with a bad line, rules and programs"
all="conf:3:6: view 'nix' is not one of: auto, detached, namespace
$wrong
conf: nosuch: does not exist
conf: none: does not exist"
is "$(cat err)" "$all" "shows what is wrong with each"
run check --json --conf conf
says out "\"error\": \"$(echo "$all" | head -n 1)\"" "in JSON the first is the error"
says out 'none: does not exist\n"' "and the last is there, too"
printf 'view nix\n' >conf
run check --conf conf
is "$(cat err)" "criu-rewrite: conf:1:6: view 'nix' is not one of: auto, detached, namespace" "or the only one"

status=0
echo 'core_entry get' | "$program" check - >out 2>err || status=$?
ended 0 "check of standard input"
is "$(cat out)" "-: ok" "is right"
status=0
echo 'core_entr get' | "$program" check - >out 2>err || status=$?
ended 1 "check of wrong rules from standard input"
is "$(head -n 1 err)" "stdin:1:1: unknown message 'core_entr'; did you mean 'core_entry'?" "says where"

rm rules/*
echo 'core_entry get' >rules/10-first.rules
echo 'core_entry get' >rules/20-last.rules
ln -s /dev/null rules/15-off.rules
printf 'rules rules/20-last.rules\nrules rules\n' >conf
run check -v --conf conf
ended 0 "check -v"
is "$(cat out)" "conf: ok
  1. rules/20-last.rules
  2. rules/10-first.rules
  -. rules/15-off.rules: not in force, masked by /dev/null
  3. rules/20-last.rules" "shows the files in the order in which they run, and what is masked"
echo "report $work/none/report.json" >reporting
run check --conf reporting
ended 0 "a report that will not be written"
says err "note: report $work/none/report.json: there is no directory $work/none (No such file or directory), so none is written" "is noted"
for report in "$work/report.json" /report.json report.json none/report.json; do
	echo "report $report" >reporting
	run check --conf reporting
	silent err "one in $report will be"
done
export CRIU_REWRITE_CONF="$work/conf"
status=0
PATH=/nowhere "$program" check >out 2>err || status=$?
ended 0 "check of this host's configuration"
is "$(cat out)" "configuration: ok" "is right"
{
	[ -e /usr/lib/criu/rewrite.so ] || echo "criu-rewrite: note: there is no plugin /usr/lib/criu/rewrite.so; without it" \
		"a restore ignores these rules"
	[ -n "$(PATH=/usr/local/sbin:/usr/sbin:/sbin command -v criu)" ] || echo "criu-rewrite: note: there is no program criu"
} >wanted
is "$(cat err)" "$(cat wanted)" "and says what is missing"
run check -v
is "$(head -n 1 out)" "$work/conf: ok" "-v names the file"
echo 'core_entry[image.name in ["core-*", "core-?", "core-[1-4]"]] get' >glob.rules
run check glob.rules
ended 0 "a pattern of images need not end in .img"
# ---- what is odd, but not wrong
cat >odd.rules <<'END'
let unused = 1
when count(host.cpus) > 100000 {
	core_entry set mtype=99
} else when stage == "dump" {
	core_entry get
}
when stage == "dump" {
	core_entry get
}
when count(core_entry) > 7 {
	core_entry get
}
END
run check odd.rules
ended 0 "check of rules that are odd"
is "$(cat err)" "odd.rules:1:5: note: 'unused' is used nowhere
let unused = 1
    ^~~~~~
odd.rules:3:23: note: 99 is no value of core_entry.march that is known here; known are UNKNOWN, X86_64, ARM, AARCH64, PPC64, S390, MIPS, LOONGARCH64, RISCV64
	core_entry set mtype=99
	                     ^~" "notes it"
run check -q odd.rules
silent err "not with -q"
run check --json odd.rules
says out '"notes": "odd.rules:1:5: note: ' "in JSON, too"
silent err "and there alone"
cp out plain.json
run check --json -v odd.rules
ok "$(cmp -s out plain.json && echo true)" "to which -v adds nothing"
sed -i 's/ else when .*/ else {/' odd.rules
run check -v odd.rules
is "$(sed 's/([0-9,-]*)/()/' out)" "odd.rules: ok
  1. odd.rules
     odd.rules:2: not in force here: count(host.cpus) > 100000: no ()" \
	"-v says which when does not hold on this host, but not of those about the stage or images"
sed -i '1s/.*/let unused = count(core_entry)/' odd.rules
run check -v odd.rules
ended 0 "a let about images"
says out "odd.rules:1:1: that depends on the checkpoint; what holds from there on is said by explain" "is said"
# ---- what criu-rewrite.conf(5) says of files of rules
mkdir -p page/some.d "page/with blanks"
for name in some.d/b some.d/A some.d/.hidden "with blanks/x"; do echo "cgroup_entry fit" >"page/$name.rules"; done
echo "no rule" >page/some.d/notes
cat >page/rewrite.conf <<'END'
rules "with blanks/x.rules"   # a comment
#rules /nowhere
rules some.d
END
CRIU_REWRITE_CONF=$PWD/page/rewrite.conf run check -v
ended 0 "names that count from the directory of the configuration"
is "$(sed -n "s,^ *\([0-9-]\)\. $PWD/page/,\1 ,p" out)" "1 with blanks/x.rules
2 some.d/A.rules
3 some.d/b.rules" "in the order of lines, then of names; no other files, no hidden ones"
printf 'view auto\nview auto\n' >page/twice.conf
CRIU_REWRITE_CONF=$PWD/page/twice.conf run check
ended 1 "an option that is given twice"
says err "twice.conf:2:1: 'view' was already given in line 1" "is named"
for i in $(seq 65); do echo "rules some.d"; done >page/many.conf
CRIU_REWRITE_CONF=$PWD/page/many.conf run check
ended 1 "more than 64 rules"
says err "many.conf:65:7: more than 64 lines" "are refused where there are too many"

# the bound on operands is that of one expression
for i in $(seq 510); do echo 'core_entry.tc[exit_code=1] get'; done >many.rules
run check many.rules
ended 0 "very many conditions in a file"
finish
