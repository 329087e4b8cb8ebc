#!/bin/sh
# Carrier 28: oom_score_adj can only be raised; the launcher keeps its own.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 28
