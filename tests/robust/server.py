"""A server in a folder of its own, and a client that takes nothing for granted."""
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

READY_SECONDS = 60

SPECIFICATION = """
name: robust
subject: user
entities: { user: {}, item: {} }
events:
  open: { user: id, item: id, ms: int }
features:
  user.opens:  { count: open, by: user, window: 7d }
  user.recent: { last: open.item, by: user, n: 5 }
  item.opens:  { count: open, by: item, window: 1d }
  pair.opens:  { count: open, by: [user, item], window: 7d }
models:
  open_item:
    decide: { rank: item }
    outcome: { event: open, within: 30m, otherwise: 0 }
    features: [user.*, item.*, pair.*]
"""


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Workspace:
    """A folder with a volant.yaml; gone at the end of a `with`."""

    def __init__(self, volant, more="", data=None, specification=SPECIFICATION):
        self.volant, self.port, self.process = volant, free_port(), None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="volant-robust-"))
        (self.folder / "volant.yaml").write_text(specification + more)
        if data:
            os.symlink(data, self.folder / "data")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *arguments, port=None):
        return [self.volant, "-w", str(self.folder), "serve", "--port", str(port or self.port), *arguments]

    def start(self, environment=None):
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log,
                                            env={**os.environ, **(environment or {})})
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            check(self.process.poll() is None,
                  f"the server ended with {self.process.returncode}: {self.log_tail()}")
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        raise Failure(f"not ready after {READY_SECONDS} s")

    def refuses_to_start(self, code, *words, port=None):
        """Runs `serve`, which must end by itself with `code` and say `words`."""
        ran = subprocess.run(self.command(port=port), capture_output=True, text=True, timeout=READY_SECONDS)
        said = ran.stdout + ran.stderr
        check(ran.returncode == code, f"ended with {ran.returncode}, expected {code}: {said}")
        for word in words:
            check(word in said, f"expected {word!r} in: {said}")

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=READY_SECONDS)
        check(code == 0, f"SIGTERM ended with {code}: {self.log_tail()}")

    def log_tail(self):
        return (self.folder / "server.log").read_text()[-500:]

    def ask(self, method, path, body=None, headers=None):
        """(status, answer); the answer is parsed if it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            connection.request(method, path, body, headers or {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in b"{[" and text else text
        finally:
            connection.close()

    def send_raw(self, data, seconds=10):
        """Bytes as they are; what came back until the server closed or nothing came for `seconds`."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                answer = b""
                while chunk := connection.recv(1 << 16):
                    answer += chunk
                return answer
            except (ConnectionResetError, BrokenPipeError, TimeoutError):
                return b""

    def expect(self, status, code, method, path, body=None, headers=None):
        found, answer = self.ask(method, path, body, headers)
        said = str(answer)[:300]
        check(found == status, f"{method} {path} {str(body)[:60]}: {found}, expected {status}: {said}")
        if code:
            check(answer["error"]["code"] == code, f"{path} {str(body)[:60]}: expected {code}: {said}")
        return answer

    def resident_mb(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024
        return 0.0
