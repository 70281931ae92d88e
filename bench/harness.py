"""What the comparisons share: servers as processes, load, rounds in turns, ratios and their report.

The standard library alone. Peers come from Debian and PyPI; what a comparison makes lies in bench/out/NAME, or in
$VOLANT_BENCH_OUT/NAME.
"""
import argparse
import http.client
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time
import venv

BENCH = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(BENCH)
OUT = os.environ.get("VOLANT_BENCH_OUT", os.path.join(BENCH, "out"))
TICKS = os.sysconf("SC_CLK_TCK")


def arguments(description, rounds=5, seconds=10):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help="of each side, in turns")
    parser.add_argument("--seconds", type=float, default=seconds, help="of load a round")
    parser.add_argument("--volant", default=os.path.join(ROOT, "build", "release", "volant"))
    return parser


def need(*programs):
    """Refuses to start without the peers' programs."""
    missing = [p for p in programs if shutil.which(p) is None and not os.path.exists(p)]
    if missing:
        sys.exit(
            f"not there: {' '.join(missing)}; tools/install-packages bench installs the peers,"
            " and `make everything` builds the rest"
        )


def fresh(*path):
    """An empty folder under bench/out."""
    folder = os.path.join(OUT, *path)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def python_with(*packages):
    """The interpreter of a virtual environment in bench/out that has `packages`."""
    folder = os.path.join(OUT, "venv")
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "-q", "install", *packages], check=True)
    return python


class Server:
    """A server and the processes it starts. Pinned to `core` if one is given."""

    def __init__(self, command, core=None, cwd=None, log=None, env=None):
        pin = [] if core is None else ["taskset", "-c", str(core)]
        self.log = open(log, "ab") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            pin + command, cwd=cwd, stdout=self.log, stderr=self.log, env={**os.environ, **(env or {})}
        )

    def pids(self):
        children = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat") as file:
                        parent = int(file.read().rsplit(")", 1)[1].split()[1])
                    children.setdefault(parent, []).append(int(entry))
                except OSError:
                    pass
        found, look = [], [self.process.pid]
        while look:
            pid = look.pop()
            found.append(pid)
            look += children.get(pid, [])
        return found

    def cpu_seconds(self):
        """Of the whole tree, ended children included."""
        total = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/stat") as file:
                    total += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:15]))
            except OSError:
                pass
        return total / TICKS

    def rss_mib(self):
        """Resident memory of the tree; pages that processes share count in each."""
        total = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/status") as file:
                    total += sum(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
            except OSError:
                pass
        return total / 1024

    def stop(self, sign=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sign)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def ask(port, method, path, body=None, kind="application/json"):
    """One request on a connection of its own: the status, and the answer as JSON or text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if body is not None else {})
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, text


def wait_for(port, path, seconds=120, every=0.002):
    """Seconds until the first 200."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        try:
            if ask(port, "GET", path)[0] == 200:
                return time.monotonic() - start
        except OSError:
            pass
        time.sleep(every)
    sys.exit(f"nothing answered on port {port}{path} in {seconds} s")


class Volant(Server):
    """`volant serve` of a workspace made from `specification`, a path."""

    def __init__(self, program, specification, folder, port, core=None):
        self.port, self.folder = port, folder
        os.makedirs(folder, exist_ok=True)
        shutil.copy(specification, os.path.join(folder, "volant.yaml"))
        super().__init__(
            [program, "-w", folder, "serve", "--port", str(port)], core, log=os.path.join(folder, "log.txt")
        )
        self.started_s = wait_for(port, "/readyz")

    def status(self):
        return ask(self.port, "GET", "/v1/status")[1]

    def records(self):
        return self.status()["stages"]["log"]["records"]

    def syncs(self):
        return self.status()["stages"]["log"]["syncs"]


class Load:
    """Load by bench/load: requests of a file, lines of `PATH BODY`, sent by one thread over N connections."""

    PROGRAM = os.path.join(ROOT, "build", "release", "bench_load")

    def __init__(self, requests, core=None):
        need(self.PROGRAM)
        self.requests, self.pin = requests, [] if core is None else ["taskset", "-c", str(core)]
        self.numbers = 1  # the next one for an id: no two runs give the same

    def run(self, port, connections, seconds, batch=1, rate=0):
        """One line of JSON as a dictionary; bench/load/README.md has the fields."""
        command = self.pin + [
            self.PROGRAM, "--port", str(port), "--requests", self.requests, "--connections", str(connections),
            "--seconds", str(seconds), "--batch", str(batch), "--rate", str(rate), "--first-number", str(self.numbers),
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench_load failed: {done.stdout}{done.stderr}")
        result = json.loads(done.stdout)
        self.numbers += result["numbers"]
        return result


def stolen_ms():
    """How long the host of a virtual machine has kept its cores from running so far, all together."""
    with open("/proc/stat") as file:
        return 1000 * int(file.readline().split()[8]) / TICKS


def in_turns(rounds, sides):
    """Runs each side once a round, the order reversed every second round: {side: [result of each round]}.

    Each result says how long the host stopped the machine meanwhile: a tail is then the host's, not the server's."""
    results = {name: [] for name, _ in sides}
    for turn in range(rounds):
        for name, run in sides if turn % 2 == 0 else reversed(sides):
            before = stolen_ms()
            results[name].append(run(turn))
            results[name][-1].setdefault("stolen_ms", round(stolen_ms() - before))
            print(f"  round {turn + 1}, {name}: {json.dumps(results[name][-1])}", flush=True)
    return results


def ratios(volant, peer, key, lower_is_better=False):
    """Of each round, with median and quartiles: how many times better Volant was."""
    each = [p[key] / v[key] if lower_is_better else v[key] / p[key] for v, p in zip(volant, peer)]
    low, _, high = statistics.quantiles(each, n=4, method="inclusive") if len(each) > 1 else each * 3
    return {
        "each": [round(r, 3) for r in each],
        "median": round(statistics.median(each), 3),
        "quartiles": [round(low, 3), round(high, 3)],
    }


def median(results, key):
    return statistics.median(r[key] for r in results)


def version_of(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[0]


def machine():
    """Where a result comes from, the load of others included: a busy machine shows here."""
    model = "unknown"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load_1m_before": os.getloadavg()[0],
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def report(name, result, lines):
    """Prints `lines`; keeps them, and `result`, in bench/out/NAME."""
    folder = os.path.join(OUT, name)
    os.makedirs(folder, exist_ok=True)
    here = result["machine"]
    text = "\n".join(
        [f"{name}: {here['processor']}, {here['cores']} cores, load {here['load_1m_before']:.1f} before, {here['time']}"]
        + lines
    )
    print(text)
    with open(os.path.join(folder, "result.txt"), "w") as file:
        file.write(text + "\n")
    with open(os.path.join(folder, "result.json"), "w") as file:
        json.dump(result, file, indent=1)
