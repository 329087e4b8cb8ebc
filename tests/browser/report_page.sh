#!/bin/sh
# The HTML report in Chromium: from a file, without a request, by keyboard, in light and dark, with ten
# thousand scenarios. `make deps-browser` installs what this needs.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
needs chromedriver chromium
cat >shop.clnrm.toml <<'T'
[meta]
name = "shop"
[[scenario]]
name = "list"
tags = ["slow"]
[[scenario.steps]]
name = "one"
run = "echo 1"
[[scenario.steps]]
name = "two"
run = "sleep 0.03"
[[scenario]]
name = "refund"
run = "echo printed by refund"
[[scenario]]
name = "hostile"
tags = ["<b>bold</b>", "slow"]
run = ["sh", "-c", "printf '</script><script>window.stolen = 1</script><img src=http://127.0.0.1:9/x onerror=\"window.stolen=1\">\\033[31mred\\033[0m\\001\\377 \\342\\200\\256x\\n'; exit 3"]
[[scenario]]
name = "long line"
run = ["sh", "-c", "head -c 10485760 /dev/zero | tr '\\0' x; exit 1"]
[[scenario]]
name = "left out"
skip = "not today"
run = "true"
[[scenario]]
name = "slowest"
run = "sleep 1.5"
T
expect_exit 1 clnrm run shop.clnrm.toml
expect_exit 1 clnrm run --report html=page.html shop.clnrm.toml
"$ROOT/tests/browser/many.py" page.html 10000 >large.html
# What scenarios print is most of such a page; those of most suites print little.
expect_exit 0 clnrm run --force --filter shop/refund --report html=one.html shop.clnrm.toml
"$ROOT/tests/browser/many.py" one.html 10000 >plain.html
HOME="$W/profile" "$ROOT/tests/browser/page.py" "$PWD/page.html" "$PWD/plain.html" "$PWD/large.html" "$W/profile" >"$out" 2>"$err" || {
	cat "$out" "$err"
	fail 'the page does not do what it should'
}
cat "$out"
passed
