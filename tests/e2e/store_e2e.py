#!/usr/bin/python3
"""The list under a daemon whose circumstances are bad: two thousand connections at once, kills in between, and a file system that
goes read-only beneath it."""
import os
import resource
import shutil
import subprocess
import unittest

import scenario  # noqa: F401  first: it also finds tests/support
import cases
from lab import Lab, run
from milter import Milter
from signpostd import Signpostd

CONFIG = '[[tenant]]\nname = "shop"\nlogins = ["shop"]\n'
CONNECTIONS = 2000
LISTINGS = 20000
REFUSED = "550 5.7.1 Recipient suppressed (policy)"


class ManyConnections(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if most < 2 * CONNECTIONS:
            raise unittest.SkipTest("needs more file descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.signpostd = Signpostd(self.lab, CONFIG).start()
        self.addCleanup(lambda: self.signpostd.stop())

    def connect(self):
        for _ in range(CONNECTIONS):
            self.connections.append(Milter(self.signpostd.socket).begin("shop", "news@shop.example"))

    def close(self):
        for connection in self.connections:
            connection.close()
        self.connections = []

    def test_they_are_all_answered_rightly_and_kills_leave_no_reader(self):
        self.connections = []
        self.addCleanup(self.close)
        path = self.lab.directory / "listed"
        path.write_text("".join(f"u{number}@example.net\n" for number in range(LISTINGS)))
        self.signpostd.ctl("suppress", "import", path, "reason=hard-bounce")
        for restart in range(3):
            self.connect()
            for turn in range(2):
                for number, connection in enumerate(self.connections):  # all ask before any answer is read
                    connection.ask_rcpt(f"{'u' if number % 2 else 'v'}{number + turn}@example.net")
                for number, connection in enumerate(self.connections):
                    self.assertEqual(connection.answer(), REFUSED if number % 2 else None, number)
                self.signpostd.ctl("suppress", "add", f"late{restart}-{turn}@example.net")
            for connection in self.connections:
                connection.ask_rcpt("u1@example.net")
            self.signpostd.kill()  # in the midst of their lookups
            self.close()
            self.signpostd.start()
        self.assertIn("ok listed", self.signpostd.ctl("suppress", "check", "late2-1@example.net"))
        before = self.pages()
        for turn in range(300):  # each commit frees pages; a reader left behind would keep them all
            self.signpostd.ctl("suppress", "add", "again@example.net", f"note={turn}")
        # Some 20; on a busy machine more, while the sweep that looks for damage reads. With a reader left behind, some 1,000.
        self.assertLess(self.pages() - before, 300)
        lock = self.signpostd.directory / "store" / "signpost.lock"
        self.assertGreater(lock.stat().st_size, 0)
        self.signpostd.stop()
        self.assertEqual(lock.stat().st_size, 0, "the store was closed: the next start need not check it")

    def pages(self):
        return os.stat(self.signpostd.directory / "store" / "list.mdb").st_size // 4096


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("mke2fs"), "needs root and mke2fs")
class ReadOnly(unittest.TestCase):
    """ext4 in a file, which `remount,abort` makes read-only as an error on its disk would."""

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.signpostd = Signpostd(self.lab, CONFIG)
        self.store = self.signpostd.directory / "store"
        self.image = self.lab.directory / "image"
        with open(self.image, "wb") as image:
            image.truncate(64 << 20)
        run("mke2fs", "-q", "-F", "-t", "ext4", self.image)
        try:
            self.mount()
        except RuntimeError as error:
            self.skipTest(f"cannot mount: {error}")
        self.addCleanup(self.unmount)
        self.store.chmod(0o700)
        self.signpostd.start()
        self.addCleanup(lambda: self.signpostd.stop())

    def mount(self):
        run("mount", "-o", "loop,errors=remount-ro", self.image, self.store)

    def unmount(self):
        subprocess.run(["umount", str(self.store)], check=False, stderr=subprocess.DEVNULL)

    def try_add(self, address):
        done = subprocess.run([self.signpostd.programs / "signpostctl", "-s", self.signpostd.control_socket, "suppress", "add",
                               address], capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def test_lookups_go_on_adds_are_refused_nothing_is_lost(self):
        added = [f"u{number}@example.net" for number in range(50)]
        for address in added:
            self.assertEqual(self.try_add(address)[0], 0)
        run("sync", "-f", self.store)
        connection = Milter(self.signpostd.socket).begin("shop", "news@shop.example")
        self.addCleanup(connection.close)
        run("mount", "-o", "remount,abort", self.store)
        for turn in range(20):
            code, text = self.try_add("late@example.net")
            self.assertEqual(code, 75, text)
            self.assertIn("unavailable: ", text)
            self.assertIn("Read-only file system", text)
            self.assertEqual(connection.rcpt(added[turn]), REFUSED)
            self.assertIsNone(connection.rcpt("late@example.net"))
        others = [Milter(self.signpostd.socket).begin("shop", "news@shop.example") for _ in range(50)]
        for other in others:  # at once: readers that had no slot yet
            other.ask_rcpt(added[0])
        for other in others:
            self.assertEqual(other.answer(), REFUSED)
            other.close()
        self.assertTrue(self.signpostd.child.is_running())
        self.signpostd.stop()
        self.unmount()
        subprocess.run(["e2fsck", "-fy", str(self.image)], check=False, capture_output=True)
        self.mount()
        self.signpostd.start()
        for address in added:
            self.assertIn("ok listed", self.signpostd.ctl("suppress", "check", address))
        self.assertEqual(self.try_add("late@example.net")[0], 0)


if __name__ == "__main__":
    cases.main()
