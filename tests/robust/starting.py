#!/usr/bin/env python3
"""How a server starts, or says why not: exit codes, damaged logs, disks without room.

    starting.py VOLANT
"""
import os
import stat
import subprocess
import sys
import time

from server import READY_SECONDS, Workspace, check

MAGIC = b"\xffVolLog\n"
COUNT = 40
LONG, LONG_BATCHES = 5_000, 40  # events a batch: a log that takes a while to read


def fill(server, first=0):
    for i in range(first, first + COUNT):
        server.expect(200, None, "POST", "/v1/events",
                      {"event": "open", "user": f"u{i % 7}", "item": "i1", "id": f"e{i}"})


def events_kept(server):
    return len(server.expect(200, None, "GET", "/v1/events?event=open&limit=1000")["items"])


def port_and_lock(volant):
    with Workspace(volant) as one, Workspace(volant) as other:
        one.start()
        other.refuses_to_start(3, str(one.port), port=one.port)
        one.refuses_to_start(3, "volant", port=other.port)  # the same workspace, another port
        one.stop()
        one.start()


def specification(volant):
    with Workspace(volant, more="serverr: { port: 1 }\n") as server:
        line = (server.folder / "volant.yaml").read_text().count("\n")
        server.refuses_to_start(2, f"volant.yaml:{line}:", "serverr", "server")
        (server.folder / "volant.yaml").unlink()
        server.refuses_to_start(2, "volant.yaml")


def filled(volant):
    """A workspace that died with its log and without a snapshot, and the segment's path."""
    server = Workspace(volant).start()
    fill(server)
    server.process.kill()
    server.process.wait()
    return server, sorted((server.folder / "data/log").glob("*.seg"))[0]


def torn_tail(volant):
    server, segment = filled(volant)
    with server:
        data = bytearray(segment.read_bytes())
        last = data.rfind(MAGIC)
        data[last + 70:last + 80] = b"\xaa" * 10
        segment.write_bytes(data)
        server.start()
        check(COUNT - 1 <= events_kept(server) <= COUNT, "more was lost than the tail")
        fill(server, COUNT)
        server.stop()
        server.start()
        check(events_kept(server) >= 2 * COUNT - 1, "what came after the torn tail is not there")


def corrupt_middle(volant):
    server, segment = filled(volant)
    with server:
        data = bytearray(segment.read_bytes())
        batches = [i for i in range(0, len(data), 8) if data[i:i + 8] == MAGIC]
        at = batches[len(batches) // 2]
        data[at + 66] ^= 0xff
        segment.write_bytes(data)
        server.refuses_to_start(4, segment.name, str(at))


def told_to_stop_while_it_reads(volant):
    with Workspace(volant).start() as server:
        for batch in range(LONG_BATCHES):
            events = [{"event": "open", "user": f"u{i % 997}", "item": f"i{i % 83}", "id": f"e{batch}-{i}"}
                      for i in range(LONG)]
            server.expect(200, None, "POST", "/v1/events", events)
        server.process.kill()
        server.process.wait()
        server.process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                          text=True)
        end, status = time.monotonic() + READY_SECONDS, 0
        while status == 0 and time.monotonic() < end:
            try:
                status = server.ask("GET", "/readyz")[0]
            except OSError:
                pass
        server.process.terminate()
        said = server.process.communicate(timeout=READY_SECONDS)[1]
        code = server.process.returncode
        check(code == (130 if "interrupted while" in said else 0), f"ended with {code}: {said}")
        if code == 0:
            print("the log was read before the signal came")
        server.start()
        counted = server.expect(200, None, "GET", "/v1/status")["stages"]["collect"]["events"]
        check(counted == LONG * LONG_BATCHES, f"{counted} events are left")


def read_only(volant):
    if os.geteuid() == 0:
        print("skipped: root may write anywhere")
        return
    with Workspace(volant) as server:
        (server.folder / "data").mkdir()
        (server.folder / "data").chmod(stat.S_IRUSR | stat.S_IXUSR)
        server.refuses_to_start(3, "data")


def main():
    volant = os.path.abspath(sys.argv[1])
    for part in (port_and_lock, specification, torn_tail, corrupt_middle,
                 told_to_stop_while_it_reads, read_only):
        part(volant)
        print("ok", part.__name__, flush=True)


main()
