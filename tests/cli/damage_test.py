"""The built program on workspaces whose files are damaged or gone: what it says, and what it leaves alone.

    python3 tests/cli/damage_test.py build/dev/volant [TestCase[.test]]
"""
import json
import unittest

from command_line_test import Case, run


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


if __name__ == "__main__":
    unittest.main()
