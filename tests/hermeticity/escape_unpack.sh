#!/bin/sh
# Archives and image configurations (CVE-2021-32760, CVE-2025-47290, CVE-2018-15664, CVE-2019-14271,
# CVE-2022-23648): this build reads neither. What would is refused by name, and touches nothing.
. "$(dirname "$0")/../lib/hermetic.sh"
mkdir canary
echo x >canary/file
before=$(find canary | sort | cksum)
expect_exit 2 clnrm pull alpine:3
cat "$out" "$err" >both
has both needs
begin alpine:3.20
scenario x 0 true
if clnrm run --force $FILE >"$out" 2>"$err" </dev/null; then fail "an image that is not here was used"; fi
cat "$out" "$err" >both
matches both 'image|alpine'
[ "$before" = "$(find canary | sort | cksum)" ] || fail "the canary changed"
# Directories that go into a sandbox are the one tree that is read: links stay links, and nothing
# behind them is taken along.
mkdir tree
echo secret >"$W/secret"
ln -s "$W/secret" tree/link
begin clnrm/base
printf '[[scenario]]\nname = "tree"\nfiles = [{ path = "/workspace/tree", source = "tree" }]\ncommand = ["sh", "-c", "test -L tree/link && ! cat tree/link"]\n' >>$FILE
run 1
