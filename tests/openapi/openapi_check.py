#!/usr/bin/env python3
"""Schemathesis plays random and broken requests by /openapi.json: no answer is a 500 or one that the
document does not describe.

    openapi_check.py VOLANT [--template NAME]... [--seconds N] [--seed N] [--venv DIR]

It needs the package `schemathesis`. Where this Python has none it is installed into a virtual
environment, DIR. Where that cannot be (no DIR, no registry) the check is skipped: exit code 77 and
the reason. Else 0, or 1 with what was found and a curl line for each.
"""
import argparse
import importlib.util
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

SKIPPED = 77
READY_SECONDS = 60
INSTALL_SECONDS = 180
PACKAGE = "schemathesis==4.32.5"
# What a request should have been refused for is for the parser's own tests; here counts what comes back.
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_headers_conformance", "response_schema_conformance", "unsupported_method",
          "allow_header_conformance"]


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def python_with_schemathesis(venv):
    """The Python to run it with; the virtual environment is made on first use."""
    if importlib.util.find_spec("schemathesis"):
        return sys.executable
    if venv is None:
        skip(f"no package schemathesis in {sys.executable}, and no --venv to install it into")
    python, ready = venv / "bin/python", venv / "ready"
    if not ready.exists():
        for command in [
                [sys.executable, "-m", "venv", "--clear", str(venv)],
                [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--retries", "1", "--timeout", "15", PACKAGE]]:
            try:
                subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
            except subprocess.TimeoutExpired:
                skip(f"{' '.join(command)} took more than {INSTALL_SECONDS} s")
            except subprocess.CalledProcessError as error:
                skip(f"{' '.join(command)}: {(error.stderr or error.stdout).strip()[-300:]}")
        ready.touch()
    return str(python)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(server, port):
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            sys.exit(f"the server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"not ready after {READY_SECONDS} s")


def check_template(volant, python, template, seconds, seed):
    with tempfile.TemporaryDirectory(prefix="volant-openapi-") as folder:
        workspace = pathlib.Path(folder) / template
        subprocess.run([volant, "new", template, str(workspace)], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        with open(pathlib.Path(folder) / "server.log", "w") as log:
            server = subprocess.Popen([volant, "-w", str(workspace), "serve", "--port", str(port)],
                                      stdout=log, stderr=log)
        try:
            wait_until_ready(server, port)
            ran = subprocess.run(
                [python, "-m", "schemathesis.cli", "run",
                 f"http://127.0.0.1:{port}/openapi.json", "--checks", ",".join(CHECKS),
                 "--phases", "coverage,fuzzing", "--max-time", str(seconds), "--seed", str(seed),
                 "--max-examples", "30", "--no-shrink", "--continue-on-failure",
                 "--suppress-health-check", "all", "--warnings", "off"],
                cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            alive = server.poll() is None
        finally:
            server.terminate()
            code = server.wait(timeout=60)
        print(f"== {template}\n{ran.stdout}")
        if not alive or code != 0:
            print(f"the server ended with {code}")
            return False
        if "Empty test suite" in ran.stdout:
            print("nothing was tried in that time")
            return False
        return ran.returncode == 0


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("volant")
    arguments.add_argument("--template", action="append")
    arguments.add_argument("--seconds", type=int, default=25, help="for each template")
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--venv", type=lambda path: pathlib.Path(path).absolute())
    given = arguments.parse_args()
    python = python_with_schemathesis(given.venv)
    volant = os.path.abspath(given.volant)
    good = [check_template(volant, python, template, given.seconds, given.seed)
            for template in given.template or ["ranking", "bookshop"]]
    sys.exit(0 if all(good) else 1)


main()
