#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What is in a tmpfs, given by a rule: an image that the checkpoint does not have, in a directory and in an archive, or
# another one in its place.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

mounts() { # FILE: a root and a tmpfs at /tmp
	"$program" encode -o "$1" <<-'END'
		{ "magic": "MNTS", "entries": [
		  { "fstype": 0, "mnt_id": 2, "root_dev": 1, "parent_mnt_id": 1, "flags": 0, "root": "/", "mountpoint": "/",
		    "source": "x", "options": "" },
		  { "fstype": 5, "mnt_id": 3, "root_dev": 7, "parent_mnt_id": 2, "flags": 0, "root": "/", "mountpoint": "/tmp",
		    "source": "tmpfs", "options": "" } ] }
	END
}
given=tmpfs-dev-900.tar.gz.img
checkpoint one
chmod 640 one/inventory.img
mounts one/mountpoints-12.img
mkdir files
echo some >files/file
tar -czf fs.tar.gz -C files .
cat >rules <<END
mnt_entry add { fstype=5 mnt_id=900 root_dev="0:900" parent_mnt_id=2 flags=0 root="/" mountpoint="/fs" source="tmpfs" options="" }
mnt_entry[mountpoint = "/fs"] content "$work/fs.tar.gz"
END

# ---- a new image
run plan --rules rules one
ended 3 "plan"
says out "$given: content (none) -> $work/fs.tar.gz (rules:2)" "says that there is one more"
is "$(grep -c "it is empty" out)" 0 "and of no empty tmpfs"
run apply --rules rules -o two one
ended 0 "apply"
ok "$(cmp -s fs.tar.gz two/$given && echo true)" "the archive is in the new checkpoint"
is "$(stat -c %a two/$given)" 640 "with the mode of inventory.img"
is "$(ls one)" "$(ls two | grep -v $given)" "the old one does not have it"
cp -a one three
run apply --rules rules --in-place three
ended 0 "apply in place"
is "$(cd three && sha256sum -- *)" "$(cd two && sha256sum -- *)" "makes the same of it"
echo 'mnt_entry[fstype = 5] content "'"$work"'/fs.tar.gz"' >other
run plan --rules other two
is "$(grep -c content out)" 1 "the same content is no change, that of another tmpfs is"
run diff one two
says out "$given: image (none) -> $(stat -c %s fs.tar.gz) bytes" "diff shows it"

# ---- another in its place
echo more >files/more
tar -czf more.tar.gz -C files .
echo 'mnt_entry[mountpoint = "/fs"] content "'"$work"'/more.tar.gz"' >again
run apply --rules again -o four two
ended 0 "apply to a checkpoint that has one"
says out "$given: content what was dumped -> $work/more.tar.gz" "says what was there"
ok "$(cmp -s more.tar.gz four/$given && echo true)" "and puts the other in its place"

# ---- archives
pack() { tar -cf "$2" --transform "s,^$1,checkpoint," "$1"; }
pack one one.tar
run apply --rules rules -o new.tar one.tar
ended 0 "apply to an archive"
tar -xf new.tar
ok "$(cmp -s fs.tar.gz checkpoint/$given && echo true)" "it has the archive as a member"
is "$(stat -c %a checkpoint/$given)" 640 "with the mode of inventory.img"
pack two two.tar
run apply --rules again -o newer.tar two.tar
is "$(tar -tf newer.tar | grep -c $given)" 1 "one that has it already has it once"
is "$(tar -xOf newer.tar checkpoint/$given | sha256sum)" "$(sha256sum <more.tar.gz)" "and the new content"

# ---- what is no content
refused() { # NAME RULE TEXT
	echo "$2" >wrong
	run plan --rules wrong two
	ended 1 "$1"
	says err "$3" "by name"
}
refused "a path that is not full" 'mnt_entry content "fs.tar.gz"' "expected the full path of a .tar.gz file"
refused "two files" "mnt_entry content \"$work/fs.tar.gz\" \"$work/more.tar.gz\"" "expected the end of the line"
refused "a file that is not there" 'mnt_entry[mountpoint = "/fs"] content "/nowhere/fs.tar.gz"' \
	"/nowhere/fs.tar.gz: does not exist"
refused "a mount that is no tmpfs" "mnt_entry[mountpoint = \"/\"] content \"$work/fs.tar.gz\"" \
	"mount 2 at /: only what is in a tmpfs, not the root of a namespace"
echo text >text.tar.gz
refused "what is not compressed" "mnt_entry[mountpoint = \"/fs\"] content \"$work/text.tar.gz\"" \
	"text.tar.gz: is not compressed by gzip"
chmod 666 more.tar.gz
refused "a file that others may write" "mnt_entry[mountpoint = \"/fs\"] content \"$work/more.tar.gz\"" \
	"more.tar.gz: mode 0666 lets everybody write it"
chmod 644 more.tar.gz
printf '%s\n' "rules $work/again" "limit-image 100" >conf
run plan --conf conf two
ended 1 "more than limit-image"
says err "more.tar.gz: bigger than the limit of 100 bytes" "by name"
finish
