#!/usr/bin/python3
"""prepare.py ROUNDS - kill -9 of daemon, launcher, init and client at chosen moments of a preparation.

Moments are what can be seen in the depot: its lock, its directory, the harvest that grows, the layer that is
unpacked, the layer that has come. After each round the next run has to pass on a layer that is whole, and
nothing but that may be there: no other layer, no directory of an import, no process."""
import collections
import glob
import os
import random
import subprocess
import sys
import time

from victims import PATIENCE_S, TARGETS, Failed, clnrm, kill, strangers, until

FILES = 1000  # so many that writing, packing and unpacking them can be met
MOMENTS = ("lock", "step", "harvest", "unpack", "layer", "record")
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


def clean():
    return not records() and not seen("layers/*") and not seen("tmp/*")


def one(number, moment, target):
    """Whether the moment was met, and there was something to kill."""
    clnrm("cache", "clear", "images")
    until("an empty depot", clean)
    with open("t.clnrm.toml", "w") as f:
        f.write(TEST % (number, FILES, FILES, FILES - 1, FILES - 1))
    client = subprocess.Popen(["clnrm", "run", "t.clnrm.toml"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while not REACHED[moment]() and client.poll() is None and time.monotonic() < deadline:
        time.sleep(0.0005)
    met = client.poll() is None and kill(target, client)
    client.wait(timeout=PATIENCE_S)
    # What it left is of no use to the next, or is whole.
    clnrm("run", "t.clnrm.toml")
    until("one layer and nothing else",
          lambda: len(records()) == 1 and len(seen("layers/*")) == 1 and not seen("tmp/*"))
    if len(os.listdir(seen("layers/*/diff/many")[0])) != FILES:
        raise Failed("the layer is not whole")
    clnrm("pool", "drain")
    until("strange processes to end", lambda: not strangers())
    return met


def main():
    rounds = int(sys.argv[1])
    pairs = [(m, t) for m in MOMENTS for t in TARGETS]
    random.seed(rounds)
    random.shuffle(pairs)
    hits = collections.Counter()
    for n in range(rounds):
        moment, target = pairs[n % len(pairs)]
        try:
            hits[moment] += one(n, moment, target)
        except (Failed, subprocess.TimeoutExpired, OSError) as e:
            print(f"round {n}: {target} at '{moment}': {e}")
            return 1
    print(" ".join(f"{m} {hits[m]}" for m in MOMENTS))
    return 0


sys.exit(main())
