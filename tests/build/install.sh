#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make install` puts everything where CRIU, the shell and man(1) look for it; `make uninstall` takes all of it away.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
[ -e build/rewrite.so ] || { echo "SKIP: there is no build/rewrite.so; run make"; exit 77; }
root=$(mktemp -d)
trap 'rm -rf "$root" "$root.said"' EXIT

# A umask that lets others write must not end in files that the plugin refuses.
ok "make install" sh -c 'umask 002; make -s install DESTDIR="$0" >"$0.said"' "$root"
for file in usr/lib/criu/rewrite.so usr/bin/criu-rewrite usr/lib/libcriu-rewrite.a usr/lib/libcriu-rewrite.so.0 \
	usr/lib/libcriu-rewrite.so usr/lib/pkgconfig/criu-rewrite.pc usr/include/criu-rewrite.h \
	usr/libexec/criu-rewrite/runc usr/libexec/criu-rewrite/crun usr/lib/criu-rewrite/dropins/podman.conf \
	usr/lib/criu-rewrite/dropins/containerd.conf etc/criu/rewrite.conf.example usr/lib/criu-rewrite/rules.d/default.rules \
	usr/lib/criu-rewrite/rewrite.conf usr/lib/criu-rewrite/criu usr/lib/criu-rewrite/criu-rewrite.schema.json \
	usr/lib/criu-rewrite/library/move-to-own.rules usr/share/man/man1/criu-rewrite.1 \
	usr/share/bash-completion/completions/criu-rewrite usr/share/zsh/vendor-completions/_criu-rewrite \
	usr/share/fish/vendor_completions.d/criu-rewrite.fish; do
	ok "$file" test -s "$root/$file"
done
if command -v man >/dev/null; then
	for page in "1 criu-rewrite" "5 criu-rewrite.conf" "5 criu-rewrite-rules" "8 criu-rewrite-plugin"; do
		# shellcheck disable=SC2086
		is "$(man -M "$root/usr/share/man" -w $page 2>&1)" "$root/usr/share/man/man${page% *}/${page#* }.${page% *}" "man finds ${page#* }"
	done
else
	skip "man finds the pages" "there is no man"
fi
if command -v mandoc >/dev/null; then
	# Pages of others, as criu(8), may not be there.
	is "$(mandoc -M "$root/usr/share/man" -Tlint "$root"/usr/share/man/man[158]/criu-rewrite* 2>&1 | grep -v 'referenced manual not found\|outdated mandoc.db')" "" \
		"mandoc has nothing to say of the installed pages"
else
	skip "the installed pages are right mdoc" "there is no mandoc"
fi
not_ok_if "the place of the host's own configuration is left free" test -e "$root/etc/criu/rewrite.conf"
is "$(find "$root/usr/lib/criu-rewrite" "$root/etc" -perm /022)" "" "nobody but root may write what is obeyed"

# ---- switched on by it, and off again
# As if it were installed on this host.
installed() {
	unshare -m sh -c 'for dir in usr etc; do mount -t overlay -o lowerdir="$0/$dir:/$dir" overlay /$dir || exit 99; done
		exec "$@"' "$root" criu-rewrite "$@" 2>&1 | grep -v 'there is no program criu'
}
# Which `when` does not hold is the host's.
lines_of_check() { installed check -v | sed "/: not in force here: /d; s,[a-z-]*\.rules\$,RULES,"; }
shipped=/usr/lib/criu-rewrite/rewrite.conf
own=/etc/criu/rewrite.conf
if ! unshare -m sh -c 'mount -t overlay -o lowerdir="$0:/usr" overlay /usr' "$root/usr" 2>/dev/null; then
	skip "what is in force once it is installed" "no overlay can be mounted here"
elif [ -e $own ] || [ -L $own ]; then
	skip "what is in force once it is installed" "this host has $own"
else
	is "$(lines_of_check)" "$shipped: ok
  1. /usr/lib/criu-rewrite/rules.d/RULES" "it is switched on"
	off=$(sed -n 's/^To switch it off: ln -s //p' "$root.said")
	is "$off" "/dev/null $own" "make install says how to switch it off"
	ln -s "${off% *}" "$root${off#* }"
	is "$(lines_of_check)" "configuration: ok, but there are no rules
  -. $shipped: not in force, masked by $own" "and that switches it off"
	rm "$root$own"
	echo "# nothing" >"$root$own"
	is "$(lines_of_check)" "$own: ok, but there are no rules
  -. $shipped: not in force, masked by $own" "as does a file with no rules"
	echo "rules /usr/lib/criu-rewrite/library/no-cgroups.rules" >"$root$own"
	is "$(lines_of_check)" "$own: ok
  -. $shipped: not in force, masked by $own
  1. /usr/lib/criu-rewrite/library/RULES" "a file of the host takes its place"
	is "$(make -s install DESTDIR="$root" | sed -n 1p)" "In force is $own, which was there before." \
		"installing again leaves it in force and says so"
	rm "$root$own"
fi
ok "the installed rules are right" "$root/usr/bin/criu-rewrite" check rules/library
cat >"$root/user.c" <<'END'
#include <criu-rewrite.h>
#include <stdio.h>
int main(void)
{
	struct crw *crw = crw_new();
	puts(crw ? crw_version() : "");
	crw_free(crw);
	return !crw;
}
END
export PKG_CONFIG_PATH=$root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
# shellcheck disable=SC2046
ok "a program builds against the library" cc -o "$root/user" "$root/user.c" $(pkg-config --cflags --libs criu-rewrite)
ok "and runs" env LD_LIBRARY_PATH="$root/usr/lib" "$root/user"
is "$(readelf -d "$root/user" | grep -o 'libcriu-rewrite[^]]*')" libcriu-rewrite.so.0 "with the shared one"
# shellcheck disable=SC2046
ok "and against the static one" cc -o "$root/user" "$root/user.c" $(pkg-config --cflags criu-rewrite) \
	"$root/usr/lib/libcriu-rewrite.a"
ok "which runs without it" "$root/user"
is "$(pkg-config --static --libs criu-rewrite)" "$(pkg-config --libs criu-rewrite)" "for which pkg-config --static has no more to say"
rm -f "$root/user" "$root/user.c"

# ---- a criu before the system's, for who asks for it
link=$root/usr/local/sbin/criu
not_ok_if "no other criu is installed" test -L "$link"
ok "make install-criu" make -s install-criu DESTDIR="$root"
is "$(readlink "$link")" /usr/lib/criu-rewrite/criu "puts a link before it"
ok "again" make -s install-criu DESTDIR="$root"
ok "make uninstall" make -s uninstall DESTDIR="$root"
not_ok_if "takes the link" test -L "$link"
mkdir -p "${link%/*}"
echo "not ours" >"$link"
not_ok_if "make install-criu where there is one already" make -s install-criu DESTDIR="$root"
ok "make uninstall" make -s uninstall DESTDIR="$root"
is "$(cat "$link")" "not ours" "which is left alone"
rm -r "${link%/*/*}"
ok "make install" make -s install DESTDIR="$root"
echo "not ours" >"$root/usr/lib/criu/other.so"
echo "rules site.rules" >"$root/etc/criu/rewrite.conf"
echo "not ours" >"$root/usr/lib/criu-rewrite/rules.d/site.rules"
ok "make uninstall" make -s uninstall DESTDIR="$root"
is "$(find "$root" -type f | sort)" "$(printf '%s\n' "$root"/etc/criu/rewrite.conf \
	"$root"/usr/lib/criu-rewrite/rules.d/site.rules "$root"/usr/lib/criu/other.so)" "leaves no file but those of others"
is "$(find "$root" -mindepth 1 -type d -empty)" "" "nor an empty folder"
rm -rf "$root"
mkdir -p "$root/usr/include" "$root/opt"
before=$(find "$root" -printf '%P %M %l\n' | sort)
for prefix in /usr /usr/local /opt/criu-rewrite; do
	ok "make install" make -s install-criu DESTDIR="$root" PREFIX=$prefix
	ok "make uninstall" make -s uninstall DESTDIR="$root" PREFIX=$prefix
	is "$(find "$root" -printf '%P %M %l\n' | sort)" "$before" "leaves below $prefix what was there, and nothing else"
done
tap_end
