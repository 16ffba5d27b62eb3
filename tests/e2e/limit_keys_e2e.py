#!/usr/bin/python3
"""A client invents recipient domains: no count is forgotten, also not by a kill, the operator is told, and a reload helps."""
import subprocess
import unittest

import scenario  # noqa: F401  first: it also finds tests/support
import cases
from lab import Lab, wait_for
from milter import CONTINUE, Milter
from signpostd import Signpostd

CONFIG = """\
[[tenant]]
name = "shop"
logins = ["shop"]
[[limit]]
name     = "domain-day"
key      = ["rcpt_domain"]
rate     = ["2/d"]
max_keys = {max_keys}
"""
KEYS = 50
NO_HEADERS, NO_END_OF_HEADERS = 0x20, 0x40
WAIVED_HEADER, WAIVED_END_OF_HEADERS = 0x80, 0x40000


class Sender(Milter):
    def finish(self):
        """The rest of a message; it goes out."""
        if not self.steps & NO_HEADERS:
            self.tell(b"L", b"From\0 <news@shop.example>\0", WAIVED_HEADER)
        if not self.steps & NO_END_OF_HEADERS:
            self.tell(b"N", b"", WAIVED_END_OF_HEADERS)
        self.send(b"E")
        answer = self.receive()[0]
        while answer not in b"acrty":
            answer = self.receive()[0]
        assert answer in (b"a", CONTINUE), answer

    def tell(self, command, payload, waived):
        self.send(command, payload)
        if not self.steps & waived:
            answer = self.receive()[0]
            assert answer == CONTINUE, answer


class LimitKeys(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.signpostd = Signpostd(self.lab, CONFIG.format(max_keys=KEYS)).start()
        self.addCleanup(lambda: self.signpostd.stop())

    def send(self, *domains):
        """A message to one recipient of each domain. Returns which were taken."""
        sender = Sender(self.signpostd.socket).begin("shop", "news@shop.example")
        taken = [domain for domain in domains if sender.rcpt(f"ann@{domain}") is None]
        if taken:
            sender.finish()
        sender.close()
        return taken

    def status(self):
        return subprocess.run([self.signpostd.programs / "signpostctl", "-s", self.signpostd.control_socket, "status"],
                              capture_output=True, text=True, check=False, timeout=60).stdout

    def saved(self):
        return b"".join(path.read_bytes() for path in (self.signpostd.directory / "store").glob("limits.*"))

    def times_saved(self, domain):
        return self.saved().count(b"rcpt_domain=" + domain.encode())

    def test_no_count_is_forgotten_and_the_operator_is_told(self):
        victim = ["victim.example"]
        self.assertEqual(self.send(*victim * 3), victim * 2)
        own = [f"d{number}.example" for number in range(KEYS - 2)]
        self.assertEqual(self.send(*own), own)
        self.assertNotIn("so new keys share", self.status())
        self.send("last.example")
        beyond = [f"e{number}.example" for number in range(500)]
        self.assertEqual(self.send(*beyond), beyond[:2], "together as many as one")
        self.assertEqual(self.send(*victim), [])
        self.assertEqual(self.send(own[0]), [own[0]])
        self.assertIn(f"limit domain-day: {KEYS} keys have a count of their own, max_keys is {KEYS}", self.status())
        self.assertIn(f"keys={KEYS} max-keys={KEYS}", self.signpostd.ctl("limit", "show", "domain-day"))

        wait_for(lambda: b"other" in self.saved() and b"last.example" in self.saved(), "the state to be saved")
        once = self.times_saved(own[5])
        before = self.times_saved(own[1])
        self.send(own[1])
        wait_for(lambda: self.times_saved(own[1]) == before + 1, "the next save")
        self.assertEqual(self.times_saved(own[5]), once, "only what changed is written")
        self.signpostd.kill()
        self.signpostd.start()
        self.assertEqual(self.send(*victim, own[0], own[1], "new.example"), [])
        self.assertEqual(self.send(own[2]), [own[2]])

        self.signpostd.write_config(CONFIG.format(max_keys=10 * KEYS))
        self.signpostd.ctl("reload")
        self.assertEqual(self.send("new.example"), ["new.example"])
        self.assertEqual(self.send(*victim), [])
        self.assertNotIn("so new keys share", self.status())


if __name__ == "__main__":
    cases.main()
