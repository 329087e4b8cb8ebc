#!/bin/sh
# --require-receipt: what every sandbox has to show, or no step runs; only what FILE has is compared, also
# with results of the past.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
needs sandbox

printf '[meta]\nname = "one"\n[[scenario]]\nname = "s"\nrun = "echo ran"\n' >one.clnrm.toml
field() { python3 -c 'import json, sys; r = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]; print(eval(sys.argv[2]))' "$out" "$1"; }

# A whole receipt, as a result shows it, is met by the next run: its sandbox has another name.
expect_exit 0 clnrm run --format json one.clnrm.toml
python3 - "$out" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]["receipt"]
json.dump(r, open("whole.json", "w"))
part = {"pristine": True, "network": "none", "no_new_privs": True, "limits": {"pids": r["limits"].get("pids")}}
if part["limits"]["pids"] is None:
    del part["limits"]
json.dump(part, open("part.json", "w"))
json.dump({"network": "internet", "limits": {"memory_mb": "1"}, "capabilities": ["sys_admin"]}, open("other.json", "w"))
json.dump({"netwrok": "none"}, open("typo.json", "w"))
PY
expect_exit 0 clnrm run --format json --require-receipt whole.json one.clnrm.toml
expect_exit 0 clnrm run --format json --require-receipt part.json one.clnrm.toml
is "$(field 'r["verdict"], r["steps"][0]["stdout"]')" "('pass', 'ran\\n')"
expect_exit 0 clnrm -C / run --require-receipt "$PWD/part.json" "$PWD/one.clnrm.toml"

# A difference fails, each of them is named, and nothing has run.
CASE=difference
changes 'run --require-receipt' 1 'run --format json one.clnrm.toml' '--require-receipt other.json'
record "$out"
is "$(field 'r["verdict"], r["reason"], r["steps"][0]["verdict"], r["steps"][0]["stdout"]')" "('fail', 'receipt', 'skip', '')"
is "$(field '[(f["code"], f["assertion"], f["expected"]) for f in r["failures"]]')" \
	"[('receipt', 'receipt.network', '\"internet\"'), ('receipt', 'receipt.limits.memory_mb', '\"1\"'), ('receipt', 'receipt.capabilities', '[\"sys_admin\"]')]"
expect_exit 1 clnrm run --require-receipt other.json one.clnrm.toml
has "$out" "the receipt has another 'network' than required"
hasnt "$out" 'ran'
printf '{"profile":"strict"}' >strict.json
expect_exit 1 clnrm run --require-receipt strict.json one.clnrm.toml
printf '[meta]\nname = "two"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nrun = "echo ran"\n' >two.clnrm.toml
printf '{"image":"host"}' >host.json
expect_exit 1 clnrm run --require-receipt host.json one.clnrm.toml two.clnrm.toml
has "$out" 'FAIL  two/s'
hasnt "$out" 'FAIL  one/s'

# What is no receipt is refused before anything runs.
CASE=refused
expect_exit 2 clnrm run --require-receipt typo.json one.clnrm.toml
has "$err" "a receipt has no member 'netwrok', did you mean 'network'?"
printf '{"network": none}' >bad.json
expect_exit 2 clnrm run --require-receipt bad.json one.clnrm.toml
has "$err" 'line 1, column'
printf '[]' >list.json
expect_exit 2 clnrm run --require-receipt list.json one.clnrm.toml
has "$err" 'a receipt is a JSON object'
expect_exit 3 clnrm run --require-receipt absent.json one.clnrm.toml
has "$err" 'absent.json'
head -c 70000 /dev/zero | tr '\0' ' ' >large.json
clnrm run --require-receipt large.json one.clnrm.toml >"$out" 2>"$err" && fail "70 kB are no receipt"
has "$err" 'large.json'

# A result of the past counts only if its receipt is as required.
CASE=cached
unset CLEANROOM_CACHE_RESULTS
printf '[meta]\nname = "one"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nrun = "echo ran"\n' >one.clnrm.toml
expect_exit 0 clnrm run one.clnrm.toml
expect_exit 0 clnrm run --require-receipt part.json one.clnrm.toml
has "$out" '1 cached'
expect_exit 1 clnrm run --require-receipt other.json one.clnrm.toml
hasnt "$out" 'cached'
