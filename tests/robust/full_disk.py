#!/usr/bin/env python3
"""A disk without room: writers get 503 storage_full, readers go on, and with room again all is well.

    full_disk.py VOLANT

It mounts a small tmpfs, so it needs to be root; else it is skipped (exit code 77).
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

from server import Workspace, check

SKIPPED = 77
DISK = "96m"
BALLAST_BYTES = 40 << 20
REQUESTS_MAX = 400


def write(server, name):
    events = [{"event": "open", "user": f"u{i}", "item": "i", "id": f"{name}-{i}",
               "properties": {"text": "x" * 1000}} for i in range(500)]
    return server.ask("POST", "/v1/events?atomic=true", events)


def run(volant, disk):
    with open(os.path.join(disk, "ballast"), "wb") as ballast:
        ballast.write(b"\1" * BALLAST_BYTES)
    data = os.path.join(disk, "data")
    os.mkdir(data)
    with Workspace(volant, more="log: { segment_bytes: 8MiB }\n", data=data) as server:
        server.start()
        accepted = 0
        for i in range(REQUESTS_MAX):
            status, answer = write(server, i)
            if status != 200:
                break
            accepted += answer["accepted"]
        check(status == 503, f"after {accepted} events: {status} {str(answer)[:200]}")
        check(answer["error"]["code"] == "storage_full", answer)
        check(accepted > 0, "the disk was full from the start")
        for path in ("/healthz", "/v1/status", "/v1/events?limit=1", "/metrics"):
            server.expect(200, None, "GET", path)
        os.unlink(os.path.join(disk, "ballast"))
        end = time.monotonic() + 20
        while (status := write(server, "again")[0]) != 200 and time.monotonic() < end:
            time.sleep(0.2)
        check(status == 200, f"with room again: {status}")
        server.stop()
        server.start()
        check(write(server, "again")[1]["accepted"] == 0, "what was acknowledged is not there")
        check(write(server, 0)[1]["accepted"] == 0, "what was acknowledged is not there")
        server.stop()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the disk does not stay mounted
    with tempfile.TemporaryDirectory(prefix="volant-disk-") as disk:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", disk],
                          stderr=subprocess.DEVNULL).returncode != 0:
            print("skipped: no right to mount a small disk")
            sys.exit(SKIPPED)
        try:
            run(os.path.abspath(sys.argv[1]), disk)
            print("ok")
        finally:
            subprocess.run(["umount", disk], check=True)


main()
