#!/usr/bin/python3
"""The milter socket itself, unix and inet, without an MTA: packets that no MTA sends, small TCP segments, the daemon's end.
Runs in a network namespace of its own, so that what the kernel counts there is of this test alone."""
import ctypes
import fcntl
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from lab import Lab, free_port
from milter import ACCEPT, CONTINUE, Milter
from signpostd import Signpostd

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
FIELDS = (("From", "Shop <news@example.com>"), ("To", "ann@example.net"), ("Subject", "News"),
          ("Date", "Mon, 23 Nov 2026 12:00:00 +0000"), ("Message-ID", "<1@example.com>"))
CONFIG = """\
[[dkim.key]]
domain   = "example.com"
selector = "s1"
file     = "{dir}/keys/example.com.s1.pem"
"""


def enter_own_network():
    """True if this process and its children have a loopback interface of their own from now on."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags, = struct.unpack_from("H", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))
    return True


def delayed_acknowledgements():
    """How often the timer for one ran out in this network namespace."""
    names, values = [line.split() for line in pathlib.Path("/proc/net/netstat").read_text().splitlines()
                     if line.startswith("TcpExt:")]
    return int(values[names.index("DelayedACKs")])


class MilterSocket(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.own_network = enter_own_network()

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.signpostd = None

    def start(self, port=None):
        self.signpostd = self.lab.add(Signpostd(self.lab, CONFIG, port=port))
        if not self.signpostd.key_file("example.com", "s1").exists():
            self.signpostd.genkey("example.com", "s1")
        self.signpostd.start()
        return port or self.signpostd.socket

    def send_one(self, mta):
        mta.step(b"M", b"<news@example.com>\0", auth_authen="shop")
        self.assertIsNone(mta.rcpt("ann@example.net"))
        answer, changes = mta.send_message(FIELDS, [b"A few words.\r\n"] * 3)
        self.assertIn(answer, (ACCEPT, CONTINUE))
        return changes

    def greeted(self, address):
        mta = Milter(address)
        self.addCleanup(mta.close)
        mta.step(b"C", b"client.example\0" + b"4" + struct.pack(">H", 40000) + b"127.0.0.1\0")
        mta.step(b"H", b"client.example\0")
        return mta

    def test_a_macro_without_a_value_ends_the_connection_not_the_daemon(self):
        address = self.start()
        for stage, macros in ((b"M", b"a\0b\0c\0"), (b"M", b"i\0"), (b"R", b"a\0b\0{x}\0y\0z\0"), (b"C", b"j\0")):
            with self.subTest(macros=macros):
                mta = Milter(address)
                self.addCleanup(mta.close)
                if stage != b"C":
                    mta.step(b"C", b"client.example\0" + b"4" + struct.pack(">H", 40000) + b"127.0.0.1\0")
                    # libmilter uses its memory again: what lies behind its table of macros is then not zero.
                    mta.step(b"H", b"A" * 39 + b"\0")
                    mta.step(b"H", b"A" * 55 + b"\0")
                if stage == b"R":
                    mta.step(b"M", b"<news@example.com>\0", auth_authen="shop")
                with self.assertRaises((EOFError, ConnectionError)):
                    mta.send(b"D", stage + macros)
                    mta.send(b"M" if stage == b"M" else b"R", b"<a@example.com>\0")
                    mta.receive()
        self.signpostd.wait_for(4, stage="milter", reason="negotiation")
        self.assertTrue(self.signpostd.child.is_running())
        self.assertEqual(self.send_one(self.greeted(address)), 1, "a signature")

    def test_small_tcp_segments_wait_for_no_timer(self):
        if not self.own_network:
            self.skipTest("a network namespace of its own needs root")
        messages = 50
        mta = self.greeted(self.start(free_port()))
        self.send_one(mta)
        before = delayed_acknowledgements()
        for _ in range(messages):
            self.assertEqual(self.send_one(mta), 1, "a signature")
        # Without the two socket options there is at least one for every message.
        self.assertLess(delayed_acknowledgements() - before, messages // 5)

    def test_an_idle_daemon_ends_at_once(self):
        """libmilter looks every five seconds whether it shall end. Time is what this is about, so it is measured: three
        seconds, once in three attempts, is what a busy machine can do, and what waiting for libmilter cannot."""
        for port in (None, free_port()):
            for used in (True, False):
                with self.subTest(port=port, used=used):
                    self.assertTrue(any(self.ends_before_libmilter_looks(port, used) for _ in range(3)))
                    self.assertEqual(self.signpostd.child.process.returncode, 0)

    def ends_before_libmilter_looks(self, port, used):
        address = self.start(port)
        if used:
            self.send_one(self.greeted(address))
        self.signpostd.child.send_signal(signal.SIGTERM)
        try:
            self.signpostd.child.process.wait(3)
            return True
        except subprocess.TimeoutExpired:
            self.signpostd.child.process.wait(60)
            return False


if __name__ == "__main__":
    cases.main()
