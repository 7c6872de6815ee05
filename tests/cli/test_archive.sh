#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Checkpoint archives as podman and CRI-O export them: read by all commands, written by
# apply, refused when something in them could harm.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

export TMPDIR="$work/tmp"
mkdir tmp
left_over() { is "$(ls -A tmp)" "" "and nothing is left of it"; }

# ---- an archive such as podman's
mkdir -p export/artifacts
checkpoint export/checkpoint
head -c 200000 /dev/urandom >export/checkpoint/pages-1.img
truncate -s 1M export/checkpoint/pages-2.img
echo "behind a hole" >>export/checkpoint/pages-2.img
truncate -s 100k export/checkpoint/pages-3.img
echo '{ "id": "0123" }' >export/config.dump
echo '{ "ociVersion": "1.0" }' >export/spec.dump
echo "a copy" >export/stats-dump
echo "a rootfs" >export/rootfs-diff.tar
echo "secret" >"export/artifacts/a_rather_long_name_$(printf '%0200d' 7)"
ln -s ../config.dump export/checkpoint/parent
mkdir "export/volume of jürgen"
chmod 640 export/config.dump
touch -d '2020-02-02 02:02:02.123456789' export/spec.dump
members="stats-dump checkpoint config.dump spec.dump rootfs-diff.tar artifacts"
pack() { # FILE TAR-OPTION...
	file=$1
	shift
	tar -C export --format=pax -c "$@" -f - $members "volume of jürgen" >"$file"
}
pack plain.tar --sparse --numeric-owner --owner=1234:1234 --group=77:77
gzip <plain.tar >gz.tar.gz
kinds="plain.tar gz.tar.gz"
if command -v zstd >/dev/null; then
	zstd -q <plain.tar >zst.tar.zst
	kinds="$kinds zst.tar.zst"
else
	skip "zstd" "there is no zstd"
fi
echo 'cgroup_entry//properties[name="cpuset.cpus"] set value=0-1' >rules
"$program" plan --rules rules export/checkpoint >plan
"$program" show export/checkpoint >show

# ---- read
for archive in $kinds; do
	run plan --rules rules "$archive"
	ended 3 "plan of $archive"
	ok "$(cmp -s out plan && echo true)" "is the plan of its directory"
	run show "$archive"
	ended 0 "show of $archive"
	ok "$(cmp -s out show && echo true)" "shows its images"
	run get "$archive" 'cgroup_entry//properties[name="cpuset.cpus"].value'
	is "$(cat out)" '"0-3"' "get of $archive"
	run diff "$archive" export/checkpoint
	ended 0 "diff of $archive and its directory"
	silent out "shows nothing"
	left_over
done
case " $("$program" --help) " in *" explain "*)
	run explain --rules rules gz.tar.gz
	ended 0 "explain of an archive"
	says out "cpuset.cpus" "says what happens" ;;
esac
run diff plain.tar gz.tar.gz
ended 0 "diff of two archives"
left_over

# ---- a single image of it
image=export/checkpoint/cgroup.img
"$program" decode -i $image >decoded
"$program" decode --pretty -i $image >shown
"$program" info $image >said
same() { ok "$(cmp -s "$1" "$2" && echo true)" "$3"; }
for archive in $kinds; do
	run decode -i $archive:cgroup.img
	ended 0 "decode of an image in $archive"
	same out decoded "gives what it gives of the file"
	run show $archive:checkpoint/cgroup.img
	same out shown "show, by its name in the archive"
	run info $archive:cgroup.img
	same out said "info"
	left_over
done
run decode -i gz.tar.gz:cgroup.img -o to.json
ended 0 "decode into a file"
is "$(cat to.json)" "$(cat decoded)" "writes it"
mkdir "2026-11-21T10:00"
cp gz.tar.gz "2026-11-21T10:00/web:1.tar.gz"
run info "2026-11-21T10:00/web:1.tar.gz:cgroup.img"
same out said "an archive with colons in its name"
cp $image gz.tar.gz:core-1.img
run info gz.tar.gz:core-1.img
same out said "a file that is called like an image in an archive is that file"
rm gz.tar.gz:core-1.img
run info gz.tar.gz:core-1.img
says out '"magic": "CORE"' "no longer when it is gone"

# ---- tasks
pstree=$(number 1 1)$(number 2 0)$(number 3 1)$(number 4 1)
mkdir tasks
cp -r export/checkpoint tasks/
rm tasks/checkpoint/parent
image tasks/checkpoint/pstree.img 0x50273030 "$pstree"
tar -C tasks -czf tasks.tar.gz checkpoint
run x tasks.tar.gz ps
ended 0 "x of an archive"
is "$(tail -n 1 out)" "      1      1      1   sleep" "explores it"
"$program" x tasks/checkpoint ps >explored
same out explored "as it does the directory"
left_over
if command -v strace >/dev/null; then
	strace -f -e trace=openat -o trace "$program" x tasks.tar.gz ps >out 2>err
	is "$(sed -n 's/.*"\([^"]*.img\)", O_WRONLY.*/\1/p' trace | sort | tr '\n' ' ')" \
		"core-1.img pstree.img " "no other images are unpacked"
else
	skip "what is unpacked" "there is no strace"
fi

# ---- written
listing() { tar --full-time --numeric-owner --xattrs -tvf "$1" | grep -v 'checkpoint/cgroup.img$'; }
for new in new.tar new.tar.gz new.tgz new.tar.zst new.tzst; do
	run apply --rules rules gz.tar.gz -o $new
	ended 0 "apply to $new"
	left_over
	run diff gz.tar.gz $new
	is "$(cat out)" "$(sed 's/ (rules:1)//' plan)" "has changed what the plan says"
done
is "$(head -c 2 new.tgz | od -An -tx1 | tr -d ' ')" 1f8b "gzip is gzip"
is "$(head -c 4 new.tzst | od -An -tx1 | tr -d ' ')" 28b52ffd "zstd is zstd"
listing plain.tar >wanted
listing new.tar >got
ok "$(cmp -s wanted got && echo true)" "the other members are as they were, in their order"
diff wanted got | sed 's/^/# /'
mkdir x
tar -C x -xf new.tar
diff -r --exclude=cgroup.img export x >differences 2>&1 || :
silent differences "with the same contents"
ok "$([ "$(stat -c %s new.tar)" -lt 900000 ] && echo true)" "holes stay holes"
run apply --rules rules gz.tar.gz -o again.tar.gz
ok "$(cmp -s again.tar.gz new.tar.gz && echo true)" "twice the same bytes"
chmod 600 plain.tar
run apply --rules rules plain.tar -o private.tar
is "$(stat -c %a private.tar)" 600 "who may not read the one may not read the other"
echo 'core_entry.tc set exit_code=0' >nothing
TMPDIR=/nowhere "$program" show plain.tar:cgroup.img >out 2>err
is "$?" 0 "one image is unpacked into memory where there is no place for it"
if command -v strace >/dev/null; then
	strace -f -e trace=openat -o trace "$program" apply --rules rules plain.tar -o once.tar >out 2>err
	is "$(grep -c '"plain.tar"' trace)" 1 "what was looked at is what is copied: the archive is opened once"
else
	skip "opening once" "there is no strace"
fi
run apply --rules nothing plain.tar -o same.tar
ended 0 "apply that changes nothing"
run diff plain.tar same.tar
ended 0 "writes the same"
cp plain.tar self.tar
ln -s self.tar link.tar
for there in self.tar link.tar; do
	run apply --rules rules self.tar -o $there
	ended 1 "apply onto what is there: $there"
	is "$(cat err)" "criu-rewrite: $there: already exists; replace it with --force" "is refused"
done
run diff self.tar plain.tar
ended 0 "and it stays"
run apply --force --rules rules self.tar -o self.tar
ended 0 "apply --force onto the archive itself"
run diff self.tar new.tar
ended 0 "is right as well"
if [ "$(id -u)" = 0 ] && command -v setfattr >/dev/null; then
	setfattr -n user.note -v "as it was" export/config.dump
	pack xattr.tar --xattrs
	run apply --rules rules xattr.tar -o new-xattr.tar
	mkdir y
	tar -C y --xattrs --xattrs-include='*' -xf new-xattr.tar
	is "$(getfattr --only-values -n user.note y/config.dump)" "as it was" "extended attributes"
else
	skip "extended attributes" "there is no setfattr, or no root"
fi

# ---- from one .tar to another: what has not changed is there byte by byte, headers included
cat >members.py <<'END'
import sys, tarfile
def members(path):
    # A member of tarfile begins with the headers that belong to it.
    tar, data = tarfile.open(path), open(path, "rb").read()
    list(tar)
    begins = [m.offset for m in tar.getmembers()] + [tar.offset]
    return [(m.name, data[begin:end]) for m, begin, end in zip(tar, begins, begins[1:])]
old, new = members(sys.argv[1]), members(sys.argv[2])
print("in order" if [n for n, _ in old] == [n for n, _ in new] else "in another order", len(old))
print(*(a[0] for a, b in zip(old, new) if a != b))
END
set_attribute='import os; os.setxattr("export/config.dump", "user.note", b"as it was")'
tar -C export -cf first-changed.tar checkpoint/cgroup.img checkpoint/inventory.img checkpoint/core-1.img
tar -C export --format=ustar -cf ustar.tar checkpoint config.dump
tar -C export --format=pax --sparse -cf last-changed.tar checkpoint/inventory.img checkpoint/pages-2.img checkpoint/cgroup.img
pack gnu.tar --format=gnu --sparse
if command -v python3 >/dev/null; then
	attributes=as-they-are
	python3 -c "$set_attribute" 2>/dev/null || attributes=none
	pack pax.tar --sparse --xattrs
	if [ $attributes = none ]; then
		skip "extended attributes, copied" "there are none here"
	else
		ok "$(grep -qa "SCHILY.xattr.user.note=as it was" pax.tar && echo true)" "an archive with extended attributes"
	fi
	for old in plain gnu pax ustar first-changed last-changed; do
		run apply --force --rules rules $old.tar -o new-$old.tar
		ended 0 "apply to $old.tar"
		is "$(python3 members.py $old.tar new-$old.tar)" "in order $(tar -tf $old.tar | wc -l)
checkpoint/cgroup.img" "of which one member differs"
		tar -xOf new-$old.tar checkpoint/cgroup.img >got
		ok "$(cmp -s got x/checkpoint/cgroup.img && echo true)" "in the right way"
		listing $old.tar >wanted
		listing new-$old.tar >got
		ok "$(cmp -s wanted got && echo true)" "and tar finds the others as they were"
		run diff $old.tar new-$old.tar
		is "$(cat out)" "$(sed 's/ (rules:1)//' plan)" "and so does diff"
	done
	run apply --rules nothing gnu.tar -o copy.tar
	is "$(python3 members.py gnu.tar copy.tar)" "in order $(tar -tf gnu.tar | wc -l)" "what has no changes at all is a copy"
else
	skip "byte by byte" "there is no python3"
fi

# ---- where the kernel cannot copy: a pipe
head -c 3000000 /dev/urandom >export/checkpoint/pages-1.img
tar -C export -cf long.tar checkpoint/inventory.img checkpoint/pages-1.img checkpoint/cgroup.img checkpoint/core-1.img
run apply --rules rules long.tar -o new-long.tar
mkfifo pipe.tar
cat pipe.tar >got &
run apply --rules rules long.tar -o pipe.tar
ended 0 "apply into a pipe"
wait $!
same got new-long.tar "has the same bytes come out"
# When the first bytes come out, the pages are known and mostly still to be copied.
cp long.tar shrinking.tar
{
	head -c 1 >/dev/null
	: >shrinking.tar
	cat >/dev/null
} <pipe.tar &
run apply --rules rules shrinking.tar -o pipe.tar
ended 1 "an archive that gets shorter while it is copied"
says err "criu-rewrite: shrinking.tar: ends in a member; copy it once more, or make it anew" "is an error"
wait $!
rm pipe.tar
left_over

# ---- usage
refused() { # STATUS TEXT ARGUMENT...
	wanted=$1 text=$2
	shift 2
	run "$@"
	ended "$wanted" "$*"
	says err "$text" "its message"
	left_over
}
refused 2 "an archive is not changed in place" apply --rules rules --in-place plain.tar
refused 2 "-o other: an archive becomes an archive" apply --rules rules plain.tar -o other
refused 1 "rules: Not a directory (name the directory of the images, or an archive)" x rules ps
refused 1 "criu-rewrite: there is no pstree.img" x plain.tar ps
refused 1 "plain.tar: there is no image core-2.img in it; did you mean 'core-1.img'?" info plain.tar:core-2.img
refused 1 "plain.tar: there is no image config.dump in it; \`criu-rewrite show plain.tar\` lists what is" \
	decode -i plain.tar:config.dump
refused 1 "plain.tar:: there is no name of an image behind the ':'" show plain.tar:
refused 1 "plain.tar: pages-1.img: is raw data and has no entries" show plain.tar:pages-1.img
refused 1 "rules: is not an archive, so there is no image core-1.img in it" info rules:core-1.img
refused 1 "export/checkpoint: is a directory; name an image of it export/checkpoint/core-1.img" \
	info export/checkpoint:core-1.img
refused 1 "criu-rewrite: absent:core-1.img: No such file or directory" info absent:core-1.img
for command in info "decode -i"; do
	# shellcheck disable=SC2086
	refused 1 "gz.tar.gz: is an archive; name one image of it, as in ARCHIVE:inventory.img" $command gz.tar.gz
done
status=0
"$program" decode <plain.tar >out 2>err || status=$?
ended 1 "decode of an archive on standard input"
says err "standard input: is an archive; name one image of it" "says what to do"
status=0
"$program" encode -i plain.tar:cgroup.img >out 2>err || status=$?
ended 1 "encode of an image in an archive"
says err "plain.tar:cgroup.img: No such file or directory" "is none: it reads JSON"
refused 1 "rules: Not a directory (name the directory of the images, or an archive)" plan --rules rules rules
ok "$([ ! -e other ] && echo true)" "nothing was written"

# ---- hostile and broken archives: each is refused by every command, and by name
hostile() { # FILE TEXT
	refused 1 "$2" plan --rules rules "$1"
	[ "${3-}" = big ] || refused 1 "$2" info "$1:inventory.img"
	run apply --rules rules "$1" -o refused.tar
	ended 1 "apply of $1"
	ok "$([ ! -e refused.tar ] && echo true)" "writes nothing"
	left_over
}
bad() { # FILE TAR-ARGUMENT...: a good checkpoint and something else
	file=$1
	shift
	tar -C export -cf "$file" checkpoint/inventory.img checkpoint/cgroup.img
	tar -C export -P -rf "$file" "$@"
}
echo x >escaped.img
bad up.tar --transform 's,.*,checkpoint/../../escaped.img,' config.dump
hostile up.tar "up.tar: checkpoint/../../escaped.img: the name leads out of the archive"
bad dots.tar --transform 's,.*,..,' config.dump
hostile dots.tar "dots.tar: ..: the name leads out of the archive"
bad absolute.tar --transform "s,.*,$work/escaped.img," config.dump
hostile absolute.tar "absolute.tar: $work/escaped.img: the name leads out of the archive"
is "$(cat escaped.img)" x "what is outside is as it was"
mkdir -p evil/checkpoint
ln -s /etc/passwd evil/checkpoint/files.img
bad link.tar -C ../evil checkpoint/files.img
hostile link.tar "link.tar: checkpoint/files.img: is not a regular file"
rm -r evil/checkpoint
ln -s "$work/x" evil/checkpoint
bad dirlink.tar -C ../evil checkpoint
hostile dirlink.tar "dirlink.tar: checkpoint: is not a directory"
rm evil/checkpoint
mkdir evil/checkpoint
echo 1 >evil/checkpoint/a.img
ln evil/checkpoint/a.img evil/checkpoint/b.img
bad hard.tar -C ../evil checkpoint/a.img checkpoint/b.img
hostile hard.tar "hard.tar: checkpoint/b.img: is a hard link"
mkfifo evil/checkpoint/pipe
bad fifo.tar -C ../evil checkpoint/pipe
hostile fifo.tar "fifo.tar: checkpoint/pipe: is a device, a pipe or a socket"
bad twice.tar checkpoint/cgroup.img
hostile twice.tar "twice.tar: checkpoint/cgroup.img: is in the archive twice"
bad other-name.tar --transform 's,.*,./checkpoint//cgroup.img,' config.dump
hostile other-name.tar "other-name.tar: checkpoint/cgroup.img: is in the archive twice"
tar -C export -cf config.tar checkpoint/cgroup.img config.dump
tar -C export -rf config.tar config.dump
hostile config.tar "config.tar: config.dump: is in the archive twice"
truncate -s 5G evil/checkpoint/mm-1.img
tar -C evil --sparse -cf bomb.tar checkpoint/mm-1.img
tar -C export -rf bomb.tar checkpoint/cgroup.img
hostile bomb.tar "bomb.tar: checkpoint/mm-1.img: with it the images are bigger than 2147483648" big
truncate -s 1G evil/checkpoint/mm-1.img
tar -C evil --sparse -cf hole.tar checkpoint/mm-1.img
tar -C export -rf hole.tar checkpoint/cgroup.img
run plan --limit-archive 2G --rules rules hole.tar
ended 3 "a big hole"
left_over
run plan --limit-archive 1024M --rules rules hole.tar
ended 1 "one that is more than --limit-archive allows"
says err "hole.tar: checkpoint/cgroup.img: with it the images are bigger than 1073741824 bytes" "is refused"
says err "allow more with --limit-archive" "and the remedy named"
left_over
for size in 0 -1 1X 1MB 9999999999G G; do
	run plan --limit-archive "$size" --rules rules plain.tar
	ended 2 "--limit-archive '$size'"
	says err "--limit-archive: '$size' is not a size" "says so"
done
run plan --limit-archive '' --rules rules plain.tar
ended 2 "--limit-archive ''"
says err "'--limit-archive' is given nothing; it needs SIZE" "says so"
run show --limit-archive 10 plain.tar:cgroup.img
ended 1 "a single image that is more"
says err "bigger than 10 bytes" "is refused"
run decode --limit-archive 1K -i plain.tar:cgroup.img
ended 0 "and taken when it is not"

truncate -s 1G evil/checkpoint/pages-1.img
tar -C evil --sparse -cf raw.tar checkpoint/pages-1.img
tar -C export -rf raw.tar checkpoint/cgroup.img
rm evil/checkpoint/pages-1.img
run apply --limit-archive 512M --rules rules -o raw-new.tar.gz raw.tar
ended 1 "apply: more than --limit-archive allows, also of what is only copied"
says err "raw.tar: checkpoint/pages-1.img: with it there is more in it than 536870912 bytes" "is refused"
is "$(ls raw-new.tar.gz .raw-new* 2>/dev/null)" "" "and nothing is left"

# A map of a sparse file that says nothing, of which libarchive would keep all: 20 million times "0, 0".
python3 - <<'PY'
import gzip, io, tarfile
entries = 20000000
text = f"{entries}\n".encode() + b"0\n0\n" * entries
for name, put in ("map.tar", bytes), ("map.tar.gz", gzip.compress):
    with open(name, "wb") as out, io.BytesIO() as tar:
        member = tarfile.TarInfo("checkpoint/pages-1.img")
        member.size = len(text) // 512 * 512
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": member.name,
                              "GNU.sparse.realsize": "0"}
        with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
            archive.addfile(member, io.BytesIO(text))
        out.write(put(tar.getvalue()))
PY
for file in map.tar map.tar.gz; do
	hostile $file "$file: what stands before the content of a member is more than 8 MiB" big
	run show $file
	ended 1 "$file: show"
	is "$(cat err)" "criu-rewrite: $file: what stands before the content of a member is more than 8 MiB; unpack it with tar, \
and name the directory" "says the same"
done
rm map.tar

# ---- a disk that an archive could fill
head -c 9000000 /dev/zero | tr '\0' x >evil/checkpoint/mm-1.img
tar -C evil -cf bytes.tar checkpoint/mm-1.img
tar -C export -rf bytes.tar checkpoint/cgroup.img
gzip bytes.tar
mv evil/checkpoint/mm-1.img evil/checkpoint/pages-1.img
tar -C evil -cf raw.tar checkpoint/pages-1.img
tar -C export -rf raw.tar checkpoint/cgroup.img
gzip raw.tar
run_small() { # ARGUMENT...: with 16 MB for temporary files
	status=0
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount -t tmpfs -o size=16m small "$TMPDIR" || exit
		"$@"
		status=$?
		ls -A "$TMPDIR" >left
		exit $status' sh "$program" "$@" >out 2>err || status=$?
}
if unshare -m mount -t tmpfs small tmp 2>/dev/null; then
	run_small plan --rules rules bytes.tar.gz
	ended 1 "an archive that would take more than half of the disk"
	says err "bigger than 8388608 bytes" "is refused"
	run_small plan --limit-archive 10M --rules rules bytes.tar.gz
	ended 3 "unless it is allowed"
	run_small apply --rules rules -o "$TMPDIR/new.tar.gz" raw.tar.gz
	ended 0 "unless it gets small"
	gzip -d <raw.tar.gz >raw.tar
	for old in raw.tar raw.tar.gz; do
		run_small apply --rules rules -o "$TMPDIR/new.tar" $old
		ended 1 "a new archive that would take more than half of the disk, from $old"
		says err "takes more than half of what is free; allow more with --limit-archive" "is refused"
		silent left "and nothing is left"
	done
	head -c 20000000 /dev/zero | tr '\0' x >evil/checkpoint/pages-1.img
	tar -C export -cf full.tar checkpoint/cgroup.img -C ../evil checkpoint/pages-1.img
	gzip <full.tar >full.tar.gz
	for old in full.tar full.tar.gz; do
		run_small apply --rules rules --limit-archive 1G -o "$TMPDIR/new.tar" $old
		ended 1 "a disk that gets full, from $old"
		says err "/tmp/new.tar: " "names the archive"
		says err ": No space left on device" "and says why"
		silent left "and leaves nothing"
	done
	left_over
else
	skip "a small disk" "no right to mount"
fi
head -c 150000 gz.tar.gz >short.tar.gz
hostile short.tar.gz "short.tar.gz: "
head -c 100000 plain.tar >short.tar
hostile short.tar "short.tar: "
printf '\037\213 no gzip' >broken.tar.gz
hostile broken.tar.gz "broken.tar.gz: "
tar -cf none.tar rules
refused 1 "bomb.tar: checkpoint/mm-1.img: with it the images are bigger" info bomb.tar:mm-1.img
hostile none.tar "none.tar: there are no images in it"

# What is not unpacked is decompressed all the same, to see what is behind it.
truncate -s 65G layer && tar -S -cf layer.tar -C export checkpoint -C .. layer && rm layer
hostile layer.tar "layer.tar: layer: with it there is more in the archive than 68719476736 bytes"
run plan --limit-archive 66G --rules rules layer.tar
ended 3 "--limit-archive allows it"

# ---- the directory goes even when the program is killed
mkfifo wait.tar
"$program" apply --rules rules plain.tar -o wait.tar >out 2>err &
pid=$!
tries=0
while [ -z "$(find tmp -name cgroup.img)" ] && [ $tries -lt 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
is "$(find tmp -name cgroup.img | wc -l)" 1 "apply has unpacked and waits for a reader"
is "$(stat -c %a tmp/*)" 700 "for nobody else to see"
kill -9 $pid
wait $pid 2>/dev/null || :
tries=0
while [ -n "$(ls -A tmp)" ] && [ $tries -lt 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
left_over
finish
