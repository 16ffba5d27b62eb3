#!/usr/bin/python3
"""A daemon whose list is not the right one, or is damaged, at its start or while it runs: a start is refused, or mail is deferred
until it is mended. And kills at any moment, again and again."""
import contextlib
import os
import random
import socket
import subprocess
import threading
import unittest

import scenario  # noqa: F401  first: it also finds tests/support
import cases
from lab import Lab, wait_for
from milter import Milter
from signpostd import Signpostd

CONFIG = '[[tenant]]\nname = "shop"\nlogins = ["shop"]\n'
DEFER = "store.when_unknown=defer"
REFUSED = "550 5.7.1 Recipient suppressed (policy)"
DEFERRED = "451 4.3.0 Temporary failure"
EX_IOERR = 74


class Daemon(unittest.TestCase):
    """A daemon with tenant shop, and how to ask it."""

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.signpostd = Signpostd(self.lab, CONFIG).start()
        self.addCleanup(lambda: self.signpostd.stop())
        self.list = self.signpostd.directory / "store" / "list.mdb"

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


class UnknownList(Daemon):
    def setUp(self):
        super().setUp()
        path = self.lab.directory / "listed"
        path.write_text("".join(f"u{number}@example.net\n" for number in range(2000)))
        self.signpostd.ctl("suppress", "import", path, "reason=hard-bounce")

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

    def test_a_page_that_is_damaged_while_the_daemon_runs(self):
        wait_for(lambda: "list-checked=2" in self.signpostd.ctl("status"), "the first look through the list")
        whole = self.list.read_bytes()
        at = whole.rindex(b"u777") // 4096 * 4096
        with open(self.list, "r+b") as file:
            file.seek(at)
            file.write(bytes(4096))

        def found():
            code, text = self.ctl("status")
            return text if code == 1 else None
        text = wait_for(found, "the damage to be found")
        self.assertIn("the list was damaged while it is open: page ", text)
        self.assertIn("put a backup of list.mdb in place", text)
        self.assertIn("the list was damaged while it is open: page ", self.signpostd.child.text())
        self.assertEqual(self.ask("u777@example.net"), DEFERRED)
        answers = [self.ask(f"u{number}@example.net") for number in range(0, 2000, 20)]
        self.assertNotIn(None, answers, "a listed address is never accepted")
        self.assertIn(REFUSED, answers, "what is listed elsewhere is known")
        self.assertNotEqual(self.ctl("suppress", "add", "late@example.net")[0], 0)
        self.signpostd.stop()
        self.expect_refused("list.mdb is damaged: ")
        self.list.write_bytes(whole)
        self.expect_whole()


class Client(threading.Thread):
    """Adds and removes by the control socket until the daemon is gone; keeps what was acknowledged, and what was not answered."""

    def __init__(self, path, prefix, listed, seed):
        super().__init__()
        self.path, self.random, self.listed, self.asked, self.acknowledged = str(path), random.Random(seed), listed, None, 0
        self.addresses = [f"{prefix}-{number}@example.net" for number in range(40)]

    def run(self):
        with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
            connection.connect(self.path)
            with connection.makefile("rb") as replies:
                while self.asked is None:
                    self.asked = self.random.choice(self.addresses)
                    adds = not self.listed.get(self.asked)
                    connection.sendall(f"suppress {'add' if adds else 'del'} {self.asked}\n".encode())
                    if replies.readline().startswith(b"ok ") and replies.readline() == b"\n":
                        self.listed[self.asked] = adds
                        self.asked = None
                        self.acknowledged += 1


class Kills(Daemon):
    KILLS = 200 if os.environ.get("SIGNPOST_LONG") else 6

    def test_what_was_acknowledged_is_there_after_each(self):
        chance = random.Random(43)
        listed, acknowledged = [{} for _ in range(3)], 0
        for turn in range(self.KILLS):
            clients = [Client(self.signpostd.control_socket, f"c{number}", listed[number], 7 * turn + number) for number in range(3)]
            for client in clients:
                client.start()
            wanted = chance.randrange(1, 300)
            wait_for(lambda: sum(client.acknowledged for client in clients) >= wanted, "acknowledgements", 60)
            self.signpostd.kill()
            for client in clients:
                client.join()
                acknowledged += client.acknowledged
                client.listed.pop(client.asked, None)  # not answered: either is right
            self.signpostd.start()
            connection = Milter(self.signpostd.socket).begin("shop", "news@shop.example")
            for address, there in [pair for each in listed for pair in each.items()]:
                self.assertEqual(connection.rcpt(address), REFUSED if there else None, f"{address} after kill {turn + 1}")
            connection.close()
            self.assertEqual(self.ctl("status")[0], 0)
        print(f"{self.KILLS} kills, {acknowledged} acknowledged")


if __name__ == "__main__":
    cases.main()
