#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Directories in which there is no checkpoint, and archives with images in unusual places.
. "$(dirname "$0")/lib"
. "$top/tests/cli/image"

mkdir empty parent files
checkpoint parent/dump
echo 'core_entry get' >rules
echo "no image" >files/notes
ln -s ../parent/dump files/link

refused() { # TEXT ARGUMENT...: an error that says it, and nothing else
	text=$1
	shift
	run "$@"
	ended 1 "$*"
	is "$(cat err)" "criu-rewrite: $text" "says what was looked for"
	silent out "and nothing else"
}
none="is not a checkpoint: there is no *.img file in it"
each() { # DIR TEXT: every command that takes a checkpoint
	refused "$1: $2" plan --rules rules "$1"
	refused "$1: $2" explain --rules rules "$1"
	refused "$1: $2" apply --rules rules -o new "$1"
	refused "$1: $2" apply --rules rules --in-place "$1"
	refused "$1: $2" show "$1"
	refused "$1: $2" get "$1" core_entry
	refused "$1: $2" diff "$1" parent/dump
	refused "$1: $2" diff parent/dump "$1"
	refused "$1: $2" x "$1" ps
	refused "$1: $2" prepare --rules rules --cgconfig "$1"
}
each empty "$none"
each files "$none"
each parent "$none; did you mean 'parent/dump'?"
refused "/etc: $none" plan --rules rules /etc
refused "empty: is a directory; name a file in it" info empty
ok "$([ ! -e new ] && echo true)" "no directory is left"
tar -cf none.tar files/notes
refused "none.tar: there are no images in it" plan --rules rules none.tar
refused "none.tar: there are no images in it" show none.tar

# ---- images at the root of an archive, and deep in it
tar -C parent/dump -cf root.tar .
mkdir -p a/b
cp -r parent/dump a/b/images
tar -cf deep.tar a
echo 'core_entry set tc.comm="other"' >rules
for archive in root deep; do
	run plan --rules rules $archive.tar
	ended 3 "plan for images at another place: $archive"
	run apply -q --rules rules -o new-$archive.tar $archive.tar
	ended 0 "apply"
	is "$(tar -tf new-$archive.tar)" "$(tar -tf $archive.tar)" "leaves them there"
	run diff new-$archive.tar parent/dump
	ended 3 "and changes them"
	is "$(wc -l <out)" 1 "once"
done
finish
