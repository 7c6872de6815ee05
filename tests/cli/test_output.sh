#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Where the output goes: full and closed files, pipes, terminals; and foreign text.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

checkpoint dump
path='cgroup_entry//properties.name'
: >out

for arguments in "--help" "--version" "plan --help" "facts" "facts --json" "get dump $path" \
	"get --json dump $path"; do
	status=0
	# shellcheck disable=SC2086
	"$program" $arguments >/dev/full 2>err || status=$?
	ended 1 "full: $arguments"
	says err "criu-rewrite: cannot write to standard output: No space left on device" "says so"
	status=0
	# shellcheck disable=SC2086
	"$program" $arguments >&- 2>err || status=$?
	ended 1 "closed: $arguments"
	says err "cannot write to standard output: Bad file descriptor" "says so"
done

: >out
if command -v bash >/dev/null; then
	bash -c '"$1" facts 2>err | :; echo "${PIPESTATUS[0]}"' bash "$program" >out
	# The reader may have gone before or after; a signal it must not be.
	ok "$(grep -qx '[01]' out && echo true)" "a broken pipe is an error, not a signal"
else
	skip "a broken pipe" "there is no bash"
fi
status=0
"$program" get dump "$path" <&- >out 2>&- || status=$?
ended 0 "closed stdin and stderr"
is "$(tr '\n' ' ' <out)" '"cpuset.cpus" "cpuset.mems" ' "do no harm"

# ---- side by side
cat >side.rules <<'END'
cgroup_entry//properties[name="cpuset.cpus"] set value=0-1
cgroup_entry//properties[name="cpuset.mems"] delete
END
run plan --side-by-side --rules side.rules dump
is "$(cat out)" 'cgroup.img: controllers[cpuset].dirs[ct].properties[cpuset.cpus]
  value                    0-3                          | 0-1  (side.rules:1)
cgroup.img: controllers[cpuset].dirs[ct]
  properties[cpuset.mems]  name="cpuset.mems" value="0" <   (side.rules:2)' "a table of what was there and what is then"
run plan --side-by-side --color always --rules side.rules dump
says out "$(printf ' | \033[32m0-1\033[0m  (side')" "in colours"

# ---- colour
colored() { if grep -q "$(printf '\033')" "$1"; then echo yes; else echo no; fi; }
echo 'cgroup_entry//properties[name="cpuset.cpus"] set value="0-1"' >r.rules
run plan --rules r.rules dump
is "$(colored out)" no "no colour into a file"
run plan --color always --rules r.rules dump
is "$(colored out)" yes "--color always"
if command -v script >/dev/null && script --version >/dev/null 2>&1; then
	on_terminal() {
		TERM=${2-xterm} script -qec "$program plan --rules r.rules $1 dump" /dev/null >out
	}
	on_terminal ""
	is "$(colored out)" yes "colour on a terminal"
	on_terminal "--color never"
	is "$(colored out)" no "--color never"
	on_terminal "" dumb
	is "$(colored out)" no "TERM=dumb"
	NO_COLOR=1 on_terminal ""
	is "$(colored out)" no "NO_COLOR"
	NO_COLOR=1 on_terminal "--color always"
	is "$(colored out)" yes "--color always over NO_COLOR"
else
	skip "colour on a terminal" "there is no script(1)"
fi

# ---- foreign text cannot drive the terminal
image dump/cgroup.img 0x59383330 "$(cgroup "$(printf 'evil\033[2J')" "$(printf 'a\nb')")"
run get dump 'cgroup_entry//properties.value'
is "$(colored out)" no "an escape sequence in an image is shown, not sent"
run get dump 'cgroup_entry//properties.name'
is "$(colored out)" no "in a name as well"
is "$(wc -l <out)" 1 "and a result is one line"
run plan --rules "$(printf 'no\033[2J.rules')" dump
is "$(colored err)" no "nor from the command line into an error"
checkpoint driven
printf 'core_entry.tc set comm="a\\x7f\302\2332J"\n' >driven.rules
run apply --quiet --rules driven.rules -o sent driven
for command in "x sent ps" "x --json sent ps" "show sent" "show --json sent" "explain --rules driven.rules driven" \
	"explain --json --rules driven.rules driven" "check $(printf 'no\302\2332J.rules')"; do
	# shellcheck disable=SC2086
	run $command
	is "$(cat out err | LC_ALL=C grep -c "$(printf '\302\233\|\177')")" 0 "neither DEL nor a control character of two bytes: ${command%% *}"
done
# ---- names of files, in what is said of all that is wrong or right with them
mkdir driven.d
odd=driven.d/$(printf 'no\033\302\233')
echo 'core_entry gett' >"$odd.rules"
printf 'rulez\033 x\nview \302\233\n' >"$odd.conf"
printf '%s\n' "let x = 1" 'core_entry get' 'when 1 = 2 { core_entry get }' >"$odd.good"
cp "$odd.rules" "$odd.open.rules"
chmod o+w "$odd.open.rules"
shows_driven() { # HOW-OFTEN NAME
	is "$(cat out err | LC_ALL=C grep -c "$(printf '\302\233\|\033')")" 0 "$2: none drives a terminal"
	is "$(cat out err | grep -cF 'x1b\xc2\x9b')" "$1" "it is shown"
}
run check "$odd.rules"
shows_driven 1 "a file of rules"
run check driven.d
shows_driven 2 "two of a directory"
run check --conf "$odd.conf"
shows_driven 2 "a configuration"
run check -v "$odd.good"
ended 0 "right rules"
shows_driven 4 "what is right, odd, in force, and does not hold"
# ---- what is not told is done all the same
echo 'core_entry.tc set comm="told"' >told.rules
run apply --rules told.rules -o told driven
is "$(grep -c 'told' out)" 1 "a change is told"
run apply -q --rules told.rules -o untold driven
ended 0 "--quiet"
silent out "tells none"
ok "$(diff -r told untold >/dev/null && echo true)" "and writes the same"
run apply -q --json --rules told.rules -o unsaid driven
says out '"after": "told"' "but in JSON"
run plan --rules - driven <<END
core_entry set mtype=77
END
says out "mtype X86_64 -> 77 (stdin:1): 77 is no value of mtype that is known here" "what is odd about a change is told with it"
# ---- a byte that drives terminals of other sets of characters, and the same within a character
run info "$(printf 'a\233\377\233b\304\233')"
is "$(cat err)" "$(printf 'criu-rewrite: a\\x9b\377\\x9bb\304\233: No such file or directory')" "names are shown so that they drive none"
# ---- a line is a line, whatever stands in a value
checkpoint lines
run apply --quiet --rules - -o broken lines <<END
core_entry.tc set comm="a\\nb\\tc"
END
ended 0 "a name with a line end"
run get broken core_entry.tc.comm
is "$(cat out)" '"a\nb\tc"' "get has it as \\n"
run diff lines broken
is "$(cat out)" 'core-1.img: tc comm sleep -> a\nb\tc' "diff, too"
for command in plan explain; do
	echo 'core_entry.tc set comm="x"' >x.rules
	run $command --rules x.rules broken
	says out 'comm a\nb\tc -> x' "$command, too"
done

finish
