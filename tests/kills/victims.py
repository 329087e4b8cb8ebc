"""What the tests that kill share: a clnrm on PATH and its daemon, whose processes are found by what the kernel
says of them, and waiting for what can be seen.

Importing this makes the process the reaper of all that descends from it."""
import ctypes
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import audit  # noqa: E402

PATIENCE_S = 30
TARGETS = ("daemon", "launcher", "init", "client")
RUN_DIR = os.path.join(os.environ["XDG_RUNTIME_DIR"], "clnrm")

ctypes.CDLL(None).prctl(audit.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Failed(Exception):
    """What was not as it has to be."""


def until(what, condition):
    """Asks until it holds; the deadline only ends what would never end."""
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


def name_of(pid):
    return audit.read(f"/proc/{pid}/comm").strip()


def launcher_pid():
    return next((p for p in children(daemon_pid()) if name_of(p) == "clnrm-launcher"), 0)


def inits():
    """Sandboxes: the launcher's children besides its two helpers."""
    return {p for p in children(launcher_pid()) if name_of(p) not in ("clnrm-netns", "clnrm-cgroup")}


def busy_init():
    """One that runs something, or else the newest."""
    all_of_them = sorted(inits())
    return next((p for p in all_of_them if children(p)), (all_of_them or [0])[-1])


def kill(target, client):
    """kill -9 of one of TARGETS: whether it was there."""
    pid = {"daemon": daemon_pid, "launcher": launcher_pid, "init": busy_init, "client": lambda: client.pid}[target]()
    try:
        if pid:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False  # it was faster
    return pid != 0


def strangers():
    """Processes that descend from us and are not the living daemon, its launcher and what stands warm.
    What has ended is reaped, so no child of ours may still be waited for."""
    audit.reap()
    daemon = daemon_pid()
    ours = set(audit.descendants(daemon)) | {daemon}
    return {pid: name for pid, name in audit.descendants(os.getpid()).items() if pid not in ours}
