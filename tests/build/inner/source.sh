#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In a Debian with nothing on it: the README's lines from source, the way back, and again; then those that make packages.
. /in/tap.sh
. /in/files.sh
cd /root && tar -xzf /in/criu-rewrite-*.tar.gz && cd criu-rewrite-* || exit

ok "the packages that the README names" bash -e <(grep "^apt-get" /in/source)
files >/tmp/before
ok "make and make install" bash -e <(grep -v "^apt-get" /in/source)
ok "it is switched on" grep -q "/usr/lib/criu-rewrite/rewrite.conf: ok" <(criu-rewrite check -v)
ok "a stranger's program in C" sh -c 'cp tests/build/list_tasks.c /tmp && cc -o /tmp/list_tasks /tmp/list_tasks.c $(pkg-config --cflags --libs criu-rewrite) && ldd /tmp/list_tasks | grep -q libcriu-rewrite.so.0'
ok "man finds the page" test -s /usr/share/man/man1/criu-rewrite.1
ok "make uninstall" make uninstall
is "$(diff /tmp/before <(files))" "" "leaves the file system as it was"
ok "make install" make install
ok "make install-criu" make install-criu
ok "make uninstall" make uninstall
is "$(diff /tmp/before <(files))" "" "leaves the file system as it was"

ok "packages, by the README's lines" bash -e <(grep -v 'apt-get install \.\.' /in/packages)
apt-get install --no-install-recommends lintian >/dev/null
is "$(lintian --allow-root ../*.changes 2>&1 | grep '^[EW]:')" "" "lintian: no error and no warning"
# With the musl of this release.
absorb < <(ONLY=musl tests/build/compilers)
rm -f ../*dbgsym*
cp ../*.deb /out
make clean >/dev/null
make install >/dev/null
tap_end
