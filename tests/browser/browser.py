"""browser.py - Chromium without a window, through chromedriver's HTTP interface (W3C WebDriver)."""
import json, socket, subprocess, tempfile, time, urllib.error, urllib.request

KEYS = {"Down": "\ue015", "Up": "\ue013", "Left": "\ue012", "Right": "\ue014", "End": "\ue010", "Home": "\ue011",
        "PageDown": "\ue00f", "Enter": "\ue007", "Tab": "\ue004", "Escape": "\ue00c"}


class Browser:
    def __init__(self, profile, *arguments):
        self.log = tempfile.TemporaryFile()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}"], stdout=self.log, stderr=self.log)
        self._wait()
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                            "--window-size=1280,1000", f"--user-data-dir={profile}", "--disable-background-networking",
                            "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", *arguments]}
        caps = {"browserName": "chrome", "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self.session = ""
        self.session = "/session/" + self.ask("POST", "/session", {"capabilities": {"alwaysMatch": caps}})["sessionId"]

    def _wait(self):
        end = time.monotonic() + 30
        while True:
            try:
                return self.ask("GET", "/status", bare=True)
            except OSError:
                if self.driver.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def ask(self, method, path, body=None, bare=False):
        path = path if bare else self.session + path if getattr(self, "session", "") else path
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise AssertionError(e.read().decode()[:800]) from None

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def js(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def keys(self, *names):
        """Presses keys one after the other; a name of KEYS, else each character."""
        presses = [k for n in names for k in ([KEYS[n]] if n in KEYS else list(n))]
        actions = [a for k in presses for a in ({"type": "keyDown", "value": k}, {"type": "keyUp", "value": k})]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def until(self, script, *arguments):
        end = time.monotonic() + 30
        while not (value := self.js(script, *arguments)):
            assert time.monotonic() < end, "waited in vain for: " + script
            time.sleep(0.02)
        return value

    def cdp(self, command, **parameters):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def requests(self):
        """What was to be asked for since the last time, and whether the policy forbade it."""
        events = [json.loads(e["message"])["message"] for e in self.ask("POST", "/se/log", {"type": "performance"})]
        blocked = {e["params"]["requestId"] for e in events if e["params"].get("blockedReason") == "csp"}
        return [(e["params"]["request"]["url"], e["params"]["requestId"] in blocked)
                for e in events if e["method"] == "Network.requestWillBeSent"]

    def said(self):
        """The console, errors and violations of the policy too."""
        return [e["message"] for e in self.ask("POST", "/se/log", {"type": "browser"})]

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
