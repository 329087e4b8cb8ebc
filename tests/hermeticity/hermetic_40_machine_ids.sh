#!/bin/sh
# Carrier 40: boot id, machine id, hardware ids. Constants of ours; no sysfs.
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	for round in $(seq "$ROUNDS"); do scenario "look $round" 0 /tmp/probe look 40; done
	run 2
done
look_here 40 1
