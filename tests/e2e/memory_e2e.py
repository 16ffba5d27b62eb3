#!/usr/bin/python3
"""Memory of the whole process while clients send what costs most: strangers' headers, headers of our own users, and bodies that
grow when they are rewritten. What is held and worked on stays within milter.max_held, and is given back."""
import base64
import pathlib
import re
import threading
import unittest

from scenario import CONFIG  # first: it also finds tests/support
import cases
from lab import Lab, wait_for
from milter import MessageMilter
from signpostd import Signpostd

MIB = 1 << 20
MAX_HELD = 64 * MIB
LINK = b'<a href="https://shop.example/sale">x</a>\r\n'
STRANGER = "203.0.113.9"


def encoded(html):
    digits = base64.b64encode(html)
    return b"".join(digits[at:at + 76] + b"\r\n" for at in range(0, len(digits), 76))


HTML = (("MIME-Version", "1.0"), ("Content-Type", "text/html; charset=utf-8"))
SHAPES = {
    "links": (HTML, lambda size: LINK * (size // len(LINK))),
    "base64 of links": (HTML + (("Content-Transfer-Encoding", "base64"),), lambda size: encoded(LINK * (size * 3 // 4 // len(LINK)))),
    "text": ((), lambda size: b"A line of text.\r\n" * (size // 17)),
    "few links": (HTML, lambda size: (b"<p>A line of text.</p>\r\n" * 1000 + LINK) * (size // 24043)),
}


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab().__enter__()
        cls.addClassCleanup(cls.lab.__exit__, None, None, None)
        cls.signpostd = cls.lab.add(Signpostd(cls.lab, CONFIG + "[milter]\nmax_held = \"64MB\"\nmax_body = \"32MB\"\n"))
        for domain in ("shop.example", "mx.example"):
            cls.signpostd.genkey(domain, "rsa1")
        cls.signpostd.new_ring("tracking.keys")

    def setUp(self):
        self.signpostd.start()
        self.process = pathlib.Path(f"/proc/{self.signpostd.child.pid}")
        client = self.connected("shop", "198.51.100.1")  # what every process has after its first message
        client.fields(("From", "orders@shop.example"))
        client.body(b"x\r\n")
        client.end()
        client.close()
        self.begin = self.kibibytes("VmRSS")
        (self.process / "clear_refs").write_text("5")  # the high-water mark starts anew

    def tearDown(self):
        self.signpostd.stop()

    def kibibytes(self, key):
        return int(re.search(rf"{key}:\s+(\d+)", (self.process / "status").read_text()).group(1))

    def growth(self):
        return (self.kibibytes("VmHWM") - self.begin) * 1024

    def held(self):
        return int(re.search(r"held-bytes=(\d+)", self.signpostd.ctl("stats")).group(1))

    def connected(self, login, address, sender="orders@shop.example"):
        client = MessageMilter(self.signpostd.socket)
        client.begin(login, sender, address)
        self.assertIsNone(client.rcpt("ann@example.org"))
        return client

    def test_headers_of_strangers_cost_next_to_nothing(self):
        clients = [self.connected("", STRANGER) for _ in range(5)]
        for client in clients:
            client.many_fields("X", "y", 300_000)  # 1.5 MB on the wire, 40 MB as fields in memory
            client.many_fields("From", "y", 10_000)
        for client in clients:
            client.body(b"x\r\n")
            verdict, _ = client.end()
            self.assertIn(verdict, "ac")
            client.close()
        self.assertLess(self.growth(), 4 * MIB)

    def test_a_header_without_end_is_refused(self):
        client = self.connected("shop", "198.51.100.1")
        client.fields(("From", "orders@shop.example"))
        client.many_fields("X", "y", 300_000)
        self.assertLess(self.held(), 2 * MIB)
        client.body(b"x\r\n")
        verdict, text = client.end()
        self.assertEqual((verdict, text[:9]), ("y", "552 5.3.4"))
        client.close()
        line, = self.signpostd.wait_for(reason="header-too-large")
        self.assertEqual(line["rule"], "milter.max_header")
        self.assertLess(self.growth(), 8 * MIB)

    def test_more_fields_than_a_signature_can_name(self):
        """5,500 fields that are signed make an h= above 64 KiB, which libmilter does not send: that was 451 for ever."""
        client = self.connected("shop", "198.51.100.1")
        client.fields(("From", "orders@shop.example"))
        for _ in range(7000):
            client.fields(("List-Help", "x"))
        client.body(b"x\r\n")
        verdict, _ = client.end()
        self.assertEqual(verdict, "c")
        client.close()
        self.signpostd.wait_for(unsigned="too-many-fields")

    def test_many_large_messages_at_once(self):
        """Together twice as large as max_held; each is answered, what finds no room goes out signed and unrewritten."""
        verdicts, threads = [], []

        def send(name, body):
            client = self.connected("shop", "198.51.100.1", "news@shop.example")
            client.fields(("From", "news@shop.example"), ("Subject", name), *SHAPES[name][0])
            client.body(body)
            verdicts.append(client.end()[0])
            client.close()

        for name, (_, make) in SHAPES.items():
            body = make(10 * MIB)
            threads += [threading.Thread(target=send, args=(name, body)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(verdicts, ["c"] * len(threads))
        self.assertLess(self.growth(), 1.3 * MAX_HELD)
        lines = self.signpostd.wait_for(len(threads), stream="bulk")
        self.assertTrue(all(line.get("dkim") for line in lines), lines)
        self.assertEqual({line.get("unrewritten") for line in lines} - {None, "too-large", "too-many-links", "memory", "no-html"}, set())
        wait_for(lambda: self.held() == 0, "everything to be given back")
        send("few links", SHAPES["few links"][1](10 * MIB))
        self.assertGreater(int(self.signpostd.wait_for(len(threads) + 1, stream="bulk")[-1]["rewritten"]), 100)
        wait_for(lambda: (self.kibibytes("VmRSS") - self.begin) * 1024 < 16 * MIB, "the memory to be given back to the system")


if __name__ == "__main__":
    cases.main()
