#!/usr/bin/python3
"""Refusals of the sender in a real Postfix whose smtp(8) is chrooted, as contrib/postfix/README.md says: those that look final wait
in the queue, dead addresses bounce, and what was delivered stays so. By the table contrib/postfix/reputation.regexp, and by
signpostd, which may die meanwhile, answers Postfix alone, and lets bounce what waited long enough."""
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

import cases  # noqa: E402
import postfix  # noqa: E402
from lab import Lab, run, wait_for  # noqa: E402
from signpostd import Signpostd  # noqa: E402
from sink import Sink  # noqa: E402

FILTER = ROOT / "contrib/postfix/reputation.regexp"
FRAGMENT = ROOT / "contrib/postfix/main.cf.refusals"
REFUSALS = {
    "blocked@outlook.example": "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service "
                               "provider since part of their network is on our block list (S3150).",
    "deferred@yahoo.example": "553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.",
    "listed@shop.example": "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    "gone@shop.example": "550 5.1.1 <gone@shop.example>: Recipient address rejected: User unknown",
    "full@shop.example": "452 4.2.2 The mailbox is full",
}


# smtp(8) is chrooted on Debian: a table is opened before that, a socket is not.
SERVICES = "smtp      unix - - y - - smtp\n"
WAITING = ("blocked@outlook.example", "deferred@yahoo.example", "listed@shop.example")
EVERYBODY = (*REFUSALS, "fine@shop.example")


def send(server, *recipients, subject="offers"):
    with server.client() as client:
        client.sendmail("news@sender.example", recipients, f"Subject: {subject}\r\n\r\nhello\r\n".encode())


def results(server, address):
    """What became of each try, in order."""
    return re.findall(rf"to=<{address}>.*dsn=([0-9.]+), status=(\w+)", server.log())


def wait_for_results(server, *addresses, count=1):
    wait_for(lambda: all(len(results(server, address)) >= count for address in addresses), "a result for each recipient")


def bounces(sink):
    return [one.raw for one in sink.all() if one.sender == ""]


@unittest.skipIf(postfix.why_not(), postfix.why_not())
class DeliveryFilter(unittest.TestCase):
    def start(self, **settings):
        lab = Lab()
        self.addCleanup(lab.close)
        sink = lab.add(Sink())
        sink.refuse.update(REFUSALS)
        server = postfix.Postfix(lab, sink.port, settings=settings, services=SERVICES)
        kept = server.config / "signpost-reputation.regexp"
        shutil.copy(FILTER, kept)
        lab.add(server.start())
        send(server, *EVERYBODY)
        wait_for_results(server, *EVERYBODY)
        return sink, server

    def result(self, server, address):
        return results(server, address)[0]

    def test_what_passes_waits_and_what_is_dead_bounces(self):
        sink, server = self.start(smtp_delivery_status_filter="regexp:$config_directory/signpost-reputation.regexp")
        self.assertEqual(self.result(server, "blocked@outlook.example"), ("4.7.1", "deferred"))
        self.assertEqual(self.result(server, "deferred@yahoo.example"), ("4.7.2", "deferred"))
        self.assertEqual(self.result(server, "listed@shop.example"), ("4.7.1", "deferred"))
        self.assertEqual(self.result(server, "full@shop.example"), ("4.2.2", "deferred"))
        self.assertEqual(self.result(server, "gone@shop.example"), ("5.1.1", "bounced"))
        self.assertEqual(self.result(server, "fine@shop.example")[1], "sent")
        bounce = wait_for(lambda: [one for one in sink.all() if one.sender == ""], "the bounce")[0]
        self.assertIn(b"gone@shop.example", bounce.raw)
        for address in ("blocked@outlook.example", "deferred@yahoo.example", "listed@shop.example"):
            self.assertNotIn(address.encode(), bounce.raw)

    def test_without_it_they_bounce(self):
        _, server = self.start()
        for address in ("blocked@outlook.example", "deferred@yahoo.example", "listed@shop.example", "gone@shop.example"):
            self.assertEqual(self.result(server, address)[1], "bounced")


@unittest.skipIf(postfix.why_not(), postfix.why_not())
class LiveDeliveryFilter(unittest.TestCase):
    """signpostd runs as a user of its own in the group postfix, as its systemd unit has it."""
    AS_DAEMON = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=postfix")

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.sink = self.lab.add(Sink())
        self.sink.refuse.update(REFUSALS)

    def start(self, wait_at_most="6h"):
        self.server = postfix.Postfix(self.lab, self.sink.port, services=SERVICES,
                                      settings=dict(re.findall(r"^(\w+) = (.*)$", FRAGMENT.read_text(), re.M)))
        self.socket_directory = self.server.queue / "signpost"
        run("install", "-d", "-o", "nobody", "-g", "postfix", "-m", "2750", self.socket_directory)
        self.signpostd = Signpostd(self.lab)
        self.configure(wait_at_most)
        for path in (self.signpostd.directory, *self.signpostd.directory.rglob("*")):
            shutil.chown(path, "nobody")
        self.lab.add(self.signpostd)
        self.signpostd.start(wrapper=self.AS_DAEMON)
        self.lab.add(self.server.start())

    def configure(self, wait_at_most):
        self.signpostd.write_config(f"""\
[feedback]
results_socket = "{self.socket_directory}/results.sock"
wait_at_most   = "{wait_at_most}"
""")

    def stat(self, name):
        return int(re.search(rf"^{name}=(\d+)$", self.signpostd.ctl("stats"), re.M)[1])

    def test_what_passes_waits_and_what_is_dead_bounces(self):
        self.start()
        send(self.server, *EVERYBODY)
        wait_for_results(self.server, *EVERYBODY)
        # The process that asked is chrooted.
        smtp = re.search(r"smtp\[(\d+)\]: .*to=<fine@shop.example>", self.server.log())[1]
        self.assertEqual(os.readlink(f"/proc/{smtp}/root"), str(self.server.queue))
        self.assertEqual(results(self.server, "blocked@outlook.example")[0], ("4.7.1", "deferred"))
        self.assertEqual(results(self.server, "deferred@yahoo.example")[0], ("4.7.2", "deferred"))
        self.assertEqual(results(self.server, "listed@shop.example")[0], ("4.7.1", "deferred"))
        self.assertEqual(results(self.server, "full@shop.example")[0], ("4.2.2", "deferred"))
        self.assertEqual(results(self.server, "gone@shop.example")[0], ("5.1.1", "bounced"))
        self.assertEqual(results(self.server, "fine@shop.example")[0][1], "sent")
        bounce = wait_for(lambda: bounces(self.sink), "the bounce")[0]
        self.assertIn(b"gone@shop.example", bounce)
        for address in WAITING:
            self.assertNotIn(address.encode(), bounce)
        self.assertGreaterEqual(self.stat("results-asked"), len(EVERYBODY))
        self.assertGreaterEqual(self.stat("results-waited"), len(WAITING))
        self.assertEqual(self.stat("results-let-through"), 0)
        self.assertRegex(self.signpostd.ctl("stats"), r"provider=127\.0\.0\.1 waited=\d+ let-through=0")
        self.assertRegex(self.signpostd.ctl("status"), r"refused: 127\.0\.0\.1 has refused this host since .*waits in the queue")
        # It answers the same later, when the refusals ended.
        for address in WAITING:
            del self.sink.refuse[address]
        wait_for(lambda: all(results(self.server, address)[-1][1] == "sent" for address in WAITING), "what waited to be sent")
        self.assertEqual(len(bounces(self.sink)), 1)

    def test_a_server_killed_in_between_loses_nothing(self):
        self.start()
        send(self.server, "blocked@outlook.example", "fine@shop.example", subject="first")
        wait_for_results(self.server, "blocked@outlook.example", "fine@shop.example")
        self.assertEqual(results(self.server, "blocked@outlook.example")[0], ("4.7.1", "deferred"))
        self.signpostd.kill()
        addresses = [f"c{number}@shop.example" for number in range(20)]
        send(self.server, "fine@shop.example", "deferred@yahoo.example", "gone@shop.example", *addresses, subject="second")
        wait_for_results(self.server, "fine@shop.example", count=2)
        wait_for_results(self.server, "deferred@yahoo.example", "gone@shop.example", *addresses)
        # Each has the result that the server gave, and senders hear of what bounced; the queue has the rest.
        for address in ("fine@shop.example", *addresses):
            self.assertEqual(results(self.server, address)[-1][1], "sent")
        self.assertEqual(results(self.server, "deferred@yahoo.example")[0], ("5.7.2", "bounced"))
        self.assertEqual(results(self.server, "gone@shop.example")[0], ("5.1.1", "bounced"))
        wait_for(lambda: results(self.server, "blocked@outlook.example")[-1] == ("5.7.1", "bounced"), "what waited to bounce")
        self.server.wait_until_empty()
        told = b"".join(wait_for(lambda: len(bounces(self.sink)) >= 2 and bounces(self.sink), "both bounces"))
        for address in ("blocked@outlook.example", "deferred@yahoo.example", "gone@shop.example"):
            self.assertIn(address.encode(), told)
        self.assertRegex(self.server.log(), r"warning: .*signpost/results\.sock")
        # Back again, it answers the same processes of Postfix.
        self.signpostd.start(wrapper=self.AS_DAEMON)
        send(self.server, "listed@shop.example", subject="third")
        wait_for_results(self.server, "listed@shop.example")
        self.assertEqual(results(self.server, "listed@shop.example")[0], ("4.7.1", "deferred"))

    def test_after_that_time_senders_learn(self):
        self.start(wait_at_most="4s")
        send(self.server, "blocked@outlook.example")
        wait_for_results(self.server, "blocked@outlook.example")
        self.assertEqual(results(self.server, "blocked@outlook.example")[0], ("4.7.1", "deferred"))
        wait_for(lambda: results(self.server, "blocked@outlook.example")[-1] == ("5.7.1", "bounced"), "the end of the waiting")
        self.assertIn(b"blocked@outlook.example", wait_for(lambda: bounces(self.sink), "the bounce")[0])
        self.assertEqual(self.stat("results-let-through"), 1)
        self.assertIn("such mail bounces", self.signpostd.ctl("status"))
        self.configure("1d")
        self.signpostd.ctl("reload")
        send(self.server, "listed@shop.example")
        wait_for_results(self.server, "listed@shop.example")
        self.assertEqual(results(self.server, "listed@shop.example")[0], ("4.7.1", "deferred"))

    def test_only_postfix_may_ask(self):
        self.start()
        question = "5.7.1 host mx.example[192.0.2.1] said: 550 5.7.1 blocked using zen.spamhaus.org"
        table = f"socketmap:unix:{self.socket_directory}/results.sock:results"
        postmap = ("postmap", "-c", self.server.config, "-q", question, table)
        self.assertEqual(run("setpriv", "--reuid=postfix", "--regid=postfix", "--clear-groups", *postmap).strip(), "4" + question[1:])
        before = self.stat("results-asked")
        for who in (("--reuid=daemon", "--regid=postfix", "--clear-groups"), ("--reuid=root",)):
            done = subprocess.run(["setpriv", *who, *map(str, postmap)], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.stdout, "", who)
            self.assertNotEqual(done.returncode, 0)
        self.assertGreaterEqual(self.stat("results-strangers"), 2)
        self.assertEqual(self.stat("results-asked"), before)
        self.assertRegex(self.signpostd.child.text(), rf"refused user {pwd.getpwnam('daemon').pw_uid}, pid \d+: only user")
        # Who is in no group of Postfix' does not come as far as that.
        done = subprocess.run(["setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups", *map(str, postmap)],
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertIn("Permission denied", done.stderr)

    def test_mail_flows_where_the_socket_cannot_be_opened(self):
        self.start()
        self.signpostd.stop()
        shutil.chown(self.socket_directory, "root")
        self.signpostd.start(wrapper=self.AS_DAEMON)
        with self.assertRaisesRegex(RuntimeError, r'problem="feedback\.results_socket: .*Permission denied'):
            self.signpostd.ctl("status")
        send(self.server, "blocked@outlook.example", "fine@shop.example")
        wait_for_results(self.server, "blocked@outlook.example", "fine@shop.example")
        self.assertEqual(results(self.server, "blocked@outlook.example")[0], ("5.7.1", "bounced"))
        self.assertEqual(results(self.server, "fine@shop.example")[0][1], "sent")

    def test_its_user_and_directory_are_checked(self):
        self.start()
        for setting, complaint in (("results_user=nobody-here", "there is no user 'nobody-here'"),
                                   ("results_socket=/nowhere/results.sock", "the directory does not exist")):
            done = subprocess.run([str(self.signpostd.programs / "signpostd"), "-t", "-c", str(self.signpostd.config_file),
                                   "-o", f"feedback.{setting}"], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn(complaint, done.stdout + done.stderr)


if __name__ == "__main__":
    cases.main()
