#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# restore, with a stand-in for criu that tells what it was given.
. "$(dirname "$0")/lib"

cat >criu <<'END'
#!/bin/sh
[ -z "$STOP" ] || kill -"$STOP" $$
echo "$@"
echo "conf=$CRIU_REWRITE_CONF"
[ -z "$CRIU_REWRITE_CONF" ] || cp "$CRIU_REWRITE_CONF" seen
ls -A "$3"
for file in "$3"/*.so; do readlink "$file"; done
[ -z "$WAIT" ] || { trap 'echo got TERM; exit 5' TERM; : >ready; while :; do sleep 0.05; done; }
exit "${EXIT:-0}"
END
chmod +x criu
: >plugin.so
: >conf
TMPDIR=$work/tmp
export TMPDIR
mkdir tmp none
CRIU_LIBS_DIR=$work/none
export CRIU_LIBS_DIR
left() { ls -A tmp; }
PATH=$work:$PATH

run restore --lib plugin.so -D images -d -v4 -- -x
ended 0 "restore"
directory=$(sed -n 's/^restore --libdir \([^ ]*\) .*/\1/p' out)
is "$(sed -n 1p out)" "restore --libdir $directory -D images -d -v4 -- -x" "passes the options on"
is "$(sed -n 3p out)" rewrite.so "the directory has one plugin"
is "$(sed -n 4p out)" "$work/plugin.so" "which is the named one"
is "$(left)" "" "and is gone afterwards"
run restore -D images --lib=plugin.so --conf conf
is "$(sed -n 2p out)" "conf=$work/conf" "--conf goes to the plugin"
is "$(sed -n 1p out | sed 's/.* -D/-D/')" "-D images" "options of ours may stand anywhere"

# ---- the plugins that criu would load without us
mkdir others
for name in cuda_plugin.so rewrite.so notes; do
	: >others/$name
done
CRIU_LIBS_DIR=others run restore --lib plugin.so
is "$(sed 1,2d out | sort | tr '\n' ' ')" "$work/others/cuda_plugin.so $work/plugin.so cuda_plugin.so rewrite.so " \
	"other plugins come along, another rewrite.so and what is no plugin do not"
is "$(left)$(ls others | tr '\n' ' ')" "cuda_plugin.so notes rewrite.so " "and stay where they are"
CRIU_LIBS_DIR=nowhere run restore --lib plugin.so
is "$(sed -n 3p out)" rewrite.so "without a directory of plugins there are no others"

# ---- also where criu's own configuration files say that they are
mkdir -p home/.criu 'elsewhere "here" #1'
: >'elsewhere "here" #1/b.so'
: >none/c.so
others() { sed 1,2d out | grep -v / | grep -v '^rewrite.so$' | tr '\n' ' '; }
# config WHAT WANT FILE LINE [ARGUMENT...]: with that line in FILE
config() {
	what=$1 want=$2 file=$3
	printf '%b\n' "$4" >"$file"
	shift 4
	HOME=$work/home run restore --lib plugin.so "$@"
	is "$(others)" "$want" "$what"
	rm -f "$file"
}
config "libdir of ~/.criu/default.conf comes before CRIU_LIBS_DIR" "cuda_plugin.so " home/.criu/default.conf \
	"# libdir none\nverbosity 4\n  libdir $work/others # ours\ntcp-close"
config "the last one counts" "cuda_plugin.so " home/.criu/default.conf "libdir none\nlib=$work/others"
config "in quotes" "b.so " home/.criu/default.conf "libdir \"$work/elsewhere \\\\\"here\\\\\" #1\""
config "another option" "c.so " home/.criu/default.conf "link-remap\nlibdirs others\nli others\nlibdir\nlibdir \"others"
config "with --no-default-config it is not read" "c.so " home/.criu/default.conf "libdir others" --no-default-config
config "with --config neither" "c.so " home/.criu/default.conf "libdir others" --config=nowhere
config "but that is" "cuda_plugin.so " criu.conf "libdir others" --config criu.conf
is "$(sed -n '1s/.*--config/--config/p' out)" "--config criu.conf" "and passed on"
CRIU_CONFIG_FILE=env.conf
export CRIU_CONFIG_FILE
config "CRIU_CONFIG_FILE is, without the defaults too" "cuda_plugin.so " env.conf "libdir others" --no-default-config
unset CRIU_CONFIG_FILE
is "$(left)" "" "nothing is left"
rm none/c.so

# ---- rules
echo 'core_entry.tc set exit_code=1' >'a "b\'
run restore --lib plugin.so --rules 'a "b\' --rules=conf
is "$(sed 1d out | head -1 | sed 's/criu-rewrite\.[^/]*/X/')" "conf=$TMPDIR/X/rewrite.conf" "--rules become a configuration"
is "$(cat seen)" "rules \"$work/a \\\"b\\\\\"
rules \"$work/conf\"" "which names them by their full paths"
cp seen seen.conf
"$program" check -q --conf seen.conf
is $? 0 "in words that the plugin understands"
is "$(left)" "" "and is gone afterwards"
run restore --lib plugin.so --rules nothing
ended 1 "rules that are not there"
says err "--rules nothing: No such file or directory" "says so"
is "$(left)" "" "nothing is left"
run restore --lib plugin.so --rules conf --conf conf
ended 2 "--rules and --conf"
says err "--conf and --rules cannot go together" "says so"

EXIT=42 run restore --lib plugin.so
ended 42 "criu's exit status is passed on"
is "$(left)" "" "nothing is left"
(STOP=KILL; export STOP; "$program" restore --lib plugin.so >out 2>err; echo $? >out)
is "$(cat out)" 137 "and a signal, too"
is "$(left)" "" "nothing is left"

rm -f ready
WAIT=1 "$program" restore --lib plugin.so >out 2>err &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -e ready ] && break
	sleep 0.1
done
kill -TERM $pid
status=0
wait $pid || status=$?
ended 5 "a signal is passed on to criu"
says out "got TERM" "which decides"
is "$(left)" "" "nothing is left"

run restore --lib nothing.so
ended 1 "a plugin that is not there"
says err "cannot use the plugin nothing.so: No such file or directory (name it with" "says so"
run restore --lib tmp
ended 1 "a directory for a plugin"
says err "not a file (for a directory of plugins call criu itself, with --libdir)" "says so"
for option in -L --libdir --libdir=x -Lx; do
	run restore --lib plugin.so $option y
	ended 2 "$option"
	says err "names a directory of plugins" "says so"
done
run restore --lib plugin.so --criu "$work/nothing"
ended 127 "a criu that is not there"
says err "cannot run $work/nothing: No such file or directory (install criu" "says so"
run restore --lib plugin.so --criu "$work/conf"
ended 126 "a criu that cannot be run"
is "$(left)" "" "nothing is left"
TMPDIR=/nonexistent run restore --lib plugin.so
ended 1 "no room for the directory"
says err "cannot make a directory /nonexistent/criu-rewrite." "says so"

# ---- another command of criu
cat >criu <<'END'
#!/bin/sh
echo "$@"
ls -A "$2"
END
run criu dump --lib plugin.so -t 7
is "$(sed 's/ .*criu-rewrite\.[^ ]*/ DIRECTORY/' out)" "--libdir DIRECTORY dump -t 7
rewrite.so" "criu dump, with one plugin"
run criu --lib plugin.so -- dump --lib x
is "$(sed 1q out | sed 's/.*criu-rewrite\.[^ ]* //')" "dump --lib x" "what stands behind -- is criu's"
run criu --lib plugin.so service -d
ended 2 "criu service, which reads plugins later"
says err "name a directory, with criu's own --libdir" "says so"
run criu
ended 2 "a command of criu is missing"
finish
