#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Entries that rules add: mounts, descriptors, and those of raw images. Each is there after the restore.
. /src/tests/criu/inner/lib.sh
. /src/tests/criu/inner/net_lib.sh
. /src/tests/criu/inner/root_lib.sh

restored() { # WHAT RULES [OPTION...]
	local what=$1 rules=$2
	shift 2
	configure <<<"$rules"
	if restore_net "$@"; then ok "$what" true; else ok "$what" false; grep -hE "Error|rewrite" "$log" | sed 's/^/# /'; fi
}
refused() { # WHAT RULES TEXT [OPTION...]
	configure <<<"$2"
	not_ok_if "$1: no restore" restore_net "${@:4}"
	if grep -q "Error (rewrite): .*$3" "$log"; then ok "$1: by name" true; else ok "$1: by name" false; grep -h Error "$log" | sed "s/^/# /"; fi
}
field() { /share/criu-rewrite get $images "$1"; }
mounted() { grep -c " $1 .* - $2 " "/proc/$task/mountinfo"; }
install_plugin
unconfigure

# ---- mounts
mkdir -p $root/fs $root/proc2 $root/bind $root/theirs $root/bin/sub
begin_in_root
ok "mounts: dump" dump_net --external 'mnt[/data]:data'
options=(--root "$root" --external 'mnt[data]:/tmp/other')
below=$(field 'mnt_entry[mountpoint = "/"].root' | tr -d \")
top=$(field 'mnt_entry[mountpoint = "/"].mnt_id')
mount() { # FSTYPE ID PATH MORE
	echo "mnt_entry add { fstype=$1 mnt_id=$2 parent_mnt_id=$top flags=0 mountpoint=\"$3\" $4 shared_id=0 master_id=0 }"
}
bind=
case $(criu --version) in
*" 3.17"*) skip "bind: it shows the other directory" "CRIU 3.17 binds only what is mounted from its root on" ;;
*) bind=$(mount "$(field 'mnt_entry[mountpoint = "/"].fstype')" 902 /bind \
	"root_dev=$(field 'mnt_entry[mountpoint = "/"].root_dev') root=\"$below/bin\" source=$(field 'mnt_entry[mountpoint = "/"].source') options=\"\"") ;;
esac
tmpfs=$(mount 5 900 /fs 'root_dev="0:900" root="/" source="tmpfs" options="size=1m"')
mkdir -p /etc/criu
printf '#!/bin/sh\nexec tar -xzf /etc/criu/fs.tar.gz -C "/proc/$CRIU_REWRITE_PID/root/fs"\n' >/etc/criu/fill
chmod 755 /etc/criu/fill
install -D -m 755 /share/criu-rewrite /usr/libexec/criu-rewrite/action
tar -czf /etc/criu/fs.tar.gz -C /tmp/other .
configure "after /etc/criu/fill" <<<"$tmpfs"
ok "tmpfs: restore with a program that fills it" restore_net "${options[@]}"
is "$(cat "/proc/$task/root/fs/file")" other "tmpfs: it has what the host gives"
stop
restored "mounts: restore" "
$tmpfs
$(mount 1 901 /proc2 'root_dev="0:901" root="/" source="proc" options=""')
$bind
$(mount 0 903 /theirs 'root_dev="0:903" root="/" source="none" options="" ext_key="theirs"')
option external \"mnt[theirs]:/tmp/outside\"" "${options[@]}"
is "$(mounted /fs tmpfs)" 1 "tmpfs: it is mounted"
ok "tmpfs: with its options" grep -q ' /fs .*size=1024k' "/proc/$task/mountinfo"
ok "tmpfs: it is empty, and takes a file" sh -c "cd /proc/$task/root/fs && [ -z \"\$(ls)\" ] && echo new >file"
ok "tmpfs: the log says why" grep -q 'fstype tmpfs -> tmpfs, by its name.*no image of what is in it' "$log"
ok "proc: it is mounted" test -e "/proc/$task/root/proc2/self"
[ -z "$bind" ] || ok "bind: it shows the other directory" test -d "/proc/$task/root/bind/sub"
is "$(cat "/proc/$task/root/theirs/file")" outside "external: it shows the directory of the option"
again=$task
ok "tmpfs: dumped again" dump_net --external 'mnt[/data]:data' --external 'mnt[/theirs]:theirs'
options+=(--external 'mnt[theirs]:/tmp/outside')
restored "tmpfs: and restored" '' "${options[@]}"
is "$(cat "/proc/$again/root/fs/file")" new "tmpfs: with what was in it"
stop

# ---- what is in a tmpfs: an image more, whatever the view is made by, and on the disk
content='mnt_entry[mountpoint = "/fs"] content "/etc/criu/fs.tar.gz"'
names() { ls $images; }
tar -czf /etc/criu/fs.tar.gz -C /tmp/other .
begin_in_root
options=(--root "$root" --external 'mnt[data]:/tmp/other')
ok "content: dump" dump_net --external 'mnt[/data]:data'
top=$(field 'mnt_entry[mountpoint = "/"].mnt_id')
tmpfs=$(mount 5 900 /fs 'root_dev="0:900" root="/" source="tmpfs" options="size=1m"')
names >/share/names
sums >/share/sums
traces >/share/traces
for view in auto detached namespace; do
	configure "view $view" <<<"$tmpfs
$content"
	if restore_net "${options[@]}"; then status=0; else status=1; fi
	if [ $view = detached ] && grep -q "this kernel cannot mount onto detached mounts" $log; then
		skip "content: view detached" "this kernel ($(uname -r)) cannot mount onto detached mounts"
		continue
	fi
	is $status 0 "content: view $view: restore"
	[ $status = 0 ] || grep -hE "Error|rewrite" "$log" | sed 's/^/# /'
	is "$(cat "/proc/$task/root/fs/file")" other "content: view $view: it is there"
	is "$(mounted /fs tmpfs) $(grep -c ' /fs .*size=1024k' "/proc/$task/mountinfo")" "1 1" "content: view $view: in a tmpfs with its options"
	ok "content: view $view: the log says so" grep -q 'rewrite: tmpfs-dev-900.tar.gz.img: content (none) -> /etc/criu/fs.tar.gz' "$log"
	stop
	is "$(names)" "$(cat /share/names)" "content: view $view: no file more is in the directory"
	is "$(sums)" "$(cat /share/sums)" "content: view $view: every image is as it was"
	is "$(traces)" "$(cat /share/traces)" "content: view $view: no mount and no file is left"
done
configure </dev/null
printf '%s\n' "$tmpfs" "$content" >/etc/criu/test.rules
rm -rf /share/applied
mkdir /share/applied
ok "content: apply" /share/criu-rewrite apply --rules /etc/criu/test.rules -o /share/applied/one $images
ok "content: the archive is in the new checkpoint" cmp /etc/criu/fs.tar.gz /share/applied/one/tmpfs-dev-900.tar.gz.img
cp -a $images /share/applied/two
ok "content: apply in place" /share/criu-rewrite apply --rules /etc/criu/test.rules --in-place /share/applied/two
is "$(cd /share/applied/two && sha256sum *)" "$(cd /share/applied/one && sha256sum *)" "content: is the same"
unconfigure
ok "content: restore of it, without a rule" criu restore -d -D /share/applied/one -W "$work" -o restore.log -v4 "${options[@]}"
is "$(cat "/proc/$task/root/fs/file")" other "content: it is there without a view"
stop
mkdir /tmp/third
echo third >/tmp/third/file
tar -czf /etc/criu/third.tar.gz -C /tmp/third .
configure <<<'mnt_entry[mountpoint = "/fs"] content "/etc/criu/third.tar.gz"'
ok "content: in place of what was dumped" criu restore -d -D /share/applied/one -W "$work" -o restore.log -v4 "${options[@]}"
is "$(cat "/proc/$task/root/fs/file")" third "content: it is the other one"
stop
refused "content: of what is no tmpfs" 'mnt_entry[mountpoint = "/"] content "/etc/criu/fs.tar.gz"' \
	"mount $top at /: only what is in a tmpfs" "${options[@]}"
echo no >/etc/criu/no.tar.gz
refused "content: of what is no archive" "$tmpfs
mnt_entry[mountpoint = \"/fs\"] content \"/etc/criu/no.tar.gz\"" "no.tar.gz: is not compressed by gzip" "${options[@]}"
chmod 666 /etc/criu/fs.tar.gz
refused "content: that anybody may write" "$tmpfs
$content" "fs.tar.gz: mode 0666 lets everybody write it" "${options[@]}"
refused "an id that is taken" "$(mount 1 "$top" /proc2 'root_dev="0:901" root="/" source="proc" options=""')" \
	"mnt_id=$top is taken" "${options[@]}"
refused "a bind of nothing" "$(mount 0 905 /proc2 'root_dev="0:901" root="/srv" source="none" options=""')" \
	"another mount must have its root_dev" "${options[@]}"
refused "a parent that is not there" "mnt_entry add { fstype=1 mnt_id=905 parent_mnt_id=77 flags=0 mountpoint=\"/proc2\"
	root_dev=\"0:901\" root=\"/\" source=\"proc\" options=\"\" }" "its parent_mnt_id is no other mount" "${options[@]}"
refused "an external mount of both kinds" \
	"$(mount 0 903 /theirs 'root_dev="0:903" root="/" source="none" options="" ext_key="theirs" ext_mount=true')" \
	"with ext_key there is no ext_mount" "${options[@]}"

# ---- descriptors
echo text >/tmp/log
begin sh -c 'exec 5</tmp/log; echo $$ >/share/ready; exec sleep 1000'
ok "descriptors: dump" dump_net
fown='fown { uid=0 euid=0 signum=0 pid_type=0 pid=0 }'
restored "descriptors: restore" "file_entry add { type=REG id=900 reg { id=900 flags=O_RDONLY pos=0 name=\"/etc/passwd\" $fown } }
fdinfo_entry add { id=900 flags=0 type=REG fd=90 }"
is "$(readlink "/proc/$task/fd/90")" /etc/passwd "descriptors: it is there"
is "$(readlink "/proc/$task/fd/5")" /tmp/log "descriptors: the others are, too"
stop
refused "descriptors: an id that is taken" "file_entry add { type=REG id=$(field 'file_entry[type = REG].id' | head -n 1) reg {
	id=900 flags=O_RDONLY pos=0 name=\"/etc/passwd\" $fown } }" "is taken: CRIU would make one file of both"
refused "descriptors: one that is taken" "file_entry add { type=REG id=900 reg { id=900 flags=0 pos=0 name=\"/etc/passwd\" $fown } }
fdinfo_entry add { id=900 flags=0 type=REG fd=5 }" "fd=5 is taken"
refused "descriptors: another type than the file's" \
	"file_entry add { type=REG id=900 reg { id=900 flags=0 pos=0 name=\"/etc/passwd\" $fown } }
fdinfo_entry add { id=900 flags=0 type=INETSK fd=90 }" "fd=90 has type=INETSK, but the file with id=900 is REG"

# ---- raw images
start :
ok "raw: dump" dump_net
index=$(field 'net_device_entry[name = "eth0"].ifindex')
restored "raw: restore" "ifaddr_entry add { ifa_prefixlen=24 ifa_index=$index address=10.9.0.5 local=10.9.0.5 label=\"eth0:9\" }
ifaddr_entry add { ifa_prefixlen=64 ifa_index=$index address=fd09::5 }
route_entry[image.kind = \"route\"] add { rtm_dst_len=16 dst=10.19.0.0 gateway=10.9.0.1 oif=$index }
route_entry[image.kind = \"route\"] add { rtm_dst_len=0 gateway=10.0.0.1 oif=$index rtm_table=100 }
route_entry[image.kind = \"route\"] add { rtm_dst_len=0 gateway=10.0.0.1 oif=$index rtm_table=252 table=1000 }
route_entry[image.kind = \"route6\"] add { rtm_dst_len=0 gateway=fd00::1 oif=$index rtm_table=100 }
rule_entry add { src=fd00::5 frh_src_len=128 frh_table=100 table=100 priority=60 }
rule_entry add { iifname=\"eth0\" table=1000 priority=61 }"
shows() { # WHAT TEXT COMMAND...
	ok "raw: $1" sh -c "nsenter -t $task -n ${*:3} | grep -q '$2'"
}
shows "address" 'inet 10.9.0.5/24 .* eth0:9' ip addr
shows "address of version 6" 'inet6 fd09::5/64' ip addr
shows "route" '10.19.0.0/16 via 10.9.0.1' ip route
shows "route of another table" 'default via 10.0.0.1' ip route show table 100
shows "route of a table above 255" 'default via 10.0.0.1' ip route show table 1000
shows "route of version 6" 'default via fd00::1' ip -6 route show table 100
shows "rule of version 6" 'from fd00::5 lookup 100' ip -6 rule
shows "rule" 'iif eth0 lookup 1000' ip rule
is "$(/share/criu-rewrite get $images 'ifaddr_entry[label = "eth0"].address')" 10.0.0.5 "raw: an address is read as people write it"
stop
tap_end
