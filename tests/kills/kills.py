#!/usr/bin/python3
"""kills.py ROUNDS - kill -9 of daemon, launcher, init and client at chosen moments of a run.

Moments are events, never times: a line of the event stream, a growing journal, a child of the
launcher that comes or goes. After each round the next command has to find things in order: no
process, control group, entry or socket is left of what was killed, and every result that the client
was told is in the history. Prints how often each moment met each program."""
import collections
import json
import os
import random
import select
import subprocess
import sys
import time

from victims import (PATIENCE_S, RUN_DIR, TARGETS, Failed, audit, clnrm, inits, kill, launcher_pid, strangers,
                     until)

MOMENTS = ("lend", "step", "output", "journal", "destroy", "refill")
STATE = os.path.join(os.environ["CLNRM_HOME"], "state")
JOURNAL = os.path.join(STATE, "journal")

TEST = """[meta]
name = "kills"
[[scenario]]
name = "quick"
run = "true"
[[scenario]]
name = "many processes"
command = ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; echo started"]
[[scenario]]
name = "talk"
command = ["sh", "-c", "i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i + 1)); sleep 0.01; done"]
[[scenario]]
name = "last"
run = "true"
"""


class Run:
    """A client, its stream, and what it was told."""

    def __init__(self):
        self.journal = self.journal_size()
        self.before = inits()
        self.seen = set(self.before)
        self.ends, self.id, self.tail, self.lines = {}, None, b"", []
        # Over both pipes as they come: a client that cannot write would stand still.
        self.client = subprocess.Popen(
            ["clnrm", "run", "--force", "-j", "2", "--format", "ndjson", "t.clnrm.toml"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(self.client.stdout.fileno(), False)

    @staticmethod
    def journal_size():
        try:
            return os.stat(JOURNAL).st_size
        except OSError:
            return 0

    def read(self, timeout):
        """New whole lines; False at the end of the stream."""
        self.lines = []
        if not select.select([self.client.stdout], [], [], timeout)[0]:
            return True
        try:
            part = os.read(self.client.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return True
        if not part:
            return False
        *whole, self.tail = (self.tail + part).split(b"\n")
        for line in whole:
            event = json.loads(line)
            if "ev" not in event:
                continue  # what the client itself has to say at the end
            self.lines.append(event)
            self.id = event.get("run", self.id) if event["ev"] == "run" else self.id
            if event["ev"] == "scenario_end":
                self.ends[event["scenario"]] = event["verdict"]
        return True

    def finish(self):
        """All that is still said, and the client's exit status."""
        deadline = time.monotonic() + PATIENCE_S
        while self.read(0.05):
            if time.monotonic() > deadline:
                raise Failed("the client does not end")
        return self.client.wait(timeout=PATIENCE_S)

    def reached(self, moment):
        """Whether the moment is now."""
        if moment == "journal":
            return self.journal_size() not in (self.journal, 0) and bool(self.id)
        now = inits()
        self.seen |= now
        if moment == "destroy":
            return bool(self.ends) and bool(self.seen - now)
        if moment == "refill":
            return bool(self.id) and bool(now - self.before)
        kind = {"lend": "scenario_start", "step": "step_start", "output": "output"}[moment]
        return any(e["ev"] == kind and e["scenario"] == "kills/talk" for e in self.lines)

    def wait_for(self, moment):
        deadline = time.monotonic() + PATIENCE_S
        quick = 0.0 if moment in ("journal", "destroy", "refill") else 0.05
        while True:
            more = self.read(quick)
            if self.reached(moment):
                return
            if not more:
                raise Failed(f"the run ended before the moment '{moment}', with {self.ends}, "
                             f"launcher {launcher_pid()}, sandboxes {self.seen}")
            if time.monotonic() > deadline:
                raise Failed(f"the moment '{moment}' does not come")


def check_history(run):
    """What the client was told is there, with the same verdict."""
    shown = {"code": "run-active"}

    def over():
        nonlocal shown
        shown = json.loads(clnrm("runs", "show", run.id, "--format", "json", codes=(0, 1, 2, 3, 4)))
        return shown.get("code") != "run-active"

    until("the run to be over", over)
    if "tests" not in shown:
        raise Failed(f"run {run.id} with {run.ends}: {shown}")
    stored = {s["id"]: s["verdict"] for t in shown["tests"] for s in t["scenarios"]}
    for scenario, verdict in run.ends.items():
        if stored.get(scenario) != verdict:
            raise Failed(f"{scenario} was told as {verdict}, the history says {stored.get(scenario)}")
    return shown["run"]["state"]


def busy():
    return [s for s in json.loads(clnrm("ps", "--format", "json"))["sandboxes"]
            if s["state"] in ("run", "ending")]


def check_quiet(groups):
    """Nothing is left but one daemon with its stock."""
    until("sandboxes to end", lambda: not busy())
    until(f"strange processes to end: {strangers()}", lambda: not strangers())
    until(f"control groups to go: {audit.dead_groups(groups)}",
          lambda: not audit.dead_groups(groups))
    entries = [n for n in os.listdir(STATE) if n.startswith("launcher-")]
    if len(entries) != 1:
        raise Failed(f"entries of launchers: {entries}")
    sockets = [n for n in os.listdir(RUN_DIR) if n not in ("clnrmd.sock", "life.lock", "start.lock")]
    if sockets:
        raise Failed(f"left in the run-time directory: {sockets}")


def one(moment, target, groups):
    clnrm("daemon", "start")
    run = Run()
    try:
        run.wait_for(moment)
        # The journal has the run before its first sandbox is made.
        until(f"{target} to be there", lambda: kill(target, run.client))
        killed_at = time.monotonic()
        status = run.finish() if target != "client" else run.client.wait(timeout=PATIENCE_S)
        took = time.monotonic() - killed_at
        if target == "daemon" and (status != 6 or took > 5):
            raise Failed(f"the client ended with {status} after {took:.1f} s, expected 6 within 1")
        if target in ("launcher", "init") and status not in (0, 1, 2):
            raise Failed(f"the client ended with {status}")
        if target == "client" and status != -9:
            raise Failed(f"the client ended with {status}")
    finally:
        if run.client.poll() is None:
            run.client.kill()
            run.client.wait()
        run.client.stdout.close()
    if not run.id:
        raise Failed("no run was told")
    state = check_history(run)
    if target == "daemon" and state != "lost":
        raise Failed(f"the run of the dead daemon is '{state}'")
    if target == "client" and state not in ("cancelled", "done"):
        raise Failed(f"the run of the dead client is '{state}'")
    check_quiet(groups)


def plan(rounds):
    """Every moment with every program in turn, as evenly as the number allows."""
    all_of_them = [(m, t) for m in MOMENTS for t in TARGETS]
    random.seed(rounds)
    out = []
    while len(out) < rounds:
        some = list(all_of_them)
        random.shuffle(some)
        # A short list still has every moment: sorted by how often each came so far.
        while some and len(out) < rounds:
            count = collections.Counter(word for pair in out for word in pair)
            some.sort(key=lambda pair, count=count: (count[pair[0]], count[pair[1]]))
            out.append(some.pop(0))
    return out


def main():
    rounds = int(sys.argv[1])
    with open("t.clnrm.toml", "w") as f:
        f.write(TEST)
    groups, mounts = audit.groups(), audit.mounts()
    hits = collections.Counter()
    for n, (moment, target) in enumerate(plan(rounds)):
        try:
            one(moment, target, groups)
        except (Failed, subprocess.TimeoutExpired, json.JSONDecodeError, OSError) as e:
            print(f"round {n}: {target} at '{moment}': {e}")
            return 1
        hits[moment, target] += 1
        if os.environ.get("VERBOSE"):
            print(n, moment, target, flush=True)
    print(f"{'':10}" + "".join(f"{t:>10}" for t in TARGETS) + f"{'all':>10}")
    for m in MOMENTS:
        row = [hits[m, t] for t in TARGETS]
        print(f"{m:10}" + "".join(f"{n:10}" for n in row) + f"{sum(row):10}")
        if rounds >= 200 and sum(row) < 10:
            print(f"'{m}' was met {sum(row)} times, fewer than 10")
            return 1
    left = [m for m in audit.mounts() - mounts if os.environ["CLNRM_HOME"] in m or RUN_DIR in m]
    if left:
        print(f"mounts: {left}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
