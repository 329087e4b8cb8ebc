"""What the conformance tests in Python share: a private daemon, files, and the option table.

The programs are those of $CLNRM_BUILD, else of build/debug.
"""
import collections
import json
import os
import shutil
import signal
import subprocess
import tempfile

# A background job of sh ignores SIGINT, and so does what it starts: clnrm_until() would wait forever.
signal.signal(signal.SIGINT, signal.default_int_handler)

LIB = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("CLNRM_BUILD", os.path.join(LIB, "../../build/debug")))
TIMEOUT_S = 120

OptionKey = collections.namedtuple("OptionKey", "file table key also kind needs")


def option_keys():
    """Every key that a file may have, as the product itself lists them (options-man keys)."""
    text = subprocess.run([os.path.join(BUILD, "options-man"), "keys"], capture_output=True, text=True,
                          check=True).stdout
    return [OptionKey(*line.split("\t")) for line in text.splitlines()]


def causes(of):
    """What "result"s or "text"s depend on, as the product itself lists it (options-man causes)."""
    text = subprocess.run([os.path.join(BUILD, "options-man"), "causes"], capture_output=True, text=True,
                          check=True).stdout
    return {line.split("\t")[0] for line in text.splitlines() if of in line.split("\t")[1:]}


def put(folder, name, text):
    """Writes a file and the folders on its way."""
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())


def document_of(done):
    """What a command printed, as JSON; None when it is none."""
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


class Folder:
    """A temporary folder, gone at the end of `with` unless KEYS_KEEP is set."""

    def __init__(self, name):
        self.path = tempfile.mkdtemp(prefix=f"clnrm-{name}.", dir=os.environ.get("TMPDIR", "/tmp"))
        os.chmod(self.path, 0o755)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        if not os.environ.get("KEYS_KEEP"):
            shutil.rmtree(self.path, ignore_errors=True)


class Place:
    """A private home and runtime directory, with the daemon that the first command starts."""

    def __init__(self, root, variables=None, build=BUILD):
        self.root, self.build = root, build
        home = os.path.join(root, "userhome")
        for name, mode in (("run", 0o700), ("userhome", 0o755), ("userhome/.config/clnrm", 0o755)):
            os.makedirs(os.path.join(root, name), mode=mode, exist_ok=True)
        self.env = {
            "PATH": build + ":" + os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", "TERM": "dumb",
            "XDG_RUNTIME_DIR": os.path.join(root, "run"), "CLNRM_HOME": os.path.join(root, "home"),
            "CLNRM_DAEMON": os.path.join(build, "clnrmd"), "KEYS_GIVEN": "given", **(variables or {}),
        }

    def user_file(self, text):
        with open(os.path.join(self.root, "userhome/.config/clnrm/cleanroom.toml"), "w") as f:
            f.write(text)

    def clnrm(self, args, cwd, extra=None):
        return subprocess.run([os.path.join(self.build, "clnrm"), *args], cwd=cwd, env={**self.env, **(extra or {})},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=TIMEOUT_S)

    def clnrm_until(self, word, args, cwd, extra=None):
        """What never ends by itself is ended as a person does it, once it has said the word."""
        env = {**self.env, **(extra or {})}
        with subprocess.Popen([os.path.join(self.build, "clnrm"), *args], cwd=cwd, env=env, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            said = ""
            for line in process.stdout:
                said += line
                if word in line:
                    process.send_signal(signal.SIGINT)
            stderr = process.stderr.read()
        return subprocess.CompletedProcess(args, process.returncode, said, stderr)

    def end(self):
        self.clnrm(["daemon", "stop", "--now"], "/")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
