#!/usr/bin/python3
"""Starts of the daemon whose list is not the right one, or is damaged: refused, or mail is deferred until it is mended."""
import subprocess
import unittest

import scenario  # noqa: F401  first: it also finds tests/support
import cases
from lab import Lab
from milter import Milter
from signpostd import Signpostd

CONFIG = '[[tenant]]\nname = "shop"\nlogins = ["shop"]\n'
DEFER = "store.when_unknown=defer"
REFUSED = "550 5.7.1 Recipient suppressed (policy)"
DEFERRED = "451 4.3.0 Temporary failure"
EX_IOERR = 74


class UnknownList(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.signpostd = Signpostd(self.lab, CONFIG).start()
        self.addCleanup(lambda: self.signpostd.stop())
        self.list = self.signpostd.directory / "store" / "list.mdb"
        path = self.lab.directory / "listed"
        path.write_text("".join(f"u{number}@example.net\n" for number in range(2000)))
        self.signpostd.ctl("suppress", "import", path, "reason=hard-bounce")

    def ask(self, recipient, login="shop", sender="news@shop.example"):
        connection = Milter(self.signpostd.socket).begin(login, sender)
        try:
            return connection.rcpt(recipient)
        finally:
            connection.close()

    def ctl(self, *words):
        done = subprocess.run([self.signpostd.programs / "signpostctl", "-s", self.signpostd.control_socket, *words],
                              capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def expect_refused(self, why):
        with self.assertRaises(RuntimeError) as refused:
            self.signpostd.start()
        self.assertIn(why, str(refused.exception))
        self.assertEqual(self.signpostd.child.process.returncode, EX_IOERR)

    def expect_deferring(self, *ways_out):
        self.signpostd.start("-o", DEFER)
        self.assertEqual(self.ask("u7@example.net"), DEFERRED)
        self.assertEqual(self.ask("free@example.net"), DEFERRED, "nobody knows whether it is listed")
        self.assertIsNone(self.ask("u7@example.net", login="", sender="stranger@example.org"), "mail that is not ours passes")
        code, text = self.ctl("status")
        self.assertEqual(code, 1, text)
        for part in ("state=degraded", "then restart signpostd", "mail is deferred", *ways_out):
            self.assertIn(part, text)
        for words in (("suppress", "add", "late@example.net"), ("suppress", "check", "u7@example.net"), ("tenant", "pause", "shop"),
                      ("backup", str(self.lab.directory / "copy")), ("reload",)):
            code, text = self.ctl(*words)
            self.assertNotEqual(code, 0, text)
            self.assertIn("the list is not open", text)
        self.assertEqual(self.signpostd.find(reason="store-unavailable")[-1]["rule"], "store")
        self.assertEqual(self.signpostd.stop(), 0)

    def expect_whole(self):
        self.signpostd.start("-o", DEFER)
        self.assertEqual(self.ask("u7@example.net"), REFUSED)
        self.assertIsNone(self.ask("free@example.net"))
        self.assertEqual(self.ctl("suppress", "add", "late@example.net")[0], 0)
        self.assertEqual(self.ask("late@example.net"), REFUSED)

    def test_a_list_that_vanished(self):
        self.signpostd.stop()
        whole = self.list.read_bytes()
        self.list.unlink()
        self.expect_refused("list.mdb is missing or empty")
        self.expect_deferring("put a backup of list.mdb in place", "only to begin with an empty list, remove ")
        self.list.write_bytes(whole)
        self.list.chmod(0o600)
        self.expect_whole()

    def test_a_list_that_is_damaged(self):
        self.signpostd.kill()
        whole = self.list.read_bytes()
        damaged = bytearray(whole)
        at = whole.rindex(b"u777")
        damaged[at] ^= 1
        self.list.write_bytes(damaged)
        self.expect_refused("list.mdb is damaged: ")
        self.expect_deferring("replace it with a backup", "signpost.lock to start with the damaged file")
        self.list.write_bytes(whole)
        self.expect_whole()

    def test_a_damage_that_the_operator_takes_upon_himself(self):
        self.signpostd.kill()
        damaged = bytearray(self.list.read_bytes())
        damaged[damaged.rindex(b"u777")] ^= 1
        self.list.write_bytes(damaged)
        self.expect_deferring()
        (self.list.parent / "signpost.lock").write_text("")
        self.signpostd.start("-o", DEFER)
        self.assertEqual(self.ask("u7@example.net"), REFUSED)


if __name__ == "__main__":
    cases.main()
