#!/usr/bin/python3
"""Limits and refusals that must neither hold mail for ever nor be got around, on a real Postfix: a message that never fits, clients
with many IPv6 addresses, reports of the MTA where mail without a key waits, and an MTA that cannot do what signing needs."""
import smtplib

from scenario import CONFIG, MX, Scenario, wire  # first: it also finds tests/support
import cases
import origin_e2e
from lab import run, wait_for
from verify import expect_valid, signature_count

THREE = [f"r{number}@example.org" for number in range(3)]


class NeverFits(Scenario):
    """Local programs, and clients whose stream is known late, hear of a limit for the whole message only."""

    config = CONFIG + """
[[limit]]
name = "shop-two"
key  = ["tenant"]
rate = ["2/h"]
when = { tenant = ["shop"] }

[[limit]]
name = "host-paced"
key  = ["tenant"]
rate = ["1/h"]
burst = 3
when = { tenant = ["host"] }
"""

    def setUp(self):
        super().setUp()
        for name in ("shop-two", "host-paced"):
            self.signpostd.ctl("limit", "reset", name)

    def program(self, sender, recipients):
        text = f"From: <{sender}>\nTo: {', '.join(recipients)}\nSubject: {self.subject}\n\ntext\n"
        run("/usr/sbin/sendmail", "-C", self.postfix.config, "-t", "-i", "-f", sender, input=text)

    def expect_signed(self, recipients):
        delivery, = self.delivered(1)
        self.assertEqual(sorted(delivery.recipients), recipients)
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)

    def test_a_program_is_told_at_once(self):
        self.program("orders@shop.example", THREE)
        wait_for(lambda: "orders@shop.example" in self.sink.recipients(), "the report at the sink")
        self.delivered(0)
        report, = [one for one in self.sink.all() if one.recipients == ["orders@shop.example"]]
        self.assertIn(b"Limit shop-two never lets so many recipients of one message pass", report.raw.replace(b"\r\n    ", b" "))

    def test_what_fits_passes(self):
        self.program("orders@shop.example", THREE[:2])
        self.expect_signed(THREE[:2])

    def test_a_paced_limit_lets_it_through_when_full(self):
        self.program("root@mx.example", THREE)
        self.expect_signed(THREE)


class LateStream(Scenario):
    """The limit is on a stream that only the header names."""

    config = CONFIG + """
[[limit]]
name = "bulk-two"
key  = ["tenant"]
rate = ["2/h"]
when = { stream = ["bulk"] }
"""

    def bulk(self, recipients):
        return self.send(recipients, wire("Signpost-Stream: bulk\n") + self.text())

    def test_1_what_never_fits_is_refused_for_good(self):
        with self.assertRaises(smtplib.SMTPDataError) as found:
            self.bulk(THREE)
        self.assertEqual(found.exception.smtp_code, 550)
        self.assertIn(b"Limit bulk-two never lets so many recipients", found.exception.smtp_error)
        self.delivered(0)

    def test_2_what_fits_passes_once(self):
        self.assertEqual(self.bulk(THREE[:2]), {})
        delivery, = self.delivered(1)
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        with self.assertRaises(smtplib.SMTPDataError) as found:
            self.bulk(THREE[:1])
        self.assertEqual(found.exception.smtp_code, 451, "it fits later")


class ManyAddresses(Scenario):
    """A limit by client counts a /64 of IPv6 as one client."""

    settings = MX | {"inet_protocols": "all"}
    config = CONFIG + '[[limit]]\nname = "client"\nkey  = ["client"]\nrate = ["2/h"]\n'

    def send_from(self, address):
        """The code that the recipient gets."""
        client = self.postfix.client()
        self.addCleanup(client.close)
        self.assertEqual(client.docmd("XCLIENT", f"ADDR={address} NAME=client.example")[0], 220)
        client.ehlo("client.example")
        client.login("shop", "secret")
        self.assertEqual(client.mail("orders@shop.example")[0], 250)
        code = client.rcpt("ann@example.org")[0]
        if code == 250:
            self.assertEqual(client.data(self.text())[0], 250)
        return code

    def test_a_64_is_one_client(self):
        codes = [self.send_from(f"IPV6:2001:db8:1:2::{number}") for number in range(1, 4)]
        self.assertEqual(codes, [250, 250, 451])
        self.assertEqual(self.send_from("IPV6:2001:db8:1:3::1"), 250, "another network")
        for delivery in self.delivered(3):
            expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertIn("2001:db8:1:2::/64", self.signpostd.ctl("limit", "show", "client"))

    def test_each_ipv4_address_is_one(self):
        self.assertEqual([self.send_from(f"198.51.100.{number}") for number in range(1, 4)], [250] * 3)
        self.delivered(3)


class ReportsMayWait(origin_e2e.Reports):
    """The MTA's own reports are not held up where other mail without a key waits."""

    config = origin_e2e.Reports.config.replace('unsigned = "refuse"', 'unsigned = "refuse"\non_no_key = "defer"')

    test_nothing_unsigned_leaves = None  # with "refuse" for all

    def test_a_program_cannot_be_the_mta_by_its_sender_alone(self):
        """Its mail waits in the maildrop."""
        text = f"From: x@nokey.example\nTo: ann@example.org\nSubject: {self.subject}\n\nspam\n"
        run("/usr/sbin/sendmail", "-C", self.postfix.config, "-t", "-i", "-f", "<>", input=text)
        self.signpostd.wait_for(stage="message", origin="made-here", reason="no-key", action="defer")
        run("postsuper", "-c", self.postfix.config, "-d", "ALL")
        self.delivered(0)


class OldProtocol(Scenario):
    """milter_protocol = 2 in main.cf, and mail passes while the filter is away: said aloud."""

    settings = {"milter_protocol": "2", "milter_default_action": "accept"}

    def test_log_status_and_metrics_tell_it(self):
        self.send(["ann@example.org"])
        self.assertEqual(signature_count(self.delivered(1)[0].raw), 0)
        with self.assertRaisesRegex(RuntimeError, "problem=.*milter_protocol = 6"):
            self.signpostd.ctl("status")
        self.assertTrue(self.signpostd.find(stage="milter", reason="negotiation"))
        self.assertRegex(self.signpostd.ctl("metrics"), r"(?m)^signpost_negotiations_failed_total [1-9]")


if __name__ == "__main__":
    cases.main()
