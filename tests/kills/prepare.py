#!/usr/bin/python3
"""prepare.py ROUNDS - kill -9 of daemon, launcher, init and client at chosen moments of a preparation.

Moments are what can be seen in the depot: its lock, its directory, the harvest that grows, the layer that is
unpacked, the layer that has come. After each round the next run has to pass on a layer that is whole, and
nothing but that may be there: no other layer, no directory of an import, no process."""
import collections
import ctypes
import glob
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import audit  # noqa: E402

PATIENCE_S = 30
FILES = 3000
MOMENTS = ("lock", "step", "harvest", "unpack", "layer", "record")
TARGETS = ("daemon", "launcher", "init", "client")
RUN_DIR = os.path.join(os.environ["XDG_RUNTIME_DIR"], "clnrm")
DEPOT = os.path.join(os.environ["CLNRM_HOME"], "data/images/imported")

TEST = """[meta]
name = "kills"
image = "clnrm/base"
[prepare]
env = { ROUND = "%s" }
steps = [{ script = '''
mkdir /many
i=0
while [ $i -lt %d ]; do echo $i >/many/$i; i=$((i + 1)); done
sleep 0.05
''' }]
[[scenario]]
name = "one"
script = 'test $(ls /many | wc -l) = %d && test $(cat /many/%d) = %d'
[[scenario]]
name = "two"
run = "true"
"""


class Failed(Exception):
    """What was not as it has to be."""


def until(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"waited in vain for {what}")
        time.sleep(0.002)


def clnrm(*words, codes=(0,)):
    done = subprocess.run(["clnrm", *words], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in codes:
        raise Failed(f"clnrm {' '.join(words)}: exit {done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}")
    return done.stdout


def daemon_pid():
    return int(audit.read(os.path.join(RUN_DIR, "life.lock")) or 0)


def children(pid):
    return [int(p) for p in audit.read(f"/proc/{pid}/task/{pid}/children").split()]


def launcher_pid():
    return next((p for p in children(daemon_pid())
                 if audit.read(f"/proc/{p}/comm").strip() == "clnrm-launcher"), 0)


def busy_init():
    names = ("clnrm-netns", "clnrm-cgroup")
    every = [p for p in children(launcher_pid()) if audit.read(f"/proc/{p}/comm").strip() not in names]
    return next((p for p in every if children(p)), (sorted(every) or [0])[-1])


def seen(pattern):
    return glob.glob(os.path.join(DEPOT, pattern))


def harvest_grows():
    for path in seen("tmp/*/harvest"):
        try:
            if os.stat(path).st_size:
                return True
        except OSError:
            pass
    return False


def records():
    return [p for p in seen("prepared/*") if not p.endswith(".run")]


REACHED = {
    "lock": lambda: seen("prepared/*.run"),
    "step": lambda: seen("tmp/*/harvest"),
    "harvest": harvest_grows,
    "unpack": lambda: seen("tmp/*/0/diff/many"),
    "layer": lambda: seen("layers/*"),
    "record": records,
}


def kill(target, client):
    pid = {"daemon": daemon_pid, "launcher": launcher_pid, "init": busy_init,
           "client": lambda: client.pid}[target]()
    try:
        if pid:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it was faster


def clean():
    return not records() and not seen("layers/*") and not seen("tmp/*")


def one(number, moment, target):
    clnrm("cache", "clear", "images")
    until("an empty depot", clean)
    with open("t.clnrm.toml", "w") as f:
        f.write(TEST % (number, FILES, FILES, FILES - 1, FILES - 1))
    client = subprocess.Popen(["clnrm", "run", "t.clnrm.toml"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while not REACHED[moment]() and client.poll() is None and time.monotonic() < deadline:
        pass
    kill(target, client)
    client.wait(timeout=PATIENCE_S)
    # What it left is of no use to the next, or is whole.
    clnrm("run", "t.clnrm.toml")
    until("one layer and nothing else",
          lambda: len(records()) == 1 and len(seen("layers/*")) == 1 and not seen("tmp/*"))
    if len(os.listdir(seen("layers/*/diff/many")[0])) != FILES:
        raise Failed("the layer is not whole")
    clnrm("pool", "drain")
    daemon = daemon_pid()
    until("strange processes to end", lambda: audit.reap() or not [
        p for p in audit.descendants(os.getpid()) if p != daemon and p not in audit.descendants(daemon)])


def main():
    rounds = int(sys.argv[1])
    ctypes.CDLL(None).prctl(audit.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    pairs = [(m, t) for m in MOMENTS for t in TARGETS]
    random.seed(rounds)
    random.shuffle(pairs)
    hits = collections.Counter()
    for n in range(rounds):
        moment, target = pairs[n % len(pairs)]
        try:
            one(n, moment, target)
        except (Failed, subprocess.TimeoutExpired, OSError) as e:
            print(f"round {n}: {target} at '{moment}': {e}")
            return 1
        hits[moment] += 1
    print(" ".join(f"{m} {hits[m]}" for m in MOMENTS))
    return 0


sys.exit(main())
