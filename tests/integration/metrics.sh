#!/bin/sh
# Each metric of cli.md is there and moves when what it counts happens; both text forms and the JSON one
# are valid and say the same.
. "$(dirname "$0")/../lib/env.sh"
needs python3 sandbox

look() { curl -sS --unix-socket "$SOCKET" -o "$W/metrics" http://x/v1/metrics || fail "no metrics"; }
read_metrics() { /usr/bin/python3 "$ROOT/tests/lib/check_metrics.py" "$@"; }
# value SAMPLE: as it was at the last look.
value() { read_metrics value "$W/metrics" "$1" || fail "no $1"; }
# What a scrape does itself is left out: it moves the loop and, by its look at processes, the memory.
moved() { # SAMPLE [BEFORE]: more than before
	now=$(value "$1")
	[ "$(echo "$now > $2" | awk '{ print ($1 > $3) }')" = 1 ] || fail "$1 is $now, was $2"
	passed
}
scenario() { printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nrun = %s\n%s\n' "$1" "$2" "${3-}" >"$1.clnrm.toml"; }
expect_exit 0 clnrm daemon start

# The formats.
look
read_metrics check "$W/metrics" >"$out" || fail "$(cat "$out")"
api GET /v1/metrics -H 'Accept: application/json'
read_metrics check "$W/metrics" "$doc" >"$out" || fail "$(cat "$out")"
curl -sS --unix-socket "$SOCKET" -D "$W/head" -o "$W/open" -H 'Accept: application/openmetrics-text; version=1.0.0' http://x/v1/metrics
read_metrics open "$W/open" >"$out" || fail "$(cat "$out")"
has "$W/head" 'application/openmetrics-text; version=1.0.0; charset=utf-8'
curl -sS --unix-socket "$SOCKET" -D "$W/head" -o "$W/text" http://x/v1/metrics
has "$W/head" 'text/plain; version=0.0.4; charset=utf-8'
expect_exit 0 clnrm metrics
cp "$out" "$W/text"
read_metrics check "$W/text" >"$out" || fail "clnrm metrics: $(cat "$out")"
expect_exit 0 clnrm metrics clnrm_pool_
hasnt "$out" clnrm_run_seconds
has "$out" clnrm_pool_hits_total
expect_exit 0 clnrm metrics --format json
passed
expect_exit 2 clnrm metrics clnrm_rnu_seconds
has "$err" "error[no-match]: no metric begins with 'clnrm_rnu_seconds'"
has "$err" "did you mean 'clnrm_run_seconds'?"
expect_exit 2 clnrm metrics zzz
has "$err" 'clnrm metrics shows all'
SCHEMA=problem api GET '/v1/metrics?prefix=zzz'
has "$doc" '"code":"no-match"'
[ "$(grep -c '^clnrm_build_info{version="[0-9.]*",commit="[^"]*"} 1$' "$W/metrics")" = 1 ] || fail "no build_info"
passed

# The stock of warm sandboxes: filled, lent, given back, missed.
expect_exit 0 clnrm pool drain
look
refills=$(value clnrm_pool_refill_seconds_count) misses=$(value clnrm_pool_misses_total)
[ "$(value clnrm_container_pool_size)" = 0 ] || fail "warm sandboxes after a drain"
expect_exit 0 clnrm pool fill host 2
warm() { look && [ "$(value clnrm_container_pool_size)" -ge 2 ]; }
wait_until 20 warm
moved clnrm_pool_refill_seconds_count "$refills"
hits=$(value clnrm_pool_hits_total)
scenario pass '"true"'
for m in run scenario step; do eval "$m=$(value clnrm_${m}_seconds_count)"; done
count=$(value 'clnrm_scenarios_total{verdict="pass"}')
expect_exit 0 clnrm run pass.clnrm.toml
look
moved clnrm_pool_hits_total "$hits"
for m in run scenario step; do eval "moved clnrm_${m}_seconds_count \$$m"; done
moved 'clnrm_scenarios_total{verdict="pass"}' "$count"
# One whose spec has no stock has to wait for its sandbox.
scenario own '"true"' '[scenario.limits]
open_files = 77'
expect_exit 0 clnrm run own.clnrm.toml
look
moved clnrm_pool_misses_total "$misses"

# Verdicts.
for verdict in fail error skip; do
	case $verdict in
	fail) scenario $verdict '"false"' ;;
	error) scenario $verdict '"no-such-program"' ;;
	skip) scenario $verdict '"true"' 'skip = "not today"' ;;
	esac
	count=$(value "clnrm_scenarios_total{verdict=\"$verdict\"}")
	clnrm run $verdict.clnrm.toml >"$out" 2>&1 || :
	look
	moved "clnrm_scenarios_total{verdict=\"$verdict\"}" "$count"
done

# While something runs and something waits: lent sandboxes, the queue and its age, memory.
{
	printf '[meta]\nname = "queue"\n'
	for i in 1 2 3; do printf '[[scenario]]\nname = "s%s"\nrun = "sleep 300"\n' $i; done
} >queue.clnrm.toml
stall=$(value clnrm_loop_stall_seconds_count)
clnrm run -j 1 queue.clnrm.toml >/dev/null 2>&1 &
client=$!
busy() { look && [ "$(value clnrm_container_pool_busy)" = 1 ] && [ "$(value clnrm_queue_depth)" = 2 ]; }
wait_until 20 busy
moved clnrm_container_pool_utilization_ratio 0
moved clnrm_queue_age_seconds 0
for p in daemon launcher sandboxes; do moved "clnrm_memory_bytes{process=\"$p\"}" 100000; done
moved clnrm_loop_stall_seconds_count "$stall"
kill $client
wait $client || :
quiet() { look && [ "$(value clnrm_container_pool_busy)" = 0 ] && [ "$(value clnrm_queue_depth)" = 0 ]; }
wait_until 20 quiet
[ "$(value clnrm_container_pool_utilization_ratio)" = 0 ] || fail "still in use"
passed

# Parsed files: built once, then found; dropped when there are too many bytes of them.
scenario fresh '"true"'
for m in hits_total misses_total build_seconds_count entries bytes; do eval "c_$m=$(value "clnrm_cache_$m{cache=\"configs\"}")"; done
expect_exit 0 clnrm run --list fresh.clnrm.toml
expect_exit 0 clnrm run --list fresh.clnrm.toml
look
for m in hits_total misses_total build_seconds_count entries bytes; do eval "moved 'clnrm_cache_$m{cache=\"configs\"}' \$c_$m"; done
evictions=$(value 'clnrm_cache_evictions_total{cache="configs"}')
head -c 11000000 /dev/zero | tr '\0' x >"$W/long"
mkdir large
for i in $(seq 25); do
	{ printf '[meta]\nname = "l%s"\n[[scenario]]\nname = "s"\nrun = "true"\nstdin = "' "$i"; cat "$W/long"; echo '"'; } >large/l"$i".clnrm.toml
done
expect_exit 0 clnrm run --list large
look
moved 'clnrm_cache_evictions_total{cache="configs"}' "$evictions"
[ "$(value 'clnrm_cache_bytes{cache="configs"}')" -le $((256 << 20)) ] || fail "the cache holds more than its bound"
passed

read_metrics check "$W/metrics" >"$out" || fail "$(cat "$out")"

# ---- results of the past ----
unset CLEANROOM_CACHE_RESULTS
printf '[meta]\nname = "again"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "true"\n' >again.clnrm.toml
hits=$(value 'clnrm_cache_hits_total{cache="results"}')
misses=$(value 'clnrm_cache_misses_total{cache="results"}')
expect_exit 0 clnrm run again.clnrm.toml
expect_exit 0 clnrm run again.clnrm.toml
look
moved 'clnrm_cache_hits_total{cache="results"}' "$hits"
moved 'clnrm_cache_misses_total{cache="results"}' "$misses"
[ "$(value 'clnrm_cache_entries{cache="results"}')" -ge 1 ] || fail "a result that is kept is no entry"
[ "$(value 'clnrm_cache_bytes{cache="results"}')" -ge 100 ] || fail "a result that is kept has no bytes"
[ "$(value 'clnrm_cache_evictions_total{cache="results"}')" = 0 ] || fail "there was room for one"
expect_exit 0 clnrm daemon stop
export CLEANROOM_CACHE_MAX_MB=0
expect_exit 0 clnrm run again.clnrm.toml
look
[ "$(value 'clnrm_cache_evictions_total{cache="results"}')" -ge 1 ] || fail "there was no room, and nothing went"
