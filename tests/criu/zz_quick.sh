# capture + prepare_command in one machine for each suite
. /work/wt/runtimes/tests/criu/lib.sh
for suite in trixie bookworm; do
	share $suite
	l=$("$lab/unpack.sh" $suite usr/sbin/cgconfigparser x)
	mkdir "$share/libcgroup"
	find "$l" -name 'libcgroup.so.[23]*' -exec cp -a {} "$share/libcgroup/" \;
	cp "$l/usr/sbin/cgconfigparser" "$share/libcgroup/"
	absorb < <(machine --suite $suite --cgroups v2 --timeout 400 bash -c "bash $inner/capture.sh; bash $inner/prepare_command.sh")
	rm -rf "$share"
done
tap_end
