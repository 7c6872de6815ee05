#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What rewrite.so shows to CRIU, and what it asks of it. CRIU exports some 200 names of protobuf code that ours would
# be taken for, and a plugin that cannot be loaded stops every restore on the host.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"
plugin=${REWRITE_SO:-$here/../../build/rewrite.so}
[ -e "$plugin" ] || { echo "SKIP: there is no $plugin; run make"; exit 77; }
command -v readelf >/dev/null || { echo "SKIP: there is no readelf"; exit 77; }

# "NAME" or "NAME@VERSION" of dynamic symbols, defined or undefined.
symbols() { # UND|DEF
	readelf --dyn-syms -W "$plugin" | awk -v want="$1" '
		$1 ~ /^[0-9]+:$/ && NF >= 8 && $8 != "" && ($7 == "UND") == (want == "UND") { print $8 }'
}

is "$(symbols DEF | sort | tr '\n' ' ')" "CR_PLUGIN_DESC " "one name is exported"

# libc's have a version; a weak one may be missing at load.
weak=$(readelf --dyn-syms -W "$plugin" | awk '$5 == "WEAK" { print $8 }')
foreign=$(symbols UND | grep -vE '@GLIBC_' | grep -vxF -e "${weak:-none}" | sort | tr '\n' ' ')
case $foreign in
"criu_get_image_dir print_on_level " | "criu_get_image_dir " | "print_on_level " | "") foreign= ;;
esac
is "$foreign" "" "of CRIU only print_on_level and criu_get_image_dir are asked for, of others only libc's names"

libraries=$(readelf -d "$plugin" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
	grep -vE '^(libc\.so\.6|ld-linux.*)$')
is "$libraries" "" "no library but libc is needed"

if readelf -d "$plugin" | grep -q TEXTREL; then
	tap_line "not ok" "no text relocations"
else
	tap_line ok "no text relocations"
fi
if readelf -lW "$plugin" | grep GNU_STACK | grep -q E; then
	tap_line "not ok" "no executable stack"
else
	tap_line ok "no executable stack"
fi
tap_end
