#!/bin/sh
# The examples of the documentation pass, except the one that fails on purpose.
. "$(dirname "$0")/../lib/env.sh"
cp -r "$ROOT/docs/examples" .
cd examples
expect_exit 0 clnrm run --exclude refund .
hasnt "$out" "FAIL"
expect_exit 1 clnrm run failing
has "$out" "refund refused: ledger offline"
