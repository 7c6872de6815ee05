#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# On the machine with fewer CPUs and cgroup v2: specs that ask for what is not here. Each is refused by the runtime, in the
# words of fit.def, or taken ("-"), and with the front it restores. LONG=1: each of them by itself.
. /src/tests/criu/inner/oci_lib.sh
images=/share/images.$runtime

# Which files groups have is seen at one that is there, as on any host.
mkdir -p /sys/fs/cgroup/others
install_front
use_library host-fit

# spec RESOURCES: config.json with these resources
spec() { sh /src/tests/lab/bundle.sh $tree "$group" - "$1"; }

refused_with() { # TEXT
	! oci_restore >"/share/$runtime.error" 2>&1 && grep -i -e "$1" "/share/$runtime.error" && return
	cat "/share/$runtime.error"
	return 1
}

takes() { # RESOURCES
	spec "$1"
	restorer=$runtime
	ok "$runtime takes $1" oci_restore
	oci_clean
}
fits() { # RESOURCES
	spec "$1"
	restorer=$front/$runtime
	ok "with the front $1 restores" oci_restore
	ok "and what became of it is in CRIU's log" grep "rewrite: config.json: linux.resources" $log
	oci_clean
}

# row RESOURCES RUNC CRUN: what they say without the front, as a pattern
taken=() all=()
row() {
	local wanted=$2
	[ "$runtime" = runc ] || wanted=$3
	all+=("$1")
	if [ "$wanted" = - ]; then
		taken+=("$1")
		[ -z "$LONG" ] || takes "$1"
	else
		spec "$1"
		restorer=$runtime
		ok "$runtime refuses $1: $wanted" refused_with "$wanted"
		oci_clean
	fi
	[ -z "$LONG" ] || fits "$1"
}

# united RESOURCES...: all of them as one
united() {
	printf '%s\n' "$@" | python3 -c 'import json, sys
all = {}
for line in sys.stdin:
    for key, value in json.loads("{" + line + "}").items():
        if isinstance(value, dict):
            all.setdefault(key, {}).update(value)
        else:
            all.setdefault(key, []).extend(value)
print(json.dumps(all)[1:-1])'
}

device='{"major": 8, "minor": 200, "rate": 1048576}'
row '"cpu": {"cpus": "0-3"}' 'failed to write.*cpuset.cpus: numerical result out of range' \
	'write file.*cpuset.cpus.*: Numerical result out of range'
row '"cpu": {"mems": "1"}' 'failed to write.*cpuset.mems: invalid argument' \
	'write file.*cpuset.mems.*: Invalid argument'
row '"cpu": {"realtimePeriod": 1000000}' - 'realtime period not supported on cgroupv2'
row '"memory": {"swappiness": 60}' - 'cannot set memory swappiness with cgroupv2'
row '"memory": {"disableOOMKiller": true}' - 'cannot disable OOM killer with cgroupv2'
row '"memory": {"kernel": 100000000}' - 'cannot set kernel memory with cgroupv2'
row '"network": {"classID": 7}' - 'network limits not supported on cgroupv2'
row '"blockIO": {"leafWeight": 100}' - 'cannot set leaf_weight with cgroupv2'
row "\"blockIO\": {\"throttleReadBpsDevice\": [$device]}" 'failed to write.*io.max: no such device' \
	'write .rbps.: No such device'
row '"hugepageLimits": [{"pageSize": "1GB", "limit": 1073741824}]' 'hugetlb.1GB.max: no such file or directory' \
	'hugetlb.1GB.max.*: No such file or directory'
row '"rdma": {"mlx5_0": {"hcaHandles": 3}}' 'rdma.max: no such' -
row '"unified": {"cpuset.cpus": "0-3"}' 'unified resource.*cpuset.cpus.*: numerical result out of range' \
	'write.*cpuset.cpus.*: Numerical result out of range'
row '"unified": {"io.max": "8:200 rbps=1048576"}' 'io.max.*: no such device' 'io.max.*: No such device'
row '"unified": {"nosuch.file": "1"}' 'controller .*nosuch.* not available' 'controller .*nosuch.* is not available'
row '"unified": {"memory.nosuch": "1"}' 'memory.nosuch: no such file or directory' \
	'memory.nosuch.*: No such file or directory'

if [ -z "$LONG" ]; then
	takes "$(united "${taken[@]}")"
	fits "$(united "${all[@]}")"
	is "$(grep -c "rewrite: config.json: linux.resources" $log)" "${#all[@]}" "with a line for each"
fi

# A front that cannot do its work leaves it to the runtime, and says so.
python3 -c 'import socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
log.settimeout(60)
open("/share/syslog", "wb").write(log.recv(4096))' &
until [ -e /dev/log ]; do sleep 0.1; done
spec '"cpu": {"cpus": "0-3"}'
chmod 666 /etc/criu/host-fit.rules
remove_plugin
ok "rules that others may write: the front leaves it to $runtime to refuse" refused_by_runtime
wait
oci_clean
ok "and says so in the system's log" grep -a \
	"<28>criu-rewrite\[[0-9]*\]: .*/config.json is not fitted to this host: .*/etc/criu/host-fit.rules: mode 0666" /share/syslog
rm /dev/log /etc/criu/host-fit.rules
tap_end
