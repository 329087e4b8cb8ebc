#!/usr/bin/python3
"""Clients that no daemon should have: http_abuse.py SOCKET DIR [CASE...], each case a function below.

Every case ends with a good request that is answered in time. HTTP_MUTATIONS is how many mutated requests
are sent (1000). Exit 0 when all cases hold; the first that does not says why.
"""
import concurrent.futures
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

SOCKET, DIR = sys.argv[1], sys.argv[2]
PATIENCE = 20
CONNECTIONS = 256
AT_ONCE = 16  # mutations: one that is half a request is waited for until the daemon gives it up


def connect(timeout=PATIENCE):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(timeout)
    s.connect(SOCKET)
    return s


def until_closed(s):
    """All that comes until the daemon closes; None when it does not close in time."""
    got = b""
    try:
        while part := s.recv(65536):
            got += part
    except (ConnectionResetError, BrokenPipeError):
        pass
    except TimeoutError:
        return None
    return got


def head(data):
    return data.split(b"\r\n", 1)[0].decode("latin-1")


def status(data):
    words = head(data).split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def send_all(s, data):
    try:
        s.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before all of it was sent: the answer is there


def ask(data, timeout=PATIENCE, half_close=True):
    """One connection, one send, everything that comes back until the daemon closes."""
    with connect(timeout) as s:
        send_all(s, data)
        if half_close:
            try:
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        return until_closed(s)


def get(path, headers="", method="GET"):
    return ask(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n".encode())


def post(path, body, headers=""):
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def body_of(data):
    return data.split(b"\r\n\r\n", 1)[1]


def problem(data):
    """The problem of an answer that does not say chunked."""
    return json.loads(body_of(data))


def is_well(limit=5):
    began = time.monotonic()
    answer = get("/v1/version")
    assert status(answer) == 200, answer
    took = time.monotonic() - began
    assert took < limit, f"a good request took {took:.1f} s"


def refused(data, *statuses):
    """Closed, with one of these or without any answer (0)."""
    answer = ask(data)
    assert answer is not None, f"{data[:60]!r} was not closed"
    assert status(answer) in statuses, f"{data[:60]!r}: {answer[:200]!r}"


def run_request(name, **options):
    return {"cwd": DIR, "paths": [name], "options": options}


def events(data):
    """The events of a chunked NDJSON answer that is complete as far as it goes."""
    rest, text = body_of(data), b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        n = int(size or b"0", 16)
        if not n:
            break
        text += rest[:n]
        rest = rest[n + 2:]
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def sandboxes(scenario):
    answer = get("/v1/sandboxes")
    return [b for b in problem(answer)["sandboxes"] if b.get("scenario") == scenario]


def wait_for(what, condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


# ---- bytes that are no request ----

def garbage():
    refused(bytes(range(256)) * 8 + b"\r\n\r\n", 0, 400)
    refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n", 0, 400)
    refused(b'{"jsonrpc":"2.0","method":"run"}\r\n\r\n', 0, 400)
    refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 400, 505)
    refused(b"\n\n\n\n\n\n", 0, 400)


def bad_framing():
    line = b"POST /v1/gc HTTP/1.1\r\nHost: x\r\n"
    refused(line + b"Content-Length: -5\r\n\r\n", 400)
    refused(line + b"Content-Length: many\r\n\r\n", 400)
    refused(line + b"Content-Length: 100000000000000000000000\r\n\r\n", 400, 413)
    refused(line + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 0, 400)
    refused(line + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n", 0, 400, 413)
    refused(line + b"Transfer-Encoding: gzip\r\n\r\n", 0, 400, 501)
    refused(b"GET /v1/version HTTP/1.1\r\n\r\n", 400)  # no Host
    # Twice the length, or a length and chunks: what is left over is no second request that counts.
    for double in (b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
                   b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):
        answer = ask(b"POST /v1/gc?dry_run=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + double)
        assert answer is not None and status(answer) in (0, 200, 400), answer


def pipelining():
    one = b"GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = ask(one * 49 + last, half_close=False)
    assert answer.count(b"HTTP/1.1 200") == 50, answer.count(b"HTTP/1.1 200")


def too_long():
    refused(b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, 431)
    refused(b"GET /v1/version HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40000 + b"\r\n\r\n", 431)
    many = b"".join(b"X-%d: %s\r\n" % (i, b"a" * 100) for i in range(400))
    refused(b"GET /v1/version HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n", 431)
    fits = b"X: " + b"a" * 20000 + b"\r\n"
    assert status(ask(b"GET /v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fits + b"\r\n")) == 200


def large_bodies():
    def limit(path, size, chunked=False):
        body = b"[" + b" " * (size - 2) + b"]"
        if not chunked:
            return ask(post(path, body))
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in
                          (body[i:i + 60000] for i in range(0, len(body), 60000)))
        return ask(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n")

    for chunked in (False, True):
        answer = limit("/v1/pool/fill", (1 << 20) + 1, chunked)
        assert status(answer) == 413, (chunked, answer[:200])
        assert problem(answer)["limit_bytes"] == 1 << 20
        assert status(limit("/v1/pool/fill", 1 << 20, chunked)) == 400
        assert status(limit("/v1/validate", 16 << 20, chunked)) == 400
        assert status(limit("/v1/validate", 18 << 20, chunked)) == 413


def depth():
    for n, word in ((64, "nested deeper"), (63, "pointer")):
        answer = ask(post("/v1/config", b'{"cwd":"/","key":' + b"[" * n + b"]" * n + b"}"))
        assert status(answer) == 400 and word in body_of(answer).decode(), (n, answer)
    answer = ask(post("/v1/config", b"[" * 500000))
    assert status(answer) == 400, answer[:200]
    for bad in (b"", b"{", b'{"a":1,"a":2}', b"\xff\xfe", b'{"cwd":"\\ud800"}', b"1e999", b"[1]", b'"x"',
                b'{"cwd":"\x00"}', b'{"cwd":"\\u0000/"}'):
        answer = ask(post("/v1/config", bad))
        assert status(answer) in (400, 409), (bad, answer)


def paths_and_methods():
    for path in ("/v1/version%00x", "/v1/%00version", "/%00"):
        assert status(get(path)) == 404, path
    for path in ("/v1/../v1/version", "//v1/version", "/v1/version/", "/v1/runs/..%2f..%2fetc", "/v1/runs/%ff%fe",
                 "/v1/schemas/..%2f..%2fMakefile", "/v1/images/%2e%2e"):
        assert status(get(path)) in (400, 404), (path, get(path))
    for method in ("FOO", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get"):
        assert status(get("/v1/version", method=method)) in (400, 405), method
    answer = get("/v1/version", "Accept: image/png\r\n")
    assert status(answer) == 406, answer


# ---- connections ----

def silent_and_slow():
    """10 s for the head of the first request; a connection that has asked may rest for longer."""
    kept = connect(60)
    kept.sendall(b"GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n")
    assert kept.recv(65536).startswith(b"HTTP/1.1 200")
    silent = [connect(60) for _ in range(20)]
    slow = [connect(60) for _ in range(20)]
    began = time.monotonic()
    text = b"GET /v1/version HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 50
    for i in range(12):
        for s in slow:
            send_all(s, text[i:i + 1])
        is_well(2)
        time.sleep(1)  # what such a client does
    for s in silent + slow:
        assert until_closed(s) == b"", "answered something that was not asked"
    assert time.monotonic() - began < 25, "closed late"
    kept.sendall(b"GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n")
    assert kept.recv(65536).startswith(b"HTTP/1.1 200"), "a kept connection was closed"


def full_house():
    """256 connections; the next waits, the others are served, and it is served when one leaves."""
    request = b"GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n"
    held = []
    for _ in range(CONNECTIONS):
        s = connect()
        s.sendall(request)
        assert s.recv(65536).startswith(b"HTTP/1.1 200")
        held.append(s)
    late = connect(1)
    late.sendall(request)
    try:
        raise AssertionError(f"the 257th was answered: {late.recv(100)!r}")
    except TimeoutError:
        pass
    for s in held[::16]:
        s.sendall(request)
        assert s.recv(65536).startswith(b"HTTP/1.1 200")
    held.pop().close()
    late.settimeout(PATIENCE)
    assert late.recv(65536).startswith(b"HTTP/1.1 200"), "the 257th was never served"
    for s in held + [late]:
        s.close()


def reader_that_never_reads():
    """Other runs are not delayed, and the verdict is there when it reads at last."""
    s = connect(60)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.sendall(post("/v1/runs", run_request("loud.clnrm.toml"), "Accept: application/x-ndjson\r\n"))
    time.sleep(0.5)  # it does not read
    began = time.monotonic()
    other = ask(post("/v1/runs", run_request("one.clnrm.toml"), "Accept: application/x-ndjson\r\n"))
    took = time.monotonic() - began
    assert events(other)[-1]["ev"] == "end" and took < 15, f"another run took {took:.1f} s"
    got = events(until_closed(s))
    kinds = [e["ev"] for e in got]
    assert kinds.count("scenario_end") == 1 and kinds[-1] == "end", kinds[-5:]
    shown = sum(len(e.get("text", e.get("data", ""))) for e in got if e["ev"] == "output")
    assert "gap" in kinds or shown >= 8 << 20, (kinds[:20], shown)


def half_close():
    """What a client has finished saying is no reason to end its run."""
    data = post("/v1/runs", run_request("one.clnrm.toml"), "Accept: application/x-ndjson\r\n")
    got = events(ask(data, half_close=True))
    assert got[-1]["ev"] == "end" and got[-1]["exit"] == 1, got[-1]


def disconnect():
    """Closing cancels the run and its sandboxes go; with a stream that is open, and one that waits."""
    for accept in ("application/x-ndjson", "application/json"):
        s = connect()
        s.sendall(post("/v1/runs", run_request("long.clnrm.toml"), f"Accept: {accept}\r\n"))
        wait_for("its sandbox", lambda: sandboxes("long/sleeps"))
        s.close()
        wait_for("the sandbox to go", lambda: not sandboxes("long/sleeps"))
        wait_for("its end", lambda: problem(get("/v1/runs?limit=1"))["runs"][0]["state"] == "cancelled")


def dies_while_suspended():
    """A request that waits (the end of a run that is cancelled) and whose client is killed."""
    s = connect()
    s.sendall(post("/v1/runs", run_request("stubborn.clnrm.toml"), "Accept: application/x-ndjson\r\n"))
    wait_for("its sandbox", lambda: sandboxes("stubborn/sleeps"))
    code = ("import socket,sys,time; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            "s.sendall(b'POST /v1/runs HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n' % len(sys.argv[2])"
            " + sys.argv[2].encode()); print('sent', flush=True); time.sleep(60)")
    clients = [subprocess.Popen([sys.executable, "-c", code, SOCKET, json.dumps(run_request("long.clnrm.toml"))],
                                stdout=subprocess.PIPE) for _ in range(3)]
    for c in clients:
        c.stdout.readline()
    wait_for("their sandboxes", lambda: len(sandboxes("long/sleeps")) == 3)
    for c in clients:
        c.send_signal(signal.SIGKILL)
        c.wait()
        c.stdout.close()
    wait_for("their sandboxes to go", lambda: not sandboxes("long/sleeps"))
    s.close()
    wait_for("its sandbox to go", lambda: not sandboxes("stubborn/sleeps"))


def vanishing_clients():
    """Closed at every stage: before, within and after the request, and while the answer comes."""
    whole = post("/v1/runs", run_request("one.clnrm.toml"), "Accept: application/x-ndjson\r\n")
    for cut in (0, 1, 20, len(whole) - 5, len(whole)):
        for _ in range(10):
            s = connect()
            send_all(s, whole[:cut])
            s.close()
    wait_for("all runs to end", lambda: not sandboxes("one/good"))


# ---- mutations ----

SEEDS = [
    b"GET /v1/version HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n",
    b"GET /v1/runs?limit=5&before=abcd&test=x HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/runs/latest?form=junit&dialect=gitlab HTTP/1.0\r\n\r\n",
    b"GET /v1/metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text\r\n\r\n",
    post("/v1/validate", {"cwd": "/", "paths": ["x"], "options": {"filter": ["a*"]}}),
    post("/v1/runs", {"cwd": DIR, "paths": ["one.clnrm.toml"], "options": {"jobs": 2, "list": True}}),
    post("/v1/config", {"cwd": DIR, "key": "cli.jobs", "env": {"A": "b"}}),
    post("/v1/pool/drain", {"image": "none"}),
    b"PATCH /v1/runs/abcd/view HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{\"columns\":90}",
    b"POST /v1/gc?dry_run=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
]
TOKENS = [b"\r\n", b"\r\n\r\n", b"\x00", b"%00", b":", b" ", b"HTTP/1.1", b"-1", b"99999999999999999999", b"{", b"}",
          b'"', b"\\u0000", b"\xff", b"Content-Length: 7\r\n", b"Connection: close\r\n", b"../", b"?", b"&&==", b"[[[["]
# A mutation must not become a request that ends the daemon: that is what it is for.
FORBIDDEN = (b"shutdown",)


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        how = rng.randrange(5)
        if how == 0 and data:
            data[at % len(data)] = rng.randrange(256)
        elif how == 1:
            del data[at:at + rng.randint(1, 20)]
        elif how == 2:
            data[at:at] = rng.choice(TOKENS)
        elif how == 3:
            data[at:at] = data[at:at + rng.randint(1, 40)]
        else:
            other = rng.choice(SEEDS)
            data[at:] = other[rng.randrange(len(other)):]
    return bytes(data)


def send_mutation(seed, i, data):
    answer = ask(data)
    assert answer is not None, f"seed {seed}, mutation {i}: neither answer nor close: {data!r}"
    assert not answer or answer.startswith(b"HTTP/1."), f"seed {seed}, mutation {i}: {answer[:80]!r}"
    assert status(answer) < 500, f"seed {seed}, mutation {i}: {data!r}: {answer[:300]!r}"


def mutations():
    n = int(os.environ.get("HTTP_MUTATIONS") or 1000)
    seed = int(os.environ.get("SEED") or 20)
    rng = random.Random(seed)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        sent = []
        for i in range(n):
            data = mutate(rng, rng.choice(SEEDS))
            if not any(word in data for word in FORBIDDEN):
                sent.append(pool.submit(send_mutation, seed, i, data))
            if i % 500 == 499 or i == n - 1:
                for one in sent:
                    one.result()
                sent = []
                is_well()


CASES = [garbage, bad_framing, pipelining, too_long, large_bodies, depth, paths_and_methods, full_house,
         half_close, disconnect, dies_while_suspended, vanishing_clients, reader_that_never_reads,
         silent_and_slow, mutations]


def main():
    wanted = sys.argv[3:]
    for case in CASES:
        if wanted and case.__name__ not in wanted:
            continue
        began = time.monotonic()
        try:
            case()
            is_well()
        except Exception as e:  # whatever it is, the case is named
            print(f"{case.__name__}: {type(e).__name__}: {e}")
            raise
        print(f"ok {case.__name__} {time.monotonic() - began:.1f} s", flush=True)


main()
