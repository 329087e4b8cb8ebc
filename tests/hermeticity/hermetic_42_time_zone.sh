#!/bin/sh
# Carrier 42: time zone files and TZ. Fixed; the clock itself is real and shared, not closable.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 42
TZ=Asia/Tokyo
export TZ
begin host
scenario look 0 /tmp/probe look 42
run 1
