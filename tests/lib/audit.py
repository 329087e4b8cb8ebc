#!/usr/bin/python3
"""What a test leaves behind, found without a line of the daemon's code.

    audit.py run DIR COMMAND...   runs the command as the reaper of all that it starts, and ends with
                                  its status, or with 1 and a list when something was left
    audit.py files DIR...         what may not be in a home and run-time directory of a daemon that
                                  has ended

What belongs to the test is what descends from it: orphans become children of this process, whatever
namespace, session or group they went to. Other daemons of the machine may run beside it.

Looked for: processes; mounts that name the directory; control groups of v1 and v2 whose launcher is
dead; listening sockets below the directory; files of dead launchers; names in /dev/shm; network
namespaces that are pinned to files."""
import ctypes
import os
import re
import signal
import stat
import subprocess
import sys
import time

PATIENCE_S = int(os.environ.get("AUDIT_PATIENCE", "10"))
PR_SET_CHILD_SUBREAPER = 36
GROUP = re.compile(r"^clnrm-launcher-(\d+)-(\d+)-[0-9a-f]{8}$")


def read(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def processes():
    """pid -> (parent, state, name)."""
    out = {}
    for name in os.listdir("/proc"):
        text = read(f"/proc/{name}/stat") if name.isdigit() else ""
        if ")" in text:
            rest = text[text.rindex(")") + 2:].split()
            out[int(name)] = (int(rest[1]), rest[0], text[text.index("(") + 1:text.rindex(")")])
    return out


def descendants(root):
    """Living ones; zombies are nobody's trace."""
    table = processes()
    out = {}
    for pid, (parent, state, name) in table.items():
        at, hops = parent, 0
        while at in table and at != root and hops < 1000:
            at, hops = table[at][0], hops + 1
        if at == root and pid != root and state not in "ZX":
            out[pid] = name
    return out


def mounts():
    return set(line.split(" - ")[0].split(" ", 4)[4] + line.split(" - ")[1]
               for line in read("/proc/self/mountinfo").splitlines() if " - " in line)


def cgroup_roots():
    return [line.split()[1] for line in read("/proc/mounts").splitlines()
            if line.split()[2] in ("cgroup", "cgroup2")]


def groups():
    """Directories of launchers, of every hierarchy."""
    out = set()
    for root in cgroup_roots():
        for path, dirs, _ in os.walk(root):
            for d in list(dirs):
                if GROUP.match(d):
                    out.add(os.path.join(path, d))
                    dirs.remove(d)
            if path.count("/") - root.count("/") > 6:
                dirs.clear()
    return out


def own_paths():
    """Where we are in each hierarchy, without those where we are at the root."""
    return {line.split(":", 2)[2] for line in read("/proc/self/cgroup").splitlines()} - {"/"}


def dead_groups(before):
    """Those that are new, of our user, and whose launcher is gone. Where this process has a group of
    its own, a launcher of ours has one below it, and others' launchers are left out."""
    alive, own = processes(), own_paths()
    dead = [g for g in groups() - before
            if int(GROUP.match(os.path.basename(g)).group(2)) not in alive
            and int(GROUP.match(os.path.basename(g)).group(1)) == os.getuid()]
    ours = {os.path.basename(g) for g in dead if any(p + "/" in g for p in own)}
    return sorted(g for g in dead if not own or os.path.basename(g) in ours)


def shared_memory():
    return set(n for n in os.listdir("/dev/shm") if n.startswith(("clnrm", "sem.clnrm")))


def pinned():
    out = set()
    for d in ("/run/netns", "/var/run/netns"):
        if os.path.isdir(d):
            out |= {os.path.join(d, n) for n in os.listdir(d)}
    return out


def listening(directory):
    """Unix sockets that somebody still holds."""
    return sorted({line.split()[-1] for line in read("/proc/net/unix").splitlines()
                   if directory in line.split()[-1]})


class State:
    """Of the machine before the test."""

    def __init__(self):
        self.mounts, self.groups = mounts(), groups()
        self.shm, self.pinned = shared_memory(), pinned()

    def left(self, directory):
        found = [f"process {pid} {name}: {command(pid)}"
                 for pid, name in sorted(descendants(os.getpid()).items())]
        found += [f"mount {m}" for m in sorted(mounts() - self.mounts)
                  if directory in m]
        found += [f"control group {g}" for g in dead_groups(self.groups)]
        found += [f"shared memory {n}" for n in sorted(shared_memory() - self.shm)]
        found += [f"network namespace {n}" for n in sorted(pinned() - self.pinned)
                  if "clnrm-launcher" in n]
        found += [f"socket {s}" for s in listening(directory)]
        return found


def command(pid):
    return read(f"/proc/{pid}/cmdline").replace("\0", " ").strip()[:120]


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def files(directory):
    """Sockets, entries of launchers, scratch of sandboxes, halves of files."""
    found = []
    for path, dirs, names in os.walk(directory):
        for name in dirs + names:
            whole = os.path.join(path, name)
            try:
                mode = os.lstat(whole).st_mode
            except OSError:
                continue
            if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
                if "/work/" not in whole:
                    found.append(f"socket or FIFO {whole}")
            if re.match(r"^launcher-\d+-\d+-", name):
                found.append(f"entry of a launcher {whole}")
            if "/home/" in whole + "/" and re.search(r"\.(tmp|new|part)$|^trash$", name):
                found.append(f"half a file {whole}")
    return found


def run(directory, argv):
    """The test itself, and then what it left."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    state = State()
    child = subprocess.Popen(argv)
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sig, lambda number, _: os.kill(child.pid, number))
    # Orphans are reaped as they end: a test may wait for a process to be gone.
    pid = status = 0
    while pid != child.pid:
        try:
            pid, status = os.waitpid(-1, 0)
        except InterruptedError:
            continue
    child.returncode = status = os.waitstatus_to_exitcode(status)
    status = 128 - status if status < 0 else status
    deadline = time.monotonic() + PATIENCE_S
    while True:
        reap()
        left = state.left(directory)
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    for line in left:
        print(f"LEFT: {line}")
    for pid in descendants(os.getpid()):
        try:
            os.kill(pid, signal.SIGKILL)  # it descends from the test: nobody else's
        except OSError:
            pass
    return status if status or not left else 1


def main():
    if len(sys.argv) > 3 and sys.argv[1] == "run":
        sys.exit(run(sys.argv[2], sys.argv[3:]))
    if len(sys.argv) > 2 and sys.argv[1] == "files":
        found = [line for directory in sys.argv[2:] for line in files(directory)]
        for line in found:
            print(f"LEFT: {line}")
        sys.exit(1 if found else 0)
    sys.exit(__doc__)


if __name__ == "__main__":
    main()
