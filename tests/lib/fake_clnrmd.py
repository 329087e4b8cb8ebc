#!/usr/bin/python3
"""A daemon of canned answers, to test the client alone.

Takes its listener from CLNRM_LISTEN_FD, else binds --socket. Holds life.lock as clnrmd does.
What it answers is told by FAKE, a JSON file: {"METHOD /path": [step, ...]}, path without query; "*"
is the default. A step is {"status": 200, "headers": {...}, "frames": [["o", "text"], ["f 1", "x"]],
"body": "...", "part": n bytes a write, "hang": true, "drop": true, "die": true, "die_after": true, "after": "METHOD /path"}: the answer
goes on after that request came. Several answers: {"turns": [...]} one after the other.
Every request is appended to FAKE_LOG as one line of JSON.
"""
import argparse
import fcntl
import json
import os
import socket
import sys
import threading

FRAMES = "application/vnd.clnrm.frames"
came = {}          # "METHOD /path" -> number of requests
changed = threading.Condition()


def read_request(conn):
    data = b""
    while b"\r\n\r\n" not in data:
        part = conn.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    method, target, version = lines[0].split(" ")
    headers = {k.lower(): v.strip() for k, v in (l.split(":", 1) for l in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        part = conn.recv(65536)
        if not part:
            break
        body += part
    return {"method": method, "target": target, "version": version, "headers": headers,
            "body": body.decode("utf-8", "replace")}


def frame(kind, text):
    data = text.encode("utf-8", "surrogateescape")
    return f"{kind} {len(data)}\n".encode() + data


def send(conn, data, part):
    for i in range(0, len(data), part or max(1, len(data))):
        conn.sendall(data[i:i + (part or len(data))])


def answer(conn, what, spec):
    with changed:
        came[what] = came.get(what, 0) + 1
        nth = came[what]
        before = dict(came)
        changed.notify_all()
    if "turns" in spec:
        spec = spec["turns"][min(nth, len(spec["turns"])) - 1]
    if spec.get("die"):
        os._exit(1)
    if spec.get("drop"):
        return
    body = b"".join(frame(k, t) for k, t in spec.get("frames", [])) + spec.get("body", "").encode()
    kind = spec.get("type", FRAMES if "frames" in spec else "text/plain")
    head = f"HTTP/1.0 {spec.get('status', 200)} X\r\nContent-Type: {kind}\r\n"
    for k, v in spec.get("headers", {}).items():
        head += f"{k}: {v}\r\n"
    send(conn, head.encode() + b"\r\n" + body, spec.get("part", 0))
    if "after" in spec:
        with changed:
            changed.wait_for(lambda: came.get(spec["after"], 0) > before.get(spec["after"], 0), timeout=20)
        conn.sendall(b"".join(frame(k, t) for k, t in spec.get("then", [])))
    if spec.get("hang"):
        conn.recv(1)
    if spec.get("die_after"):
        os._exit(1)
    if what == "POST /v1/shutdown":
        conn.close()
        os._exit(0)


def serve(conn, specs, log):
    with conn:
        r = read_request(conn)
        if r is None:
            return
        what = f"{r['method']} {r['target'].split('?')[0]}"
        with changed:
            log.write(json.dumps(r) + "\n")
            log.flush()
        default = {"status": 404, "frames": [["e", f"error[not-found]: {what}\n"], ["x", "3"]]}
        if what == "GET /v1/version":
            default = {"type": "application/json", "body": '{"version":"1.0.0","pid":%d}' % os.getpid()}
        if what == "POST /v1/shutdown":
            default = {"status": 202, "type": "application/json", "body": "{}"}
        try:
            answer(conn, what, specs.get(what, specs.get("*", default)))
        except (BrokenPipeError, ConnectionResetError):
            pass


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--socket", required=True)
    args.add_argument("--log")
    args.add_argument("--foreground", action="store_true")
    args = args.parse_args()
    life = open(os.path.join(os.path.dirname(args.socket), "life.lock"), "a+")
    fcntl.flock(life, fcntl.LOCK_EX)
    life.truncate(0)
    life.write(f"{os.getpid()}\n")
    life.flush()
    if "CLNRM_LISTEN_FD" in os.environ:
        listener = socket.socket(fileno=int(os.environ["CLNRM_LISTEN_FD"]))
    else:
        listener = socket.socket(socket.AF_UNIX)
        if os.path.exists(args.socket):
            os.unlink(args.socket)
        listener.bind(args.socket)
        listener.listen(128)
    # The client passes only some variables on; these two have names that go through.
    spec_file = os.environ.get("CLNRM_FAKE")
    specs = json.load(open(spec_file)) if spec_file else {}
    log = open(os.environ.get("CLNRM_FAKE_LOG", os.devnull), "a")
    print("ready", file=sys.stderr, flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn, specs, log), daemon=True).start()


main()
