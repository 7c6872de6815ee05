#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# decode, encode, show, info and x against crit, over real dumps and over made images of every kind.
#   PROGRAM   the command to test
#   CORPUS    directories of checkpoints, as tests/corpus/dump writes them. Default: dumps are made now, in the lab,
#             and in an emulated machine what this kernel or its CRIU cannot do
# pycriu is taken from this system's python3, else from the lab's trixie.
. "$(dirname "$0")/../cli/lib"

enter=$top/tests/lab/enter.sh
in_lab() { # COMMAND...: with the directory of this test as /share
	"$enter" --share "$work" trixie "$@"
}
if python3 -c 'import pycriu, crit' 2>/dev/null; then
	python() { script=$1; shift; python3 "$top/tests/json/$script" "$@"; }
elif [ -x "$enter" ] && [ "$(id -u)" = 0 ] && in_lab true 2>/dev/null; then
	python() { script=$1; shift; in_lab python3 "/src/tests/json/$script" "$@"; }
else
	echo "SKIP: neither python3-pycriu and crit here nor a laboratory (tests/lab) to have them in"
	exit 77
fi

mkdir checkpoints images
if [ -n "${CORPUS-}" ]; then
	for corpus in $CORPUS; do cp -r "$corpus"/. checkpoints/; done
else
	mkdir machine
	in_lab sh /src/tests/corpus/dump checkpoints 2>&1 | sed 's/^/# /'
	"$top/tests/lab/machine.sh" --suite trixie --share machine sh /src/tests/corpus/dump /share \
		inet tcp packet incremental 2>&1 | grep -v covered: | sed 's/^/# /'
	rm -rf checkpoints/incremental*
	for checkpoint in machine/*/; do mv "$checkpoint" checkpoints/; done
fi
kinds=$top/proto/kinds.def

# Raw images are no messages, or crit does not know them: ../criu/raw.sh has those.
for image in checkpoints/*/*; do
	"$program" info "$image" >/dev/null 2>&1 || continue
	case ${image##*/} in
	ifaddr-* | route-* | route6-* | rule-* | netns-ct-* | netns-exp-* | *tables-*) continue ;;
	esac
	name=${image#checkpoints/}
	cp "$image" "images/$(printf %s "$name" | tr / +)"
done
real=$(find images -type f | wc -l)
python make_images.py made 4 >made.kinds
for image in made/*; do cp "$image" "images/made+${image#made/}"; done
python crit_text.py images crit
python crit_explore.py checkpoints explored

# ---- the text, and the way back
form_options() {
	case $1 in plain) ;; pretty) echo --pretty ;; nopl) echo --pretty --nopl ;; esac
}

# Where crit is wrong, see doc/crit-differences.md.
crit_is_wrong() { # FORM
	case $1,$(head -c 40 ours.plain) in
	*'"IPCNS_SHM"'*) grep -q '"in_pagemaps": true' ours.plain ;;
	nopl,*'"TCP_STREAM"'*) true ;;
	*) false ;;
	esac
}

compare() { # IMAGE: prints what is wrong with it
	for form in plain pretty nopl; do
		# shellcheck disable=SC2046
		"$program" decode $(form_options $form) -i "images/$1" -o ours.$form 2>err ||
			echo "decode $form: $(cat err)"
		[ ! -e "crit/$1.$form" ] || cmp -s ours.$form "crit/$1.$form" || crit_is_wrong $form ||
			echo "the text differs: $form"
		[ $form = nopl ] && continue
		"$program" encode -i ours.$form -o back.img 2>err || echo "encode $form: $(cat err)"
		cmp -s back.img "images/$1" || echo "another image comes back: $form"
	done
	[ -e "crit/$1.encoded" ] && [ -e "crit/$1.plain" ] || return 0
	cmp -s "crit/$1.encoded" "images/$1" || crit_is_wrong encoded ||
		echo "crit itself gives another image back"
	"$program" encode -i "crit/$1.plain" -o back.img 2>err || crit_is_wrong encoded ||
		echo "encode of what crit says: $(cat err)"
	cmp -s back.img "crit/$1.encoded" || crit_is_wrong encoded || echo "crit encodes otherwise"
}

: >out
for image in images/*; do
	name=${image#images/}
	wrong=$(compare "$name")
	is "$wrong" "" "$(printf %s "$name" | tr + /)"
done

# ---- info and x, of directories and of archives of them
mkdir archives
for checkpoint in checkpoints/*/; do
	name=$(basename "$checkpoint")
	tar -C checkpoints --transform "s,^$name,checkpoint," -czf "archives/$name.tar.gz" "$name"
done
for said in explored/*; do
	name=${said#explored/}
	checkpoint=${name%%.*}
	what=${name#*.}
	case $what in
	*.info)
		"$program" info "checkpoints/$checkpoint/${what%.info}" >out 2>err
		"$program" info "archives/$checkpoint.tar.gz:${what%.info}" >archived 2>>err
		;;
	*)
		"$program" x "checkpoints/$checkpoint" "$what" >out 2>err
		"$program" x "archives/$checkpoint.tar.gz" "$what" >archived 2>>err
		;;
	esac
	# Control characters are escaped here: an image shall not drive the terminal.
	is "$(sed 's/\\n/\n/g' out)" "$(cat "$said")" "$checkpoint: $what"
	is "$(cat archived)" "$(cat out)" "the same of an archive"
done

# ---- how much that was
covered() { # whether a kind is among the images, by its magic
	grep -qFxi "$1" magics
}
for image in images/*; do
	"$program" info "$image" | sed -n 's/.*"magic": "\(.*\)".*/\1/p'
done | sort -u >magics
sed -n 's/^\(ENTRIES\|HEADED\|SERVICE\)("[^"]*", "[^"]*", "\([^"]*\)".*/\2/p' "$kinds" |
	sort -u >wanted
# Spread over two lines are kinds that share their magic with one that is not.
missing=$(while read -r magic; do covered "$magic" || echo "$magic"; done <wanted | grep -vx 'REWRITE_[A-Z]*')
is "$missing" "" "every kind of image was among them"
echo "# $real real images and $(find made -type f | wc -l) made ones"
"$top/tests/corpus/kinds" checkpoints >covered
sed 's/^/# /' covered
kind_count=$(sed -n 's/^covered: \([0-9]*\) .*/\1/p' covered)
ok "$([ "$kind_count" -ge 45 ] && echo true)" "real dumps have at least 45 kinds"
finish
