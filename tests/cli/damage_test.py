"""The built program on workspaces whose files are damaged or gone: what it says, and what it leaves alone.

    python3 tests/cli/damage_test.py build/dev/volant [TestCase[.test]]
"""
import json
import shutil
import unittest

from command_line_test import Case, Server, impressions, run


class Secrets(Case):
    def test_a_log_without_its_secrets_is_refused(self):
        shop = self.new("ranking")
        self.good("status", cwd=shop)
        secrets = shop / "data/keys/workspace"
        kept = secrets.read_bytes()
        secrets.unlink()
        for command in ["status", "serve", "models"]:
            self.refused(4, f"{secrets}.*\n.*restore", "-w", shop, command)
        self.assertFalse(secrets.exists())
        checks = {check["name"]: check for check in
                  json.loads(run("-w", shop, "doctor", "--json").stdout)["checks"]}
        self.assertEqual(checks["secrets"]["state"], "failed")
        secrets.write_bytes(kept)
        self.good("status", cwd=shop)


class Packages(Case):
    def setUp(self):
        super().setUp()
        self.shop = self.new("clicks")
        impressions(self.home / "history.csv", 1500)
        self.good("-w", self.shop, "import", self.home / "history.csv", "--events", "impression",
                  "--map", "time=at")
        self.good("-w", self.shop, "train", "click")
        with Server(self.shop) as server:
            for i in range(20):
                server.post("/v1/predict/click", {"input": {"site": "abc"[i % 3]}})
        self.assertEqual(self.missing(0), [])
        shutil.rmtree(self.shop / "data/snapshots")

    def missing(self, code):
        replayed = run("-w", self.shop, "replay", "--verify", "--json")
        self.assertEqual(replayed.returncode, code, replayed.stdout + replayed.stderr)
        return json.loads(replayed.stdout).get("missing_versions", [])

    def all_say(self, pattern):
        for words in [["status"], ["models"], ["models", "click"]]:
            ended = run("-w", self.shop, *words)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.assertRegex(ended.stdout, f"damaged  click version 1, for which the baseline .*{pattern}")
            shutil.rmtree(self.shop / "data/snapshots")
        checks = {check["name"]: check for check in
                  json.loads(run("-w", self.shop, "doctor", "--json").stdout)["checks"]}
        self.assertEqual(checks["packages"]["state"], "failed")
        self.assertRegex(checks["packages"]["found"], pattern)
        self.refused(4, f"{pattern}.*\n.*volant train click", "-w", self.shop, "promote", "click", "1")
        missing = self.missing(1)
        self.assertEqual([(each["model"], each["version"]) for each in missing], [("click", 1)])
        self.assertRegex(missing[0]["why"], pattern)
        self.assertGreater(missing[0]["answers"], 0)

    def test_one_bit_is_seen(self):
        path = self.shop / "data/models/click/v1/weights.bin"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 4
        path.write_bytes(content)
        self.all_say("weights.bin does not have the checksum")

    def test_a_folder_that_is_gone_is_missed(self):
        shutil.rmtree(self.shop / "data/models/click")
        self.all_say("checksums.txt: No such file")


class Leftovers(Case):
    def test_a_backup_that_is_refused_leaves_nothing(self):
        shop = self.new("ranking")
        with Server(shop):
            self.refused(3, "nope/x", "-w", shop, "backup", self.home / "nope/x")
        self.assertEqual(list((shop / "data/tmp").iterdir()), [])

    def test_a_start_removes_what_a_killed_one_left(self):
        shop = self.new("ranking")
        self.good("-w", shop, "status")
        (shop / "data/tmp/examples-abcdef").write_text("x")
        self.good("-w", shop, "status")
        self.assertEqual(list((shop / "data/tmp").iterdir()), [])

    def test_what_is_no_backup_is_bad_input_and_a_cut_one_leaves_no_folder(self):
        shop = self.new("ranking")
        self.good("-w", shop, "status")
        file = self.home / "all.tar.zst"
        self.good("-w", shop, "backup", file)
        file.write_bytes(file.read_bytes()[:-30])
        self.refused(4, "cut", "-w", self.home / "again", "restore", file)
        self.assertFalse((self.home / "again").exists())
        file.write_text("user,item\n")
        self.refused(2, "no backup", "-w", self.home / "again", "restore", file)


class Alarms(Case):
    def test_a_changed_specification_warns_of_no_snapshot(self):
        shop = self.new("ranking")
        self.good("-w", shop, "status")
        text = (shop / "volant.yaml").read_text()
        (shop / "volant.yaml").write_text(text.replace("7d", "8d"))
        self.assertNotIn("could not be written", run("-w", shop, "status").stderr)


if __name__ == "__main__":
    unittest.main()
