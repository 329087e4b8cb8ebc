#!/bin/sh
# Flags of the commands for authors: each changes something.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"

# ---- schema ----
changes 'schema --strict' 0 'schema test' '--strict'
same 'schema is that of test files' schema 'schema test'
expect_exit 2 clnrm schema rusult
has "$err" "error[invalid-value]: 'rusult' is not one of: test project result event receipt"
has "$err" "did you mean 'result'?"
for name in test project result event receipt; do
	clnrm schema "$name" >"$out" || fail "no schema of $name"
	is "$(json 'r["$schema"]')" https://json-schema.org/draft/2020-12/schema
done
# One document: what it refers to is in it.
clnrm schema result >"$out"
is "$(json '{v for v in __import__("re").findall(r"\"\$ref\": \"/v1/schemas/(\w+)\"", json.dumps(r))} <= set(r["$defs"]) | {"run"}')" True
