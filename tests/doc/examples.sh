#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Executes what the manual pages and the README show. In doc/criu-rewrite-rules.5 the line above a display says how:
#   .\" run     rules; `plan` on the checkpoint below takes them
#   .\" fails   rules that `plan` refuses
#   .\" wrong   rules that `check` refuses
#   .\" gives   all that the command for the display before prints
#   .\" grammar is for people
# In other files rules are looked for by their form, and checked.
# shellcheck source=tests/doc/lib.sh
. "$(dirname "$0")/lib.sh"

# ---- the checkpoint that the examples are about, and the host
encode cgroup.img <<'END'
{"magic": "CGROUP", "entries": [{
	"sets": [{"id": 1, "ctls": [{"name": "cpuset", "path": "/ct"}]}],
	"controllers": [{"cnames": ["cpuset"], "dirs": [{"dir_name": "ct", "children": [], "properties": [
		{"name": "cpuset.cpus", "value": "0-3"}, {"name": "cpuset.mems", "value": "0"}]}]}]}]}
END
encode core-7.img <<'END'
{"magic": "CORE", "entries": [{"mtype": "X86_64", "tc": {"task_state": 1, "exit_code": 0, "personality": 0,
	"flags": 0, "blk_sigset": 0, "comm": "sleep", "cg_set": 1}}]}
END
encode utsns-1.img <<<'{"magic": "UTSNS", "entries": [{"nodename": "web-1", "domainname": "(none)"}]}'
encode files.img <<'END'
{"magic": "FILES", "entries": [{"type": "REG", "id": 1, "reg": {"id": 1, "flags": 0, "pos": 0, "fown":
	{"uid": 0, "euid": 0, "signum": 0, "pid_type": 0, "pid": 0}, "name": "/srv/old/data"}}]}
END
cat >facts.json <<'END'
{"facts": {"host.cpus": "0-1", "host.mems": "0", "host.memory": 1073741824, "host.cgroup.version": 1,
	"host.cgroup.layout": "legacy", "host.cgroup.controllers": "cpuset",
	"host.hostname": "web-2", "own.cgroup": "/",
	"stage": "restore"}}
END

# ---- displays of the page, one file each: NUMBER.HOW
page=$top/doc/criu-rewrite-rules.5
awk '
/^\.\\" (run|fails|wrong|gives|grammar)$/ { how = $2; next }
/^\.Bd -literal/ { n++; file = sprintf("%03d.%s", n, how ? how : "unmarked"); how = ""; inside = 1; next }
/^\.Ed/ { inside = 0; next }
inside { gsub(/\\&/, ""); gsub(/\\\(dq/, "\""); gsub(/\\e/, "\\"); print >file }' "$page"

is "$(echo *.unmarked)" "*.unmarked" "every display of the page says how it is to be taken"

# Leaves all that is printed in `out`, and the exit status in $status.
take() { # FILE
	cp "$1" site.rules
	case $1 in
	*.wrong) "$program" check site.rules ;;
	*) "$program" plan --rules site.rules --facts facts.json dump ;;
	esac >out 2>err
	status=$?
	cat err >>out
}

last=
for file in [0-9]*.*; do
	case $file in
	*.run)
		take "$file"
		case $status in 0 | 3) status=fine ;; esac
		is "$status$([ $status = fine ] || cat out)" fine "$file: $(head -n 1 "$file")"
		;;
	*.fails | *.wrong)
		take "$file"
		is "$status" 1 "$file is refused: $(head -n 1 "$file")"
		;;
	*.gives) is "$(cat out)" "$(cat "$file")" "$last prints what the page says" ;;
	esac
	last=$file
done

# ---- other pages, the README: what looks like rules is right
begins='^(    |[[:blank:]]*)((cgroup|core|file|utsns|inet_sk|inventory|pstree)_entry.* (set|get|delete|add|fit|move|drop|capture|clear|convert|regroup|prepare|recall)|manage-cgroups [a-z])'
for file in "$top"/README.md "$top"/doc/*.md "$top"/doc/*.[18] "$top"/doc/criu-rewrite.conf.5; do
	[ -f "$file" ] || continue
	[ "${file##*/}" != cookbook.md ] || continue # cookbook.sh runs it, also what takes several lines
	grep -E "$begins" "$file" | sed 's/^[[:blank:]]*//' >lines
	while IFS= read -r line; do
		printf '%s\n' "$line" >site.rules
		ok "${file##*/}: $line" "$program" check site.rules
	done <lines
done
for file in "$top"/rules/library/*.rules; do
	ok "${file##*/}" "$program" check "$file"
done

# ---- what they show of the default rules names the line that does it
said=$("$program" plan --rules "$top/rules/library/default.rules" --facts facts.json dump 2>err |
	sed -n 's/^cgroup.img: cpuset:\/ct cpuset.cpus 0-3 -> 0-1 (\(default.rules:[0-9]*\))$/\1/p')
is "$(grep -rhoE 'default\.rules:[0-9]+' "$top"/README.md "$top"/doc | sort -u)" "$said" \
	"the line of the default rules that the pages show"
tap_end
