"""A session that watches (`clnrm dev --format ndjson`), and what it says: nobody waits for the clock."""
import json
import os
import signal
import subprocess
import threading
import time

PATIENCE_S = int(os.environ.get("SESSION_PATIENCE_S", 60))  # for what must come; a test that waits so long has failed


class Session:
    """With it as a context the session ends at the end."""

    def __init__(self, place, root, args=(), extra=None):
        self.events, self.news = [], threading.Condition()
        self.over = False
        self.process = subprocess.Popen(
            [os.path.join(place.build, "clnrm"), "dev", "--format", "ndjson", *args], cwd=root,
            env={**place.env, **(extra or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            with self.news:
                self.events.append(event)
                self.news.notify_all()
        with self.news:
            self.over = True
            self.news.notify_all()

    def mark(self):
        """Where the stream is now."""
        with self.news:
            return len(self.events)

    def wait(self, come, since=0):
        """True as soon as come(events since) is; False when the session ends or patience does."""
        end = time.monotonic() + PATIENCE_S
        with self.news:
            while not come(self.events[since:]):
                left = end - time.monotonic()
                if self.over or left <= 0:
                    return False
                self.news.wait(left)
        return True

    def since(self, mark):
        with self.news:
            return self.events[mark:]

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.reader.join(PATIENCE_S)
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def is_idle(events):
    """No round is open at the end of these."""
    words = [e["ev"] for e in events if e["ev"] in ("round", "round_end")]
    return bool(words) and words[-1] == "round_end"


def ends_of(events, file):
    """The results of a test file, with the output of each step: [{..., "said": text}]."""
    found, said = [], {}
    for e in events:
        if e["ev"] == "output":
            said[e["scenario"]] = said.get(e["scenario"], "") + e["data"]
        if e["ev"] == "scenario_start":
            said.pop(e["scenario"], None)
        if e["ev"] == "scenario_end" and e["file"] == file:
            found.append({**e, "said": said.get(e["scenario"], "")})
    return found


def ran(result):
    return not result["cached"] and result["verdict"] != "skip"
