#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The table of README.md, "Which images a rule can change during a restore", on this CRIU: rules on those that it names are
# refused, rules on others are obeyed. The last line says what was, for ../late_table.
. /src/tests/criu/inner/lib.sh

version=$(criu --version | sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p')
late=$(awk -v version="$version" -f /src/tests/criu/inner/late.awk /src/README.md | tr -d '`')

unconfigure
install_plugin
ok "CRIU $version is in the table: $late" test -n "$late"
tree groups "$group"
tree start "$tree" "$group"
p=$(leader)
threaded=$(sed -n 's/^threaded //p' "$tree/pids")
rm -rf "$images"
ok "dump" dump --cpu-cap=ins
tree gone "$tree"
tree clean "$group"
found=
while read -r image rule; do
	configure <<<"$rule"
	restore --cpu-cap=ins
	kind=${image/-[0-9]*./-*.}
	! grep -q "Error (rewrite): .*$image: .*criu-rewrite apply" $log || found="$found\`$kind\`, "
	case ", $late," in
	*", $kind,"*)
		ok "$image is too late" grep -q "Error (rewrite): .*$image: .*criu-rewrite apply" $log
		not_ok_if "and not changed" grep -q "rewrite: $image: " $log
		;;
	*) ok "$image can be changed" grep -q "rewrite: $image: .* -> .*(test.rules:1)" $log ;;
	esac
	clean
done <<EOF
inventory.img inventory_entry set pre_dump_mode=1
cpuinfo.img cpuinfo_entry.x86_entry set model_id="another"
pstree.img pstree_entry[pid=$threaded] set pgid=$threaded
ids-$p.img task_kobj_ids_entry set vm_id=vm_id+1000
core-$p.img core_entry.tc set exit_code=256
fs-$p.img fs_entry set umask=0
mm-$p.img mm_entry set mm_arg_end=mm_arg_end-1
files.img file_entry.reg set pos=1
cgroup.img cgroup_entry clear
EOF
found=${found%, }
is "$(tr -d '`' <<<"${found:-none}")" "$late" "the table names all that is too late, and no more"
echo "# too late for $version: ${found:-none}"
tap_end
