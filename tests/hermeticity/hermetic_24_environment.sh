#!/bin/sh
# Carrier 24: environment, working directory, umask. Declared names alone; made anew for each
# step.
. "$(dirname "$0")/../lib/hermetic.sh"
export CLNRM_PROBE_SECRET=x AWS_SECRET_ACCESS_KEY=x
carrier 24
# And of a client with another environment, directory and umask.
mkdir -p deep/er
begin host
scenario look 0 /tmp/probe look 24
(umask 077; FOO=bar; export FOO; cd deep/er; clnrm run --force ../../$FILE >/dev/null) || fail "the environment of the client shows"
passed
