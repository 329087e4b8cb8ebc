#!/bin/sh
# Becoming a user by a number that is read wrongly (CVE-2026-30892), and looking into PID 1 while it
# starts others (CVE-2016-9962), or while somebody joins a sandbox that was left hostile.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
for user in -1 4294967295 4294967296 0x0 1: :1 +0 ' 0' '0 ' 1:2:3 99999999999999999999 1.0 00x 1,2 '$(id -u)' no-such-user; do
	got=0
	clnrm try --image clnrm/base --user "$user" -- id >"$out" 2>"$err" </dev/null || got=$?
	[ $got != 0 ] || { cat "$out"; fail "user '$user' was accepted"; }
	hasnt "$out" 'uid='
done
expect_exit 0 clnrm try --image clnrm/base --user 0 -- id
has "$out" 'uid=0(root) gid=0(root)'
for image in $IMAGES; do
	begin "$image"
	scenario init 0 /tmp/probe try init
	scenario process 0 /tmp/probe try 32
	# While others are being started.
	cat >>$FILE <<'T'
[[scenario]]
name = "beside"
steps = [
  { name = "look", background = true, command = ["/bin/sh", "-c", "while :; do for f in mem environ maps fd/3; do if head -c 1 /proc/1/$f 2>/dev/null | grep -q .; then echo x >/tmp/seen; fi; done; done"] },
T
	for n in $(seq 20); do printf '  { name = "n%s", command = ["true"] },\n' "$n" >>$FILE; done
	printf '  { name = "seen", command = ["test", "!", "-e", "/tmp/seen"] },\n]\n' >>$FILE
	run 1
done

# Who steps in finds somebody who waits for it: in the sandbox of a scenario that failed a process looks into
# every part of ours that comes by, until it is told to stop.
cat >left.clnrm.toml <<'T'
[meta]
name = "left"
image = "clnrm/base"
[[scenario]]
name = "hostile"
steps = [
  { name = "waits", background = true, script = """
    until [ -e /tmp/stop ]; do
      for p in /proc/[0-9]*; do
        case $(cat $p/comm 2>/dev/null) in
        clnrm-*)
          echo $(cat $p/comm) >>/tmp/met
          for f in mem environ maps auxv fd/0 fd/3 fd/4 root/etc/passwd cwd/.; do
            if head -c 1 $p/$f 2>/dev/null | grep -q .; then echo $p/$f >>/tmp/seen; fi
            if [ -d $p/$f ]; then echo $p/$f >>/tmp/seen; fi
          done
          kill -STOP ${p#/proc/} 2>/dev/null && kill -CONT ${p#/proc/} ;;
        esac
      done
    done
    echo >/tmp/stopped""" },
  { name = "fails", command = ["false"] },
]
T
expect_exit 1 clnrm run --keep left.clnrm.toml
for user in -1 4294967295 0x0 1: +0 ' 0' 1:2:3; do
	expect_exit 125 clnrm exec --user="$user" latest -- id
	hasnt "$out" 'uid='
done
head -c 3000000 /dev/zero >some
# Until it has met one, and a few times in any case.
met() { clnrm exec latest -- grep -q clnrm-cp /tmp/met >/dev/null 2>&1; }
n=0
while [ $n -lt 5 ] || { [ $n -lt 200 ] && ! met; }; do
	expect_exit 0 clnrm exec latest -- true
	expect_exit 0 clnrm cp some latest:/tmp/some
	expect_exit 0 clnrm cp latest:/tmp/some back
	cmp some back || fail 'it came back as something else'
	n=$((n + 1))
done
expect_exit 0 clnrm exec latest -- sh -c 'touch /tmp/stop; until [ -e /tmp/stopped ]; do sleep 0.02; done; cat /tmp/met; test ! -e /tmp/seen || cat /tmp/seen'
has "$out" clnrm-cp # it did meet one
hasnt "$out" /proc/
expect_exit 0 clnrm rm --all
