#!/bin/sh
# Carrier 49: layers of imported images, which sandboxes of several images share. Read-only and copied up:
# what one writes is neither in the next one, nor in one of another image over the same layer, nor on disk.
. "$(dirname "$0")/../lib/hermetic.sh"
mkdir -p root/bin root/srv root/etc
cp /bin/busybox root/bin/busybox
for applet in sh cat rm find sort md5sum grep mkdir ln chmod; do ln -s busybox root/bin/$applet; done
echo base >root/srv/file
expect_exit 0 clnrm images import plain root
tar -C root -cf root.tar .
expect_exit 0 clnrm images import tarred root.tar
layers=$CLNRM_HOME/data/images/imported/layers
digest() { (cd "$layers" && find . ! -name settled -printf '%P %y %m %U %G %l %s\n' | sort && find . -type f ! -name settled -exec cksum {} + | sort) | cksum; }
before=$(digest)
# shellcheck disable=SC2034 # for carrier
IMAGES='plain tarred'
carrier 01
carrier 44
for image in plain tarred; do
	begin $image
	scenario write 0 /bin/sh -c 'echo changed >/srv/file && rm /bin/md5sum && chmod 700 /srv && ln /bin/busybox /srv/link && mkdir /new'
	scenario look 0 /bin/sh -c 'grep -qx base /srv/file && test -x /bin/md5sum && ! test -e /srv/link && ! test -e /new'
	run 1
	run 2
done
[ "$before" = "$(digest)" ] || fail "the layers on disk changed"
passed
