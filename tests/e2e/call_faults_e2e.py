#!/usr/bin/python3
"""Calls to the kernel that fail, one kind and one place after the other, under a daemon that is given work: it never crashes, what
it answered with `ok` is on disk, what it refused to do it says, and no suppressed address passes.

SIGNPOST_LONG=1: every place, until a kind has no more.
"""
import errno
import os
import pathlib
import signal
import socket
import subprocess
import unittest

import scenario  # noqa: F401  first: it also finds tests/support
import cases
from lab import Child, Lab, programs_directory, run, wait_for
from milter import MessageMilter
from signpostd import Signpostd

CONFIG = """\
[[tenant]]
name = "shop"
logins = ["shop"]
sender_domains = ["shop.example"]

[[dkim.key]]
domain   = "shop.example"
selector = "rsa1"
file     = "{dir}/keys/shop.example.rsa1.pem"

[[limit]]
name = "hourly"
key  = ["login"]
rate = ["1000/h"]
"""
KINDS = {"open": errno.EMFILE, "read": errno.EIO, "write": errno.ENOSPC, "fsync": errno.EIO, "rename": errno.EIO,
         "accept": errno.EMFILE, "getrandom": errno.EIO, "thread": errno.EAGAIN}
PLACES = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
WHOLE_RUN = 100_000  # from its place on every call fails


def library():
    return pathlib.Path(os.environ.get("SIGNPOST_CALL_FAULTS",
                                       programs_directory().parent / "tests" / "e2e" / "libcall_faults.so"))


class CallFaults(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.signpostd = self.lab.add(Signpostd(self.lab, CONFIG))
        self.signpostd.genkey("shop.example", "rsa1")
        self.signpostd.start()
        self.signpostd.ctl("suppress", "add", "gone@example.net", "reason=hard-bounce")
        self.signpostd.kill()
        self.acknowledged = {"gone@example.net"}
        self.runs = 0

    def ask(self, *words):
        """(exit code, text); a daemon that does not answer is an answer too."""
        try:
            done = subprocess.run([str(self.signpostd.programs / "signpostctl"), "-s", str(self.signpostd.control_socket), *words],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=self.patience)
        except subprocess.TimeoutExpired:
            if self.lasting:
                return -1, ""
            self.fail(f"no answer to {words} within 30 s: " + self.signpostd.child.text()[-2000:])
        return done.returncode, done.stdout

    def send(self):
        """Asks about an address that is listed and one that is not, and sends a message. What fails must fail openly."""
        try:
            client = MessageMilter(self.signpostd.socket, self.patience)
        except (OSError, EOFError):  # the daemon closed it, or is not there
            return
        try:
            client.begin("shop", "news@shop.example")
            self.assertIsNotNone(client.rcpt("gone@example.net"), "a suppressed address passed")
            if client.rcpt("ann@example.net") is None:
                client.fields(("From", "news@shop.example"), ("Subject", "x"))
                client.body(b"x\r\n")
                self.assertIn(client.end()[0], "cayt")
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass
        except socket.timeout:
            if not self.lasting:
                self.fail("the milter socket does not answer: " + self.signpostd.child.text()[-2000:])
        finally:
            client.close()

    def work(self, number):
        for turn in range(1 if self.lasting else 3):
            address = f"u{number}-{turn}@example.net"
            code, text = self.ask("suppress", "add", address, "reason=hard-bounce")
            if code == 0 and text.startswith("ok"):
                self.acknowledged.add(address)
            self.send()
        self.ask("reload")
        self.ask("status")
        self.send()

    def run_with(self, kind, at, times):
        """True if the daemon came as far as the fault."""
        count = self.lab.directory / "count"
        count.unlink(missing_ok=True)
        self.runs += 1
        self.lasting = times > 1
        self.patience = 2 if self.lasting else 20
        environment = {**os.environ, "LD_PRELOAD": str(library()), "FAULT_CALL": kind, "FAULT_AT": str(at),
                       "FAULT_TIMES": str(times), "FAULT_ERRNO": str(KINDS[kind]), "FAULT_COUNT": str(count)}
        child = Child([self.signpostd.programs / "signpostd", "-c", self.signpostd.config_file],
                      self.lab.directory / f"{kind}.{at}.{times}.out", env=environment)
        self.signpostd.child = child
        try:
            wait_for(lambda: not child.is_running() or self.signpostd.answers(), "signpostd to listen or to give up", 20)
            if child.is_running():
                self.work(self.runs)
        except TimeoutError:
            self.assertTrue(times > 1, f"{kind} {at}: it neither listens nor gives up: {child.text()[-2000:]}")
        code = child.stop(signal.SIGTERM, 20) if child.is_running() else child.process.returncode
        self.assertGreaterEqual(code, 0, f"{kind} {at} x {times}: ended by signal {-code}: {child.text()[-2000:]}")
        if code != 0 and not (kind == "write" and self.lasting):  # then there is no word either
            self.assertRegex(child.text(), r"error|cannot|failed", f"{kind} {at}: exit code {code} without a word")
        return not count.exists() or int(count.read_text() or 0) >= at

    def check_list(self):
        self.signpostd.start()
        listed = self.signpostd.ctl("suppress", "export")
        missing = [address for address in self.acknowledged if address not in listed]
        self.assertEqual(missing, [], "acknowledged and lost")
        self.signpostd.kill()

    def places(self):
        return range(1, 1000) if os.environ.get("SIGNPOST_LONG") else PLACES


def of_kind(kind):
    def test(self):
        for at in self.places():
            reached = self.run_with(kind, at, 1)
            if not reached:
                break
        for at in PLACES[::3]:
            self.run_with(kind, at, WHOLE_RUN)
        self.check_list()
    test.__doc__ = f"{kind} fails with {errno.errorcode[KINDS[kind]]}"
    return test


for name in KINDS:
    setattr(CallFaults, f"test_{name}", of_kind(name))

if __name__ == "__main__":
    cases.main()
