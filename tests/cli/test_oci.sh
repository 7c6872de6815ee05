#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The OCI spec as a part of the checkpoint: in plan, explain, apply and diff, of bundles and archives, and by itself.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

export TMPDIR="$work/tmp"
mkdir tmp
echo 'cgroup_entry fit cpuset.cpus' >fit.rules
echo 'cgroup_entry//properties[name="pids.max"] delete' >none.rules
here="--fact host.cpus=0-1 --fact host.cpus.possible=0-1"
spec() { printf '{"ociVersion":"1.0.2",\n "linux": {"resources":{"cpu":{"cpus": "%s"}},"n":18446744073709551615}}' "$1"; }
line="linux.resources.cpu.cpus 0-3 -> 0-1 (fit.rules:1)"
# Options and facts stand before the rest.
on_two() { # COMMAND ARGUMENT...
	command=$1
	shift
	# shellcheck disable=SC2086
	run "$command" $here "$@"
}

# ---- by itself
spec 0-3 >config.json
chmod 640 config.json
cp -p config.json before.json
on_two oci --rules fit.rules fit config.json -o new.json
ended 0 "oci fit -o"
is "$(cat out)" "config.json: $line" "says what it did"
ok "$(cmp -s config.json before.json && echo true)" "the file is as it was"
is "$(cat new.json)" "$(spec 0-1)" "the new one differs in that value alone"
on_two oci --rules fit.rules fit ./config.json
ended 0 "oci fit"
is "$(cat config.json)" "$(spec 0-1)" "in its place"
is "$(stat -c %a config.json)" 640 "with its mode"
is "$(ls -A | grep -c config)" 1 "and nothing is left beside it"
inode=$(stat -c %i config.json)
on_two oci --rules fit.rules fit config.json
silent out "what fits is not changed"
is "$(stat -c %i config.json)" "$inode" "not even written"
on_two oci --rules none.rules fit before.json
ended 0 "without a rule that fits"
says err "warning: before.json: linux.resources.cpu.cpus 0-3: not all of it is on this host, and no rule fits it; runc: " \
	"a warning"
on_two oci --json --rules none.rules fit before.json
is "$(grep -c '^        "before.json: linux.resources.cpu.cpus 0-3: not all' out)" 1 "and a part of the report"
run oci fit missing.json
ended 1 "no file"
says err "missing.json: there is no such OCI spec" "says so"
echo '{"ociVersion":' >broken.json
run oci --rules fit.rules fit broken.json
ended 1 "no JSON"
says err "broken.json: line 2, column 1: a value is missing" "says where"
ln -s config.json link.json
run oci --rules fit.rules fit link.json
ended 1 "a link is not followed"
run oci fti config.json
ended 2 "oci has one word"

# ---- a bundle
mkdir bundle
checkpoint bundle/checkpoint
spec 0-3 >bundle/config.json
on_two plan --rules fit.rules bundle/checkpoint
ended 3 "plan of the images of a bundle"
says out "config.json: $line" "shows what becomes of its spec"
silent err "and has no more to say"
on_two explain --rules fit.rules bundle/checkpoint
says out "changed: config.json: linux.resources.cpu.cpus 0-3 -> 0-1" "explain too"
on_two plan --rules none.rules bundle/checkpoint
says err "warning: config.json: linux.resources.cpu.cpus 0-3" "plan warns where no rule fits it"
on_two apply --rules fit.rules bundle/checkpoint -o new
ended 0 "apply -o"
is "$(cat new/config.json)" "$(spec 0-1)" "writes the spec beside the images"
is "$(cat bundle/config.json)" "$(spec 0-3)" "and leaves the bundle's as it is"
run diff bundle/checkpoint new
says out "config.json: linux.resources.cpu.cpus 0-3 -> 0-1" "diff compares the specs"
on_two apply --rules fit.rules bundle/checkpoint --in-place
is "$(cat bundle/config.json)" "$(spec 0-1)" "apply --in-place"
cp new/config.json bundle/checkpoint/spec.dump
spec 0-3 >bundle/checkpoint/config.json
on_two plan --rules fit.rules bundle/checkpoint
says out "config.json: $line" "what is beside the images comes first"
echo '{"cpt":"cp1"}' >bundle/checkpoint/config.json
rm bundle/checkpoint/spec.dump
spec 0-3 >bundle/config.json
on_two plan --rules fit.rules bundle/checkpoint
says out "config.json: $line" "docker's config.json is passed over"

echo '// no JSON' >bundle/checkpoint/config.json
on_two plan --rules fit.rules bundle/checkpoint
says out "config.json: $line" "and one that cannot be read"
says err "note: config.json: line 1, column 1: '/' is not JSON here: left alone" "with a note"

# ---- names that are in the spec, in the images, in both, in neither
mkdir -p named/checkpoint without/checkpoint
checkpoint named/checkpoint
checkpoint without/checkpoint
rm without/checkpoint/cgroup.img
printf '{"ociVersion":"1.0.2","linux":{"resources":{"cpu":{"cpus":"0-3"},"pids":{"limit":9},"unified":{"memory.high":"max"}}}}' \
	>named/config.json
cp named/config.json without
must() { # ENDED DIR NAMES
	echo "must cgroup_entry fit $3" >must.rules
	on_two plan --rules must.rules "$2/checkpoint"
	ended "$1" "$2: must fit $3"
	[ "$1" != 1 ] || says err "must.rules:1:1: " "says where"
}
must 3 named cpuset.cpus
must 0 named cpuset.mems
must 0 named pids.max
must 0 named memory.high
must 1 named memory.max
says err "no property memory.max in the checkpoint, but 'must' asks for a match" "and what is in neither"
must 3 without cpuset.cpus
silent err "what is in the spec alone"
must 0 without pids.max
must 1 without cpuset.mems
says err "no property cpuset.mems in the checkpoint, but 'must' asks for a match" "what is only in images that are not there"
rm without/config.json
must 1 without cpuset.cpus
says err "nothing matches, but 'must' asks for a match" "neither groups nor a spec"
echo 'cgroup_entry fit memory.max, pids.max' >note.rules
on_two plan --rules note.rules named/checkpoint
is "$(grep -c 'no property memory.max in the checkpoint' err)" 1 "without must it is a note, once"
for must in "" "must "; do
	echo "${must}cgroup_entry fit memory.max, cpuset.cpus" >alone.rules
	on_two oci --rules alone.rules fit --force -o new.json named/config.json
	ended "$([ "$must" ] && echo 1 || echo 0)" "the spec by itself: ${must}fit"
	says err "no property memory.max in the checkpoint" "says what it has not"
done

# ---- archives: as of Podman, and with the images in other places
archive() { # FILE FOLDER
	rm -rf pack
	mkdir -p "pack/$2"
	checkpoint "pack/$2"
	spec 0-3 >pack/spec.dump
	echo '{}' >pack/config.dump
	(cd pack && tar -cf "../$1" -- *)
}
for folder in checkpoint . a/b; do
	archive a.tar $folder
	on_two plan --rules fit.rules a.tar
	ended 3 "images in $folder: plan"
	says out "spec.dump: $line" "the spec"
	says out "cgroup.img: cpuset:/ct cpuset.cpus 0-3 -> 0-1" "and the images"
	rm -f b.tar
	on_two apply --rules fit.rules a.tar -o b.tar
	ended 0 "apply"
	is "$(tar -xOf b.tar spec.dump)" "$(spec 0-1)" "the new one has the spec"
	is "$(tar -tf b.tar)" "$(tar -tf a.tar)" "and all members"
	run diff a.tar b.tar
	says out "spec.dump: linux.resources.cpu.cpus 0-3 -> 0-1" "diff"
	run info "b.tar:cgroup.img"
	ended 0 "one image of it"
done
mkdir pack/checkpoint
cp pack/a/b/cgroup.img pack/checkpoint
(cd pack && tar -cf ../two.tar a checkpoint)
run plan --rules fit.rules two.tar
ended 1 "images in two places"
says err "two.tar: checkpoint/cgroup.img: images are in another folder, too" "are refused"
(cd pack && tar -cf ../first.tar checkpoint a spec.dump)
on_two plan --rules fit.rules first.tar
ended 3 "but not when those of checkpoint/ come first"
is "$(ls -A tmp)" "" "nothing is left of what was unpacked"
finish
