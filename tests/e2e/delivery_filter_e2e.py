#!/usr/bin/python3
"""contrib/postfix/reputation.regexp in a real Postfix, as its README says: refusals of the sender that look final wait in the queue,
dead addresses bounce, and what was delivered stays so."""
import pathlib
import re
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

import cases  # noqa: E402
import postfix  # noqa: E402
from lab import Lab, wait_for  # noqa: E402
from sink import Sink  # noqa: E402

FILTER = ROOT / "contrib/postfix/reputation.regexp"
REFUSALS = {
    "blocked@outlook.example": "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service "
                               "provider since part of their network is on our block list (S3150).",
    "deferred@yahoo.example": "553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.",
    "listed@shop.example": "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    "gone@shop.example": "550 5.1.1 <gone@shop.example>: Recipient address rejected: User unknown",
    "full@shop.example": "452 4.2.2 The mailbox is full",
}


@unittest.skipIf(postfix.why_not(), postfix.why_not())
class DeliveryFilter(unittest.TestCase):
    def start(self, **settings):
        lab = Lab()
        self.addCleanup(lab.close)
        sink = lab.add(Sink())
        sink.refuse.update(REFUSALS)
        # smtp(8) is chrooted on Debian: the table is opened before that.
        services = "smtp      unix - - y - - smtp\n"
        server = postfix.Postfix(lab, sink.port, settings=settings, services=services)
        kept = server.config / "signpost-reputation.regexp"
        shutil.copy(FILTER, kept)
        lab.add(server.start())
        with server.client() as client:
            client.sendmail("news@sender.example", [*REFUSALS, "fine@shop.example"], b"Subject: offers\r\n\r\nhello\r\n")
        wait_for(lambda: all(re.search(rf"to=<{address}>.*status=", server.log()) for address in [*REFUSALS, "fine@shop.example"]),
                 "a result for each recipient")
        return sink, server

    def result(self, server, address):
        return re.search(rf"to=<{address}>.*dsn=([0-9.]+), status=(\w+)", server.log()).groups()

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


if __name__ == "__main__":
    cases.main()
