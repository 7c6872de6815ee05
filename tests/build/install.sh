#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make install` puts everything where CRIU, the shell and man(1) look for it; `make uninstall` takes all of it away.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
[ -e build/rewrite.so ] || { echo "SKIP: there is no build/rewrite.so; run make"; exit 77; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

ok "make install" make -s install DESTDIR="$root"
for file in usr/lib/criu/rewrite.so usr/bin/criu-rewrite usr/lib/libcriu-rewrite.a usr/include/criu-rewrite.h \
	usr/libexec/criu-rewrite/runc usr/libexec/criu-rewrite/crun usr/lib/criu-rewrite/dropins/podman.conf \
	usr/lib/criu-rewrite/dropins/containerd.conf etc/criu/rewrite.conf.example usr/lib/criu-rewrite/rules.d/default.rules \
	usr/lib/criu-rewrite/library/move-to-own.rules usr/share/man/man1/criu-rewrite.1 \
	usr/share/bash-completion/completions/criu-rewrite; do
	ok "$file" test -s "$root/$file"
done
not_ok_if "no configuration is installed: no rules, no effect" test -e "$root/etc/criu/rewrite.conf"
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
ok "a program builds against the library" cc -I"$root/usr/include" -o "$root/user" "$root/user.c" \
	-L"$root/usr/lib" -lcriu-rewrite -lprotobuf-c
ok "and runs" "$root/user"
rm -f "$root/user" "$root/user.c"
ok "make uninstall" make -s uninstall DESTDIR="$root"
is "$(find "$root" -type f)" "" "leaves no file"
tap_end
