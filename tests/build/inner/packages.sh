#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In a Debian with nothing on it: the life of the packages. At the end that of the README's line is installed.
. /in/tap.sh
. /in/files.sh
mkdir /tmp/src && cd /tmp/src && cp /in/debs/*.deb /tmp || exit

check() { criu-rewrite check -v | sed -n 1p; }
all="criu-rewrite criu-rewrite-oci libcriu-rewrite0 libcriu-rewrite-dev"
apt-get install criu gcc libc6-dev pkg-config libjansson4 libarchive13 >/dev/null 2>&1 || apt-get install criu gcc libc6-dev pkg-config libjansson4 libarchive13t64 >/dev/null 2>&1
files >/tmp/before

# The same, as an older version.
mkdir /tmp/old
for deb in /tmp/*.deb; do
	dpkg-deb -R "$deb" /tmp/old/x
	sed -i 's/0\.9\.0/0.8.9/' /tmp/old/x/DEBIAN/control
	dpkg-deb -b /tmp/old/x "/tmp/old/$(basename "$deb")" >/dev/null
	rm -r /tmp/old/x
done
said=$(dpkg -i /tmp/old/*.deb 2>&1)
is "$?" 0 "install"
ok "says how to switch it off" grep -q 'ln -s /dev/null /etc/criu/rewrite.conf' <<<"$said"
is "$(check)" "/usr/lib/criu-rewrite/rewrite.conf: ok" "it is switched on"
ok "a program links the library" sh -c 'echo "#include <criu-rewrite.h>
int main(void) { return !crw_version(); }" >/tmp/user.c && cc -o /tmp/user /tmp/user.c $(pkg-config --cflags --libs criu-rewrite) && /tmp/user'
ln -s /dev/null /etc/criu/rewrite.conf
is "$(check)" "configuration: ok, but there are no rules" "a link to /dev/null switches it off"
echo "# ours" >>/etc/criu/rewrite.conf.example
ok "upgrade" dpkg --force-confold -i /tmp/*.deb
is "$(check)" "configuration: ok, but there are no rules" "leaves it off"
is "$(tail -n 1 /etc/criu/rewrite.conf.example)" "# ours" "and what was changed in /etc"
sh /usr/share/doc/criu-rewrite/examples/install-criu
is "$(command -v criu) $(criu --version | sed -n 1p)" "/usr/local/sbin/criu $(/usr/sbin/criu --version | sed -n 1p)" "the example puts a criu before the system's"
ok "remove" dpkg -r $all
hash -r
is "$(command -v criu)" /usr/sbin/criu "the link that is left leads nowhere"
rm /usr/local/sbin/criu
is "$(find /usr -name '*criu-rewrite*' -o -name rewrite.so)" "" "takes the programs"
is "$(ls /etc/criu)" "rewrite.conf
rewrite.conf.example" "and leaves what is in /etc"
ok "reinstall" dpkg -i /tmp/*.deb
is "$(check)" "configuration: ok, but there are no rules" "is as it was"
ok "purge" dpkg -P $all
is "$(ls -A /etc/criu)" rewrite.conf "leaves what it did not bring"
rm /etc/criu/rewrite.conf
rmdir --ignore-fail-on-non-empty /etc/criu
is "$(diff /tmp/before <(files))" "" "and nothing else"

ok "the README's line" bash -e /in/install
tap_end
