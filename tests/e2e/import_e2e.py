#!/usr/bin/python3
"""Imports by signpostctl. Files of other services keep their meaning with one configured tenant, and the exit status says whether
every record was taken. A long import: on a terminal one line tells how far it is, once a second, and is gone at the end; where stderr is
no terminal there is none of that. The answer is the same."""
import os
import pty
import re
import select
import subprocess
import time
import unittest
from pathlib import Path

import scenario  # noqa: F401  first: it also finds tests/support
import cases
from lab import Lab
from signpostd import Signpostd

SENT = re.compile(r"\r\x1b\[K(\d+) lines sent")
LOADED = re.compile(r"\r\x1b\[K(\d+) of (\d+) listings loaded")
CLEARED = "\r\x1b[K"
DEADLINE = 120


class ImportScenario(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.signpostd = Signpostd(cls.lab, '[[tenant]]\nname = "shop"\nlogins = ["shop"]\n')
        cls.signpostd.start()
        cls.addClassCleanup(cls.signpostd.stop)

    def ctl(self, *words):
        command = [self.signpostd.programs / "signpostctl", "-s", self.signpostd.control_socket, *words]
        done = subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)
        return done.returncode, done.stdout, done.stderr

    def is_listed(self, address, stream):
        return self.ctl("suppress", "check", address, "tenant=shop", f"stream={stream}")[0] == 0

    def test_files_of_other_services_keep_their_meaning(self):
        rows = [  # file, exit status, address, streams that are blocked
            ("mailgun-gmail-multiline.csv", 0, "gone4@example.net", {"bulk", "transactional"}),
            ("mailgun-bounces-newline.csv", 0, "postmaster@corp.example", set()),
            ("sendgrid-unsub.csv", 0, "newsonly@example.net", {"bulk"}),
            ("sendgrid-blocks.csv", 0, "anna@blocks.example", set()),
            ("sparkpost-upload.csv", 0, "b@a.example", {"bulk"}),
            ("mailchimp-cleaned.csv", 0, "gone@a.example", {"bulk", "transactional"}),
            ("mailchimp-subscribed.csv", 65, "fan@a.example", set()),
            ("postmark.json", 0, "left@a.example", {"bulk"}),
            ("ses.json", 0, "spam.me@a.example", {"bulk"}),
            ("excel-de-semicolon.csv", 65, "dora@nobody.example", set()),
            ("odd-lines.txt", 1, "any@evil.example", {"bulk", "transactional"}),
        ]
        folder = Path(__file__).resolve().parents[1] / "data/import"
        for file, status, address, blocked in rows:
            with self.subTest(file=file):
                code, answer, errors = self.ctl("suppress", "import", folder / file)
                self.assertEqual(code, status, answer + errors)
                self.assertEqual({stream for stream in ("bulk", "transactional") if self.is_listed(address, stream)}, blocked)

    def test_opt_outs_complaints_and_soft_bounces_are_the_only_tenants_own(self):
        for number, (reason, tenant) in enumerate([("unsubscribe", "shop"), ("complaint", "shop"), ("soft-bounce", "shop"),
                                                   ("hard-bounce", "-"), ("manual", "-")]):
            address = f"own{number}@b.example"
            self.assertEqual(self.ctl("suppress", "add", address, f"reason={reason}")[0], 0)
            self.assertIn(f" tenant={tenant} ", self.ctl("suppress", "check", address)[1])

    def start(self, stderr, lines=None):
        command = [self.signpostd.programs / "signpostctl", "-s", self.signpostd.control_socket, "suppress", "import"]
        return subprocess.Popen([*map(str, command), *([lines] if lines else [])], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=stderr)

    def file_of(self, count):
        path = self.lab.directory / "addresses"
        path.write_text("".join(f"u{number}@d{number % 997}.example\n" for number in range(count)))
        return str(path)

    def test_lines_are_counted_while_they_are_sent(self):
        terminal, stderr = pty.openpty()
        child = self.start(stderr)
        os.close(stderr)
        shown, sent = "", 0
        deadline = time.monotonic() + DEADLINE
        while len(SENT.findall(shown)) < 2:
            self.assertLess(time.monotonic(), deadline, f"no progress, only {shown!r}")
            child.stdin.write(f"sent{sent}@example.net\n".encode())
            child.stdin.flush()
            sent += 1
            if select.select([terminal], [], [], 0.01)[0]:
                shown += os.read(terminal, 4096).decode()
        child.stdin.close()
        shown += rest_of(terminal)
        self.assertEqual(child.stdout.read().decode().split("\n")[0], f"ok added={sent} changed=0 bad=0")
        self.assertEqual(child.wait(DEADLINE), 0)
        child.stdout.close()
        counts = [int(count) for count in SENT.findall(shown)]
        self.assertEqual(counts, sorted(counts))
        self.assertLessEqual(counts[-1], sent)
        self.assertTrue(shown.endswith(CLEARED), f"the line stays: {shown!r}")
        self.assertNotIn("\n", shown)

    def test_listings_are_counted_while_they_are_merged(self):
        count = 100_000
        loaded = []
        while not loaded and count < 10_000_000:  # a fast machine needs more of them
            terminal, stderr = pty.openpty()
            child = self.start(stderr, self.file_of(count))
            os.close(stderr)
            shown = rest_of(terminal)
            answer = child.communicate(timeout=DEADLINE)[0].decode()
            self.assertRegex(answer, r"^ok added=\d+ changed=\d+ bad=0\n")
            self.assertEqual(child.returncode, 0)
            loaded = [(int(done), int(taken)) for done, taken in LOADED.findall(shown)]
            for done, taken in loaded:
                self.assertLessEqual(done, taken)
                self.assertLessEqual(taken, count)
            count *= 4
        self.assertTrue(loaded, "no line tells how far it is")
        self.assertTrue(shown.endswith(CLEARED), f"the line stays: {shown!r}")

    def test_nothing_is_written_where_stderr_is_no_terminal(self):
        child = self.start(subprocess.PIPE)
        begun = time.monotonic()
        sent = 0
        while time.monotonic() - begun < 2.5:  # two lines would have been shown
            child.stdin.write(f"quiet{sent}@example.net\n".encode())
            child.stdin.flush()
            sent += 1
            self.assertFalse(select.select([child.stderr], [], [], 0.01)[0], "something on stderr")
        answer, errors = child.communicate(timeout=DEADLINE)
        self.assertEqual(answer.decode().split("\n")[0], f"ok added={sent} changed=0 bad=0")
        self.assertEqual(errors, b"")


def rest_of(terminal):
    """All that is written to the terminal until the last one that has it open has gone."""
    text = b""
    while True:
        try:
            some = os.read(terminal, 4096)
        except OSError:  # EIO: how Linux tells the end
            some = b""
        if not some:
            os.close(terminal)
            return text.decode()
        text += some


if __name__ == "__main__":
    cases.main()
