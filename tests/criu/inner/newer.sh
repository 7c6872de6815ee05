#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A CRIU that is newer than the schema, with CRIU 4.3: what makes it look newer are the things that the plugin and doctor go
# by, which are the size of the table of hooks in its symbols, and its version. See ../restore.sh.
. /src/tests/criu/inner/lib.sh

newer=$work/newer
mkdir -p $newer
# One hook more; CRIU itself does not look at the size.
python3 - "$(command -v criu)" $newer/criu.real <<'END'
import struct, sys
data = bytearray(open(sys.argv[1], 'rb').read())
offset, = struct.unpack_from('<Q', data, 40)
size, count = struct.unpack_from('<HH', data, 58)
sections = [struct.unpack_from('<IIQQQQIIQQ', data, offset + i * size) for i in range(count)]
for s in sections:
    if s[1] != 11:  # SHT_DYNSYM
        continue
    names = sections[s[6]][4]
    for at in range(s[4], s[4] + s[5], 24):
        name, = struct.unpack_from('<I', data, at)
        if data[names + name:].startswith(b'cr_plugin_ctl\0'):
            was, = struct.unpack_from('<Q', data, at + 16)
            struct.pack_into('<Q', data, at + 16, was + 16)
open(sys.argv[2], 'wb').write(data)
END
printf '#!/bin/sh\n[ "$1" != --version ] || { %s/criu.real --version | sed "s/: 4[.]3/: 4.9/"; exit; }\nexec %s/criu.real "$@"\n' \
	$newer $newer >$newer/criu
chmod +x $newer/criu $newer/criu.real

install_plugin
unconfigure
rm -rf $images
tree groups "$group" && tree start "$tree" "$group"
ok "dump" dump
tree gone "$tree"
configure <<<'core_entry.tc set exit_code=256'
line="this CRIU is newer than 4.3: what it has added to images is kept as it is, and rules cannot name it"
ok "CRIU 4.3" restore
is "$(grep -c "$line" $log)" 0 "is no newer one"
clean
PATH=$newer:$PATH
ok "a newer CRIU takes the plugin and restores" restore
is "$(grep -c "rewrite: $line" $log)" 1 "and one line says that it is newer"
ok "the rules have run" grep -q "rewrite: core-.*exit_code 0 -> 256" $log
clean
/share/criu-rewrite doctor >$newer/doctor 2>&1
ok "doctor says so, too" grep -q "is version 4.9, ${line#this CRIU is }" $newer/doctor
echo 'inventory_entry set img_version=4' >$newer/version.rules
/share/criu-rewrite apply -q --rules $newer/version.rules -o $newer/images $images
/share/criu-rewrite doctor $newer/images >$newer/doctor 2>&1
ok "a format that is not known may be known to it" grep -q "image-version *inventory.img is of a version .*, and so may be to this CRIU" \
	$newer/doctor
rm -rf $newer
tap_end
