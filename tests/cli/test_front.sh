#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The front for runtimes: what it passes on and to whom, and when it has a spec fitted. The program that fits and the
# runtime are scripts here that say how they were called; with real ones it is tried in tests/criu/.
. "$(dirname "$0")/lib"

mkdir -p etc/criu data bin front bundle elsewhere
make -s -C "$top" B="$work/build" SYSCONFDIR="$work/etc" DATADIR="$work/data" BINDIR="$work/bin" "$work/build/oci/runc" >make.log 2>&1 || {
	sed 's/^/# /' make.log
	echo "SKIP: the front cannot be built"
	exit 77
}
cp build/oci/runc front/runc
# A runtime that says its arguments and what the front put into its environment.
cat >bin/runc <<'END'
#!/bin/sh
for word; do echo "[$word]"; done
[ -z "${CRIU_REWRITE_FITTED+x}" ] || echo "fitted: $CRIU_REWRITE_FITTED"
exit "${RUNTIME_STATUS:-7}"
END
cat >bin/criu-rewrite <<'END'
#!/bin/sh
echo "$*" >>"$0.called"
[ -z "${SAY-}" ] || echo "$SAY"
exit "${FIT_STATUS:-0}"
END
chmod +x bin/*
PATH=$work/front:$work/bin:$PATH
export PATH
front() {
	status=0
	rm -f bin/criu-rewrite.called
	touch bin/criu-rewrite.called
	runc "$@" >out 2>err || status=$?
}
called() { is "$(cat bin/criu-rewrite.called)" "$1" "$2"; }

# ---- without a configuration
front restore -b bundle ct
ended 7 "the runtime's exit status is the front's"
is "$(tr -d '\n' <out)" "[restore][-b][bundle][ct]" "and its arguments the front's"
called "" "without a configuration nothing is fitted"

# ---- with the installed one
touch data/rewrite.conf
front restore -b bundle ct
called "oci -- fit bundle/config.json" "the installed configuration is in force"
ln -s /dev/null etc/criu/rewrite.conf
front restore -b bundle ct
called "" "a link to /dev/null switches it off"
rm data/rewrite.conf etc/criu/rewrite.conf

# ---- with one
echo "rules /x" >etc/criu/rewrite.conf
for before in "" "--debug" "--root /run/x" "--root=/run/x --log restore" "-root /x" "--log-format json --log-level debug" \
	"--criu restore" "--rootless auto" "--cgroup-manager=systemd" "--cgroup-manager systemd --systemd-cgroup" "-l restore"; do
	for bundle in "-b bundle" "--bundle bundle" "--bundle=bundle" "-bundle bundle" "-bundle=bundle" "-b=bundle" "-bbundle"; do
		# shellcheck disable=SC2086
		front $before restore --detach $bundle --image-path img ct
		called "oci -- fit bundle/config.json" "'$before restore $bundle'"
	done
done
front restore ct
called "oci -- fit ./config.json" "the working directory"
front restore -b "a bundle" ct
called "oci -- fit a bundle/config.json" "a name with a blank"
front restore -- -b bundle
called "oci -- fit ./config.json" "what stands behind -- is no option"
for words in "" "run -b bundle ct" "checkpoint ct" "--root restore list" "delete restore" "--version" "kill ct KILL"; do
	# shellcheck disable=SC2086
	front $words
	called "" "'$words' is no restore"
	is "$(tr -d '\n' <out)" "$(for word in $words; do printf '[%s]' "$word"; done)" "and passed on"
done
SAY="config.json: a 0-3 -> 0-1 (x.rules:1)" front restore -b bundle ct
says out "fitted: config.json: a 0-3 -> 0-1 (x.rules:1)" "the plugin can know what was fitted"
front restore -b bundle ct
if grep -q fitted out; then ok false "nothing fitted: no variable"; else ok true "nothing fitted: no variable"; fi
CRIU_REWRITE_CONF=$work/none front restore -b bundle ct
called "" "CRIU_REWRITE_CONF says where the configuration is"

# ---- what goes wrong
FIT_STATUS=1 SAY="criu-rewrite: no" front restore -b bundle ct
ended 7 "criu-rewrite fails: the runtime runs"
if grep -q fitted out; then ok false "and hears nothing"; else ok true "and hears nothing"; fi
mv bin/criu-rewrite bin/gone
front restore -b bundle ct
ended 7 "there is no criu-rewrite: the runtime runs"
mv bin/gone bin/criu-rewrite
cp front/runc front/nosuchruntime
status=0
nosuchruntime list >out 2>err || status=$?
ended 127 "there is no runtime"
says err "criu-rewrite: there is no 'nosuchruntime' apart from this front for it" "says so"

# ---- which one is the real runtime
cp front/runc elsewhere/runc
PATH=$work/elsewhere:$PATH front list
ended 7 "two fronts in PATH"
cat >elsewhere/runc <<END
#!/bin/sh
exec $work/front/runc "\$@"
END
PATH=$work/elsewhere:$PATH front list
ended 7 "a wrapper that calls the front"
mkdir -p elsewhere/folder/runc
echo >elsewhere/folder/text
PATH=$work/elsewhere/folder:.:relative:$PATH front list
ended 7 "folders and relative names in PATH are passed over"
cp front/runc front/true
status=0
env -i "$work/front/true" || status=$?
ended 0 "without PATH the usual folders"

# ---- criu, whose --lib may name a file
mkdir folder
touch plugin.so
cp front/runc front/criu
cat >bin/criu <<'END'
#!/bin/sh
printf '[%s]' "$@"
END
cat >bin/criu-rewrite <<'END'
#!/bin/sh
printf '<%s>' "$@"
END
chmod +x bin/criu
own="<criu><--criu><$work/front/criu><--lib><plugin.so><-->"
criu() { command criu "$@" >out 2>err; }
for option in "--lib plugin.so" "--lib=plugin.so" "--libdir plugin.so" "--libdir=plugin.so" "--libd plugin.so" "-L plugin.so" \
	-Lplugin.so "--lib folder --lib plugin.so" "-L nothing -Lplugin.so"; do
	# shellcheck disable=SC2086
	criu restore $option -D images -d
	is "$(cat out)" "$own<restore><-D><images><-d>" "criu restore $option"
done
criu restore -dL plugin.so -v4
is "$(cat out)" "$own<restore><-d><-v4>" "an option of one letter behind others"
criu -j dump -t 7 --lib plugin.so -- --lib folder
is "$(cat out)" "$own<-j><dump><-t><7><--><--lib><folder>" "another command, and what stands behind --"
for words in "restore --lib folder -D images" "restore --lib nothing" "swrk 3" "dump -D -t 7 --log-file -" "restore --lib plugin.so -L folder" \
	"restore -D plugin.so" "restore -oLplugin.so" "restore --li plugin.so" "restore --library plugin.so" "restore -- --lib plugin.so" \
	"restore --lib" "restore -dL" ""; do
	# shellcheck disable=SC2086
	criu $words
	# shellcheck disable=SC2086
	is "$(cat out)" "$(printf '[%s]' $words)" "criu $words: passed on"
done
criu restore "" "a b"
is "$(cat out)" "[restore][][a b]" "and so are empty words and blanks"
mv bin/criu-rewrite bin/gone
status=0
criu restore --lib plugin.so || status=$?
ended 127 "there is no criu-rewrite"
says err "criu-rewrite: --lib plugin.so, a file, needs $work/bin/criu-rewrite: No such file" "says so"
finish
