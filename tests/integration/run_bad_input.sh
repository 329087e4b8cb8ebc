#!/bin/sh
# Every kind of bad input gives a clear error, the right exit code, and leaves the daemon as it was.
. "$(dirname "$0")/../lib/env.sh"

expect_exit 2 clnrm rnu
has "$err" "error[unknown-command]: 'rnu' is not a clnrm command"
has "$err" "did you mean 'run'"
expect_exit 2 clnrm run --fial-fast
has "$err" "did you mean '--fail-fast'"

mkdir empty
expect_exit 2 clnrm run empty
has "$err" "file.no_tests"
expect_exit 3 clnrm run missing.clnrm.toml
has "$err" "file.not_found"

printf '[meta]\nname = "x"\n[[scenario]]\nname = "y"\nrun = "true"\nimge = "host"\n' >typo.clnrm.toml
expect_exit 2 clnrm run typo.clnrm.toml
has "$err" "typo.clnrm.toml:6:1: error[config.unknown_key]"
has "$err" "did you mean 'image'"

printf '[meta\nname = "x"\n' >broken.clnrm.toml
expect_exit 2 clnrm run broken.clnrm.toml
has "$err" "broken.clnrm.toml:1:"
has "$err" "toml.syntax"

printf '[meta]\nname = "x"\n[[scenario]]\nname = "y"\nrun = "no-such-program"\n' >nocmd.clnrm.toml
expect_exit 2 clnrm run nocmd.clnrm.toml
has "$out" "command 'no-such-program' not found in image 'host'"

truncate -s 100M big.clnrm.toml
expect_exit 2 clnrm run big.clnrm.toml
has "$err" "file has 104857600 bytes, the limit is 16777216"

printf '[meta]\nname = "x"\n[[scenario]]\nname = "y"\nrun = "true"\n' >good.clnrm.toml
expect_exit 0 clnrm run good.clnrm.toml
