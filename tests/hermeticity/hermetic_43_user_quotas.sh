#!/bin/sh
# Carrier 43: what is counted for a user: message queues, pending signals. A quarter for each
# sandbox. Pipe pages, epoll watches and descriptors in flight are counted by user id alone: not
# closable.
# alone: it takes all it gets.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 43
