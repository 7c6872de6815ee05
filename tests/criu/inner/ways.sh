#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CRIU's ways into a restore: in each the rule holds.
. /src/tests/criu/inner/lib.sh

all=$(cat $cpuset/cpuset.cpus)
one=${all%%[-,]*}
is_one=$(printf '%s\n' " $one" "/in $one" "/in/deep $one")
rule="cgroup_entry//properties[name=\"cpuset.cpus\"] set value=\"$one\""
rpc() { timeout 60 python3 /src/tests/criu/inner/rpc.py "$images" "$work" rpc.log "$@" 2>&1; }

# holds WHAT: of the restore that was made
holds() {
	is "$(cpus)" "$is_one" "$1: rewritten"
	ok "$1: the tree lives" tree check $tree
	clean
}

tree groups "$group" && tree start "$tree" "$group"
ok "a tree is dumped" dump
tree gone "$tree"
tree clean "$group"
install_plugin
for view in detached namespace; do
	configure "view $view" <<<"$rule"

	ok "view $view: swrk, the second request" grep -q "^restored" <(rpc after-version)
	holds "view $view: swrk, the second request"

	rpc sibling >/share/answer
	is "$(sed 's/ .*//' /share/answer | tr '\n' ' ')" "child restored " "view $view: as a sibling"
	holds "view $view: as a sibling"

	criu service -d --address /tmp/criu.socket -W $work -o service.log -v4 --pidfile /tmp/service.pid
	ok "view $view: criu service" grep -q "^restored" <(rpc service=/tmp/criu.socket)
	holds "view $view: criu service"
	ok "view $view: criu service, once more" grep -q "^restored" <(rpc service=/tmp/criu.socket)
	holds "view $view: criu service, once more"
	kill "$(cat /tmp/service.pid)"
	rm -f /tmp/criu.socket /tmp/service.pid

	exec 7<$images
	ok "view $view: image directory by descriptor" \
		criu restore -d -D /proc/self/fd/7 -W $work -o restore.log -v4 --manage-cgroups
	holds "view $view: image directory by descriptor"
	exec 7<&-

	mkdir -p /tmp/elsewhere
	ok "view $view: work directory elsewhere" bash -c "cd / && criu restore -d -D $images -W /tmp/elsewhere -o restore.log --manage-cgroups"
	holds "view $view: work directory elsewhere"
done

# Where nothing can be mounted by us: a directory on a mount of another mount namespace, and on one that is gone.
configure <<<"$rule"
mkdir /share/held
unshare --mount --propagation private sh -c "mount --bind $images /share/held && echo >/tmp/mounted && exec sleep 1000" &
holder=$!
until [ -e /tmp/mounted ]; do kill -0 $holder || break; sleep 0.05; done
ok "image directory on a mount of another namespace" \
	criu restore -d -D /proc/$holder/root/share/held -W $work -o restore.log -v4 --manage-cgroups
not_ok_if "image directory on a mount of another namespace: copied" grep -q "copied into memory" $log
holds "image directory on a mount of another namespace"
kill $holder
wait $holder 2>/dev/null
rm -f /tmp/mounted
mount --bind $images /share/held
exec 7</share/held
umount -l /share/held
ok "image directory on a mount that is gone" \
	criu restore -d -D /proc/self/fd/7 -W $work -o restore.log -v4 --manage-cgroups
ok "image directory on a mount that is gone: said to be copied" grep -q "all images are copied into memory" $log
holds "image directory on a mount that is gone"
exec 7<&-
rmdir /share/held

# Pages come when they are touched, from a daemon that has the images open by itself.
configure <<<"$rule"
criu lazy-pages -D $images -W $work -o lazy.log -v4 >/dev/null 2>&1 &
lazy=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	if [ -e $work/lazy-pages.socket ]; then break; fi
	sleep 0.1
done
if [ -e $work/lazy-pages.socket ]; then
	ok "--lazy-pages" restore --lazy-pages
	holds "--lazy-pages"
else
	skip "--lazy-pages" "$(grep -m1 Error $work/lazy.log)"
fi
kill $lazy 2>/dev/null
wait $lazy 2>/dev/null

# Debian's packages of CRIU have no plugin of their own, so this is one of ours, which CRIU loads beside, first or last. A plugin
# that takes a task is the last that is asked about it.
plugins=/tmp/plugins
load() { # FILE...
	rm -rf $plugins /tmp/beside
	mkdir $plugins
	for file; do cp /tmp/"$file".so $plugins; done
}
# shellcheck disable=SC2120 # its words come by way of `ok`
beside() { # OPTION...
	BESIDE=/tmp/beside criu restore "$@" --libdir $plugins -D $images -W $work -o restore.log -v4 --manage-cgroups
}
order() { sed -n 's/.*Plugin "\([a-z]*\)".*/\1/p' $log | xargs; }
cpus_of_leader() { sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$(leader)/status"; }
bound_beside() { # WHAT
	ok "$1, loaded as $(order)" tree check $tree
	is "$(cpus_of_leader)" "$one" "$1: a task is bound to its CPU"
	is "$(sort -u /tmp/beside | tr '\n' ' ')" "begin end resume " "$1: which is asked as well"
	order >>/tmp/orders
	clean
}
configure <<<'when stage == "dump" { core_entry capture affinity }
core_entry affinity'
tree groups "$group" && tree start "$tree" "$group"
taskset -pc "$one" "$(leader)" >/dev/null
rm -rf $images
if ! gcc -shared -fPIC -o /tmp/beside.so /src/tests/criu/inner/beside.c; then
	skip "beside another plugin" "there is no compiler"
elif [ "$one" = "$all" ]; then
	skip "beside another plugin" "this machine has one CPU"
else
	ok "a tree with a task that is bound to a CPU is dumped" dump
	tree gone "$tree"
	tree clean "$group"
	cp /share/rewrite.so /tmp
	for files in "beside rewrite" "rewrite beside"; do
		load $files
		ok "beside another plugin" beside -d
		bound_beside "beside another plugin"
		load $files
		export BESIDE_TAKES=1
		ok "beside one that takes all tasks" beside -d
		bound_beside "beside one that takes all tasks"
		if [ "$(order)" = "beside rewrite" ]; then
			ok "which is said" grep "rewrite: affinity: another plugin was told of tasks in our place: 6 threads got their CPUs at criu's end" $log
			rm $log
			beside &
			until grep -q "Restore finished successfully" $log 2>/dev/null; do sleep 0.1; done
			ok "where criu does not end before the tasks, that they may have others is said, too" \
				grep "rewrite: affinity: another plugin may be told in our place" $log
			clean
			wait $!
		fi
		unset BESIDE_TAKES
	done
	is "$(sort -u /tmp/orders)" "$(printf '%s\n' "beside rewrite" "rewrite beside")" "in both orders"
fi
clean

# Without it CRIU refuses --stream itself, before it loads plugins.
command -v criu-image-streamer >/dev/null || skip "--stream" "Debian has no criu-image-streamer"
tap_end
