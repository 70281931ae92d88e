"""The built program as a user meets it: commands with and without a server, and what they refuse.

    python3 tests/cli/command_line_test.py build/dev/volant [TestCase[.test]]
"""
import csv
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/dev/volant"
PATIENCE = 60  # seconds; a slow machine is no failure


def run(*words, cwd=None, env=None):
    return subprocess.run(
        [PROGRAM, *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, "NO_COLOR": "1", **(env or {})})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`volant serve` on a port of its own, ready when __enter__ returns."""

    def __init__(self, folder, *words):
        self.folder, self.words, self.port = folder, words, free_port()

    def __enter__(self):
        self.log = open(self.folder / "serve.log", "w")
        self.process = subprocess.Popen(
            [PROGRAM, "-w", str(self.folder), "serve", "--port", str(self.port), *self.words],
            stderr=self.log)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz").status == 200:
                    return self
            except OSError:
                pass
            assert self.process.poll() is None, (self.folder / "serve.log").read_text()
            time.sleep(0.02)
        raise AssertionError("the server did not become ready")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.log.close()
        assert code == 0, f"serve ended with {code}: " + (self.folder / "serve.log").read_text()

    def post(self, path, body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request))

    def get(self, path):
        return json.load(urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}"))


class Case(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="volant-cli-"))
        self.addCleanup(shutil.rmtree, self.home)

    def new(self, template, name="shop"):
        ended = run("new", template, name, cwd=self.home)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return self.home / name

    def good(self, *words, **options):
        ended = run(*words, **options)
        self.assertEqual(ended.returncode, 0, f"{words}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def refused(self, code, pattern, *words, **options):
        ended = run(*words, **options)
        self.assertEqual(ended.returncode, code, f"{words}: {ended.stdout}{ended.stderr}")
        self.assertRegex(ended.stderr, pattern)
        return ended


def impressions(path, rows=3000):
    """Clicks that depend on the site alone, in a fixed pattern."""
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["at", "site", "device", "hour", "position", "banner", "click"])
        for i in range(rows):
            site = "abc"[i % 3]
            click = (i // 3) % 10 < {"a": 7, "b": 2, "c": 1}[site]
            out.writerow([f"2026-01-{1 + i // 200:02} {i % 24:02}:00:00Z", site, "mobile", i % 24,
                          i % 5, f"b{i % 4}", str(click).lower()])


class Histories(Case):
    """Several files of history: the log takes them in the order in which they come."""

    def import_days(self, event, days, *words):
        path = self.home / "history.csv"
        with open(path, "w") as file:
            file.write("user,item,at\n" + "".join(f"u{day},i1,2024-01-{day:02}T10:00:00Z\n" for day in days))
        return run("-w", self.shop, "import", path, "--events", event, "--map", "time=at", *words)

    def test_a_type_that_is_not_declared_is_warned_of(self):
        self.shop = self.new("ranking")
        self.assertRegex(self.import_days("opn", [1]).stderr,
                         'warning: volant.yaml declares no event "opn".*did you mean "open"')

    def test_one_that_lies_before_what_is_there_is_warned_of(self):
        self.shop = self.new("ranking")
        self.assertNotIn("warning", self.import_days("open", range(10, 20)).stderr)
        self.assertNotIn("warning", self.import_days("open", range(10, 20)).stderr, "all are duplicates")
        self.assertNotIn("warning", self.import_days("buy", range(20, 25)).stderr, "it lies behind")
        late = self.import_days("buy", range(5, 15))
        self.assertEqual(late.returncode, 0)
        self.assertRegex(late.stderr, "warning: events from 2024-01-05T10:00:00 on came behind events up to "
                                      "2024-01-24T10:00:00")
        self.assertIn("--map event=COLUMN", late.stderr)
        again = json.loads(self.import_days("buy", range(6, 9), "--json").stdout)
        self.assertEqual(again["duplicates"], 0, "another file, other ids")
        self.assertEqual(len(again["warnings"]), 1)
        self.assertEqual(json.loads(self.import_days("buy", range(6, 9), "--json").stdout)["warnings"], [])


class Clicks(Case):
    """new, import, train, evaluate, promote, predict, replay: without a server."""

    def setUp(self):
        super().setUp()
        self.shop = self.new("clicks")
        impressions(self.home / "history.csv")

    def import_history(self):
        return json.loads(self.good("-w", self.shop, "import", self.home / "history.csv",
                                    "--events", "impression", "--map", "time=at", "--json"))

    def test_the_same_bytes_again_change_nothing(self):
        first = self.import_history()
        self.assertEqual((first["rows"], first["accepted"], first["refused"]), (3000, 3000, 0))
        types = {column["name"]: column["type"] for column in first["columns"]}
        self.assertEqual((types["hour"], types["click"], types["at"]), ("int", "bool", "time"))
        again = self.import_history()
        self.assertEqual((again["accepted"], again["duplicates"]), (0, 3000))
        status = json.loads(self.good("status", "--json", cwd=self.shop))
        self.assertEqual(status["stages"]["collect"]["events"], 3000)

    def test_refused_rows_have_a_line_and_a_reason(self):
        with open(self.home / "history.csv", "a") as file:
            file.write("nonsense,a,mobile,1,1,b1,true\n")
        ended = self.good("-w", self.shop, "import", self.home / "history.csv", "--events",
                          "impression", "--map", "time=at")
        self.assertRegex(ended, r'refused 1 \(first in line 3002\): at: found "nonsense"')

    def test_history_to_predictions(self):
        self.import_history()
        trained = json.loads(self.good("train", "click", "--json", cwd=self.shop))
        self.assertEqual(sorted(trained), ["digest", "job", "metrics", "model", "version"])
        self.assertEqual((trained["model"], trained["version"]), ("click", 1))
        jobs = json.loads(self.good("jobs", "--json", cwd=self.shop))["items"]
        self.assertEqual([(job["job"], job["state"], job["version"], job["digest"]) for job in jobs],
                         [(trained["job"], "done", 1, trained["digest"])])
        shown = run("jobs", cwd=self.shop)
        self.assertRegex(shown.stdout, r"1 +click +done")
        self.assertIn("no server runs", shown.stderr)
        self.refused(2, "no server runs", "jobs", "--cancel", trained["job"], cwd=self.shop)
        scores = json.loads(self.good("evaluate", "click", "--json", cwd=self.shop))
        self.assertEqual(sorted(scores), ["metrics", "model", "rows", "slices", "split", "version"])
        self.assertEqual(scores["rows"], 600, "a fifth was set aside")
        metrics = {score["name"]: score for score in scores["metrics"]}
        self.assertLess(metrics["log_loss"]["value"], metrics["log_loss"]["baseline"])
        live = json.loads(self.good("models", "click", "--json", cwd=self.shop))["live"]
        if live == 0:
            self.assertIn("version 1 serves now", self.good("promote", "click", 1, "--why",
                                                            "a test", cwd=self.shop))
        self.refused(2, "version 1 serves already", "promote", "click", 1, cwd=self.shop)

        (self.shop / "in.csv").write_text(
            "note,site,device,hour,position,banner,error\n"
            '"a, quoted",a,mobile,1,1,b1,x\nplain,c,mobile,1,1,b1,\nbad,c,mobile,noon,1,b1,\n')
        before = (self.shop / "in.csv").read_text()
        self.refused(2, "which is the file of --in", "predict", "click", "--in", "in.csv", "--out",
                     self.shop / "in.csv", cwd=self.shop)
        self.assertEqual((self.shop / "in.csv").read_text(), before)
        self.assertRegex(run("predict", "click", "--in", "in.csv", "--out", "out.csv", cwd=self.shop).stderr,
                         "3 rows, 1 with an error\nthe first error: .*noon")
        with open(self.shop / "out.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), ["note", "site", "device", "hour", "position", "banner",
                                         "error", "label", "score", "volant_error"])
        self.assertEqual(rows[0]["note"], "a, quoted")
        self.assertGreater(float(rows[0]["score"]), float(rows[1]["score"]))
        self.assertIn("noon", rows[2]["volant_error"])
        self.assertEqual(json.loads(self.good("status", "--json", cwd=self.shop))
                         ["stages"]["deploy"]["predictions"], 0, "a dry run logs nothing")

        self.good("predict", "click", "--in", "in.csv", "--out", "out.ndjson", "--log",
                  cwd=self.shop)
        replayed = json.loads(self.good("replay", "--verify", "--json", cwd=self.shop))
        self.assertEqual((replayed["exact"], replayed["mismatched"]), (2, 0))
        self.assertIn("baseline", self.good("rollback", "click", cwd=self.shop)
                      + self.good("models", cwd=self.shop))
        self.assertRegex(self.good("log", "verify", cwd=self.shop), "^ok: ")

    def test_training_on_nothing_says_so(self):
        self.refused(2, "examples", "train", "click", cwd=self.shop)

    def test_unknown_models_are_named(self):
        self.refused(2, "klick", "train", "klick", cwd=self.shop)
        self.refused(2, 'did you mean "click"', "predict", "klick", "--in", "x.csv", cwd=self.shop)


class Shop(Case):
    """The same commands while the server runs."""

    def test_the_loop_through_the_server(self):
        shop = self.new("ranking")
        with Server(shop) as server:
            server.post("/v1/events", [
                {"event": "$set", "item": f"i{i}", "properties": {"category": f"c{i % 2}"}}
                for i in range(6)])
            answer = server.post("/v1/predict/open_item", {"user": "u1", "k": 3})
            server.post("/v1/feedback", {"prediction_id": answer["prediction_id"], "outcome": 1,
                                         "item": answer["ranking"][0]["item"]})
            text = self.good("status", cwd=shop)
            self.assertIn(f"http://127.0.0.1:{server.port}", text)
            self.assertRegex(text, r"deploy +1 predictions")
            self.refused(2, "examples", "train", "open_item", cwd=shop)
            self.assertIn("failed", self.good("jobs", cwd=shop))
            (shop / "in.ndjson").write_text('{"user":"u1"}\n{"user":"u2"}\n')
            self.good("predict", "open_item", "--in", "in.ndjson", "--out", "out.csv", "--k", 2,
                      cwd=shop)
            with open(shop / "out.csv", newline="") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual([(row["row"], row["rank"]) for row in rows],
                             [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")])
            (shop / "history.csv").write_text(
                "who,what,when\nu1,i1,2026-01-01T00:00:00Z\nu1,i2,2026-01-02T00:00:00Z\n")
            history = ("import", "history.csv", "--events", "open", "--map",
                       "user=who,item=what,time=when", "--json")
            self.assertEqual(json.loads(self.good(*history, cwd=shop))["accepted"], 2)
            self.assertEqual(json.loads(self.good(*history, cwd=shop))["duplicates"], 2)
            stored = server.get("/v1/events?user=u1&to=2026-02-01T00:00:00Z")
            self.assertEqual([item["known_at"] for item in stored["items"]],
                             [item["time"] for item in stored["items"]])
            self.assertEqual(len(stored["items"]), 2)
            self.refused(3, f"process {server.process.pid}", "serve", cwd=shop)
            other = self.new("clicks", "other")
            self.refused(3, str(server.port), "serve", "--port", server.port, cwd=other)
            self.assertRegex(self.good("log", "stat", cwd=shop), r"prediction +1")
        self.assertIn("no server runs", self.good("status", cwd=shop))

    def test_a_backup_beside_the_server_is_a_workspace(self):
        shop = self.new("ranking")
        other = self.home / "other"
        with Server(shop) as server:
            server.post("/v1/events", {"event": "open", "user": "u1", "item": "i1"})
            answer = server.post("/v1/predict/open_item", {"user": "u1"})
            made = json.loads(self.good("backup", self.home / "a.tar.zst", "--json", cwd=shop))
            self.assertEqual(made["lsn"], answer["lsn"])
            server.post("/v1/events", {"event": "open", "user": "u1", "item": "i2"})
            self.assertEqual(list((shop / "data/tmp").iterdir()), [])
        self.assertIn("3 records", self.good("-w", other, "restore", self.home / "a.tar.zst"))
        with Server(other) as server:
            stored = server.get("/v1/predictions/" + answer["prediction_id"])
            self.assertEqual(stored["ranking"], answer["ranking"])
            self.assertEqual(len(server.get("/v1/events")["items"]), 1)
            server.post("/v1/events", {"event": "open", "user": "u1", "item": "i3"})
        self.assertRegex(self.good("replay", "--verify", cwd=other), r"exact +1\n")
        # In process too; and nothing is written over, or half restored.
        self.good("backup", self.home / "b.tar.zst", cwd=other)
        self.refused(2, "expected a folder without a workspace", "-w", other, "restore",
                     self.home / "b.tar.zst")
        whole = (self.home / "b.tar.zst").read_bytes()
        (self.home / "cut.tar.zst").write_bytes(whole[:len(whole) // 2])
        third = self.home / "third"
        self.refused(4, "cut", "-w", third, "restore", self.home / "cut.tar.zst")
        self.assertFalse(third.exists())
        self.refused(3, "no file", "-w", third, "restore", self.home / "nowhere")

    def test_keys(self):
        shop = self.new("ranking")
        self.refused(2, "volant keys create", "serve", "--listen", "0.0.0.0", "--port",
                     free_port(), cwd=shop)
        key = self.good("keys", "create", "--scope", "read,admin", "--name", "me",
                        cwd=shop).strip()
        with Server(shop, "--listen", "0.0.0.0"):
            self.refused(2, "--key", "status", cwd=shop)
            self.good("status", "--key", key, cwd=shop)
            listed = json.loads(self.good("keys", "list", "--json", cwd=shop,
                                          env={"VOLANT_KEY": key}))["items"]
            self.assertEqual([each["name"] for each in listed], ["me"])
        self.good("keys", "revoke", listed[0]["id"], cwd=shop)


class Refusals(Case):
    def test_usage(self):
        for words, pattern in [
                (["stauts"], 'did you mean "status"'),
                (["train"], "MODEL is required"),
                (["new", "rankin", "x"], 'did you mean "ranking"'),
                (["new", "ranking"], "DIR"),
                (["serve", "--prot", "1"], 'did you mean "--port"'),
                (["serve", "--port", "abc"], "abc"),
                (["status"], "no volant.yaml"),
                (["-w", "nowhere", "status"], "nowhere"),
                (["serve", "--port", "99999"], "65535"),
                (["log", "dump", "--limit", "-1"], "--limit"),
                (["log", "dump", "--type", "nonsense"], "prediction"),
                (["log", "dmp"], 'did you mean "dump"')]:
            with self.subTest(words=words):
                self.refused(2, pattern, *words, cwd=self.home)

    def test_names_that_are_not_known(self):
        shop = self.new("ranking")
        self.refused(2, "expected an IP address", "-w", shop, "serve", "--listen", "localhost")
        self.refused(2, 'did you mean "open_item"', "-w", shop, "decisions", "--model", "open_itm")

    def test_a_folder_that_cannot_be_made_is_the_machines_no(self):
        self.refused(3, "/proc/none", "new", "ranking", "/proc/none")

    def test_a_typo_in_the_workspace(self):
        shop = self.new("ranking")
        text = (shop / "volant.yaml").read_text()
        line = next(i for i, each in enumerate(text.split("\n"), 1) if "holdback:" in each)
        (shop / "volant.yaml").write_text(text.replace("holdback:", "holdbak:"))
        for command in ["validate", "serve", "status"]:
            self.refused(2, rf'volant.yaml:{line}:\d+: .*holdbak.*did you mean "holdback"',
                         command, cwd=shop)

    def test_an_instruction_set_that_is_none(self):
        shop = self.new("ranking")
        self.refused(2, "scalar", "status", cwd=shop, env={"VOLANT_ISA": "sse9"})

    def test_a_damaged_log(self):
        shop = self.new("clicks")
        impressions(self.home / "history.csv", 100)
        self.good("-w", shop, "import", self.home / "history.csv", "--events", "impression",
                  "--map", "time=at")
        segment = next((shop / "data/log").glob("*.seg"))
        with open(segment, "r+b") as file:
            file.seek(200)
            file.write(b"\xff\xff\xff\xff")
        self.refused(4, re.escape(segment.name), "log", "verify", cwd=shop)


class Doctor(Case):
    def checks(self, code, *words, **options):
        ended = run(*words, "doctor", "--json", **options)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        return {check["name"]: check for check in json.loads(ended.stdout)["checks"]}

    def quiet_port(self, folder):
        with open(folder / "volant.yaml", "a") as file:
            file.write(f"\nserver: {{ port: {free_port()} }}\n")

    def test_a_healthy_workspace(self):
        shop = self.new("ranking")
        self.quiet_port(shop)
        self.assertEqual(self.checks(0, "-w", shop)["log"]["found"], "none yet")
        self.good("status", cwd=shop)
        checks = self.checks(0, "-w", shop)
        self.assertEqual(checks["lock"]["found"], "free")
        self.assertIn("every checksum is right", checks["log"]["found"])
        self.assertIn("newest at record", checks["snapshots"]["found"])

    def test_finds_what_is_wrong(self):
        shop = self.new("ranking")
        self.quiet_port(shop)
        self.good("status", cwd=shop)
        port = int(re.search(r"port: (\d+)", (shop / "volant.yaml").read_text())[1])
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", port))
            taken.listen()
            self.assertEqual(self.checks(1, "-w", shop)["port"]["state"], "failed")
        (shop / "data/FORMAT").write_text("9\n")
        self.assertEqual(self.checks(1, "-w", shop)["data format"]["state"], "failed")
        (shop / "volant.yaml").write_text("nam: x\n")
        self.assertIn("nam", self.checks(1, "-w", shop)["volant.yaml"]["found"])

    def test_a_running_server_is_named(self):
        shop = self.new("ranking")
        with Server(shop) as server:
            found = self.checks(0, "-w", shop)["lock"]["found"]
            self.assertIn(str(server.process.pid), found)
            self.assertIn(str(server.port), found)

    def test_without_a_workspace_looks_at_the_machine(self):
        self.assertIn("clock", self.checks(0, cwd=self.home))


if __name__ == "__main__":
    unittest.main()
