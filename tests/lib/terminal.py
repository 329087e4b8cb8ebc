#!/usr/bin/python3
"""Runs a program on a terminal of its own and plays a script of steps against it.

    terminal.py [--size COLSxROWS] [--out FILE] STEP... -- COMMAND...

Steps, one after the other: `see TEXT` waits until TEXT was written (after the last thing seen), `key
TEXT` types it (\\x03 is Ctrl-C), `size COLSxROWS` resizes, `signal NAME` sends one to the command, `sh
COMMAND` runs a shell command, `end` waits for its end (also the last step). What the terminal got goes
to --out (else stdout); its screen at the end to FILE.screen, with how often a line of the live region
wrapped, if any did. Exit: that of the command, 128+n for a signal; 99 when a step takes longer than 20 s.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LIMIT = int(os.environ.get("TERMINAL_LIMIT", 20))


class Screen:
    """As much of a terminal as the client uses: text, CR, LF, cursor up, erase below, erase line."""

    def __init__(self, cols):
        self.lines, self.row, self.col, self.cols, self.wrapped = [""], 0, 0, cols, 0

    def put(self, ch):
        if self.col >= self.cols:
            if self.lines[self.row].startswith(("run  ", "\u2588", "\u2591")):
                self.wrapped += 1
            self.newline()
            self.col = 0
        line = self.lines[self.row].ljust(self.col)
        self.lines[self.row] = line[:self.col] + ch + line[self.col + 1:]
        self.col += 1

    def newline(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def escape(self, params, final):
        n = int(params or 0) if params.isdigit() or not params else 0
        if final == "A":
            self.row = max(0, self.row - (n or 1))
        elif final == "J" and n == 0:
            self.lines = self.lines[:self.row + 1]
            self.lines[self.row] = self.lines[self.row][:self.col]
        elif final == "K":
            self.lines[self.row] = self.lines[self.row][:self.col]

    def feed(self, text):
        i = 0
        while i < len(text):
            ch = text[i]
            i += 1
            if ch == "\x1b" and text[i:i + 1] == "[":
                j = i + 1
                while j < len(text) and not text[j].isalpha():
                    j += 1
                self.escape(text[i + 1:j].lstrip("?"), text[j:j + 1])
                i = j + 1
            elif ch == "\r":
                self.col = 0
            elif ch == "\n":
                self.newline()
            elif ch >= " ":
                self.put(ch)


class Terminal:
    def __init__(self, command, size):
        self.data, self.seen, self.status = b"", 0, None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # The size has to be there before the program asks for it.
            self.resize(0, size)
            os.environ.setdefault("TERM", "xterm-256color")
            if os.environ["TERM"] == "dumb":
                os.environ["TERM"] = "xterm-256color"
            os.execvp(command[0], command)

    @staticmethod
    def resize(fd, size):
        cols, rows = size.split("x")
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(cols), 0, 0))

    def read(self, timeout):
        """False when the other side is closed."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return True
        try:
            part = os.read(self.fd, 65536)
        except OSError:
            return False
        self.data += part
        return bool(part)

    def wait(self, what, ready):
        end = time.monotonic() + LIMIT
        alive = True
        while not ready():
            if time.monotonic() > end:
                sys.stderr.write(f"terminal.py: waited in vain for {what}; the terminal got:\n")
                sys.stderr.write(self.data.decode("utf-8", "replace").replace("\x1b", "^[")[-3000:] + "\n")
                os.kill(self.pid, signal.SIGKILL)
                sys.exit(99)
            if alive:
                alive = self.read(0.02)
            else:
                time.sleep(0.02)

    def see(self, text):
        wanted = text.encode()

        def ready():
            at = self.data.find(wanted, self.seen)
            if at >= 0:
                self.seen = at + len(wanted)
            return at >= 0
        self.wait(repr(text), ready)

    def has_ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is not None

    def end(self):
        self.wait("the end", self.has_ended)
        while self.read(0.05) and select.select([self.fd], [], [], 0.05)[0]:
            pass


def play(t, steps):
    for step in steps:
        verb, _, rest = step.partition(" ")
        if verb == "see":
            t.see(rest)
        elif verb == "key":
            os.write(t.fd, rest.encode().decode("unicode_escape").encode())
        elif verb == "size":
            t.resize(t.fd, rest)
        elif verb == "signal":
            os.kill(t.pid, getattr(signal, "SIG" + rest))
        elif verb == "sh":
            subprocess.run(["sh", "-c", rest], check=True, stdin=subprocess.DEVNULL,
                           env={**os.environ, "PID": str(t.pid)})
        elif verb == "end":
            t.end()
        else:
            sys.exit(f"terminal.py: no step '{step}'")
    t.end()


def main(argv):
    size, out = "80x24", None
    while argv and argv[0].startswith("--") and argv[0] != "--":
        if argv[0] == "--size":
            size = argv[1]
        elif argv[0] == "--out":
            out = argv[1]
        argv = argv[2:]
    at = argv.index("--")
    t = Terminal(argv[at + 1:], size)
    play(t, argv[:at])
    if out:
        with open(out, "wb") as f:
            f.write(t.data)
        screen = Screen(int(size.split("x")[0]))
        screen.feed(t.data.decode("utf-8", "replace"))
        with open(out + ".screen", "w") as f:
            f.write("\n".join(l.rstrip() for l in screen.lines).rstrip("\n") + "\n")
            f.write(f"wrapped {screen.wrapped}\n" if screen.wrapped else "")
    else:
        sys.stdout.buffer.write(t.data)
    code = os.waitstatus_to_exitcode(t.status)
    sys.exit(128 - code if code < 0 else code)


main(sys.argv[1:])
