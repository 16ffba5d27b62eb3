#!/usr/bin/python3
"""The same daemon behind a real sendmail 8.17 with the fragment of contrib/sendmail: nothing is built that only Postfix can host."""
import re
import smtplib
import unittest

from scenario import CONFIG, FEEDBACK, NEWSLETTER, body_of, wire  # first: it also finds tests/support
import cases
import sendmail
from lab import SOURCE, free_port, wait_for
from signpostd import Signpostd
from verify import expect_valid, signature_count


class BehindSendmail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)
        config = CONFIG.replace('logins  = ["shop"]', 'clients = ["127.0.0.1"]')
        cls.signpostd = cls.lab.add(Signpostd(cls.lab, config, port=free_port()))
        cls.zone = dict(cls.signpostd.genkey(domain, "rsa1") for domain in ("shop.example", "mx.example"))
        cls.signpostd.new_ring("tracking.keys")
        cls.signpostd.start()
        cls.sendmail = cls.lab.add(sendmail.Sendmail(cls.lab, cls.sink.port, cls.signpostd.milter))
        cls.sendmail.start()

    def test_refused_recipient_signed_and_rewritten_message(self):
        self.signpostd.ctl("suppress", "add", "bob@example.org", "reason=hard-bounce")
        client = self.sendmail.client()
        # It has neither Date nor Message-ID: sendmail would add them after the filter has signed.
        message = wire(NEWSLETTER.format(to="ann@example.org", subject="sendmail"))
        refused = client.sendmail("news@shop.example", ["bob@example.org", "ann@example.org"], message)
        client.quit()
        self.assertEqual(list(refused), ["bob@example.org"])
        code, text = refused["bob@example.org"]
        self.assertEqual((code, text[:5]), (550, b"5.7.1"))
        delivery, = self.sink.wait(1)
        self.assertEqual(delivery.recipients, ["ann@example.org"])
        self.assertTrue(re.search(r'href="https://click\.example\.com/c/', body_of(delivery.raw)), delivery.body)
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        line, = self.signpostd.wait_for(stage="message", action="accept", rcpts="1", rewritten="1")
        self.assertNotEqual(line["qid"], "-")


class Returns(unittest.TestCase):
    """Bounces come back by the fragment signpost-feedback.mc."""

    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)
        config = CONFIG.replace('logins  = ["shop"]', 'clients = ["127.0.0.1"]') + FEEDBACK + 'forward = ["bulk"]\n'
        cls.signpostd = cls.lab.add(Signpostd(cls.lab, config, port=free_port()))
        for domain in ("shop.example", "mx.example"):
            cls.signpostd.genkey(domain, "rsa1")
        cls.signpostd.new_ring("tracking.keys")
        cls.signpostd.new_ring("feedback.keys")
        cls.signpostd.start()
        cls.inbound = free_port()
        more = (f"define(`SIGNPOST_BOUNCE_DOMAIN', `bounce.example.com')dnl\ndefine(`SIGNPOST_INBOUND_PORT', `{cls.inbound}')dnl\n"
                f"include(`{SOURCE}/contrib/sendmail/signpost-feedback.mc')dnl")
        cls.sendmail = cls.lab.add(sendmail.Sendmail(cls.lab, cls.sink.port, cls.signpostd.milter, more=more))
        cls.sendmail.start()

    def newsletter_to(self, address):
        with self.sendmail.client() as client:
            client.sendmail("news@shop.example", [address], wire(NEWSLETTER.format(to=address, subject="returns")))

    def test_an_unknown_user_is_listed(self):
        self.sink.refuse["gone@example.org"] = "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown"
        self.newsletter_to("gone@example.org")
        line = self.signpostd.wait_for(stage="bounce", to="gone@example.org")[-1]
        self.assertEqual((line["action"], line["class"], line["tenant"]), ("accept", "hard", "shop"))
        self.assertIn("address=gone@example.org reason=hard-bounce tenant=- ", self.signpostd.ctl("suppress", "list"))
        wait_for(lambda: any(one.recipients == ["news@shop.example"] and b"gone@example.org" in one.raw and one.sender == ""
                             for one in self.sink.all()), "the bounce, forwarded to the sender")

    def test_a_block_list_lists_nobody(self):
        self.sink.refuse["blocked@example.org"] = ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
                                                   "zen.spamhaus.org")
        self.newsletter_to("blocked@example.org")
        line = self.signpostd.wait_for(stage="bounce", to="blocked@example.org")[-1]
        self.assertEqual((line["action"], line["class"]), ("observe", "block"))

    def test_a_report_from_elsewhere_lists(self):
        def delivered():
            return [one for one in self.sink.all() if one.recipients == ["later@example.org"]]
        self.newsletter_to("later@example.org")
        wait_for(delivered, "the newsletter")
        sender = delivered()[0].sender
        self.assertRegex(sender, r"^b\+[a-z2-7]+@bounce\.example\.com$")
        report = wire("From: MAILER-DAEMON@far.example\nTo: " + sender + "\nSubject: Undelivered\nContent-Type: multipart/report; "
                      'report-type=delivery-status; boundary="b"\n\n--b\n\nIt failed.\n--b\nContent-Type: '
                      "message/delivery-status\n\nReporting-MTA: dns; far.example\n\nFinal-Recipient: rfc822; "
                      "later@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n--b--\n")
        with smtplib.SMTP("127.0.0.1", self.inbound, timeout=30) as client:
            client.sendmail("", [sender], report)
        line = self.signpostd.wait_for(stage="bounce", to="later@example.org")[-1]
        self.assertEqual(line["action"], "accept")


class Origin(unittest.TestCase):
    """Everything comes from 127.0.0.1 there, so only the header tells what began here. Received fields as sendmail writes them."""

    SUBMITTED = ("Received: (from ann@localhost)\n\tby mx.example (8.17.1/8.17.1/Submit) id 5ARD;\n"
                 "\tFri, 27 Nov 2026 12:00:00 GMT\n")
    STRANGERS = ("Received: from evil.example (evil.example [203.0.113.9])\n\tby mx.example (8.17.1/8.17.1) with ESMTP id 5ARC\n"
                 "\tfor <bob@mx.example>; Fri, 27 Nov 2026 12:00:00 GMT\n")

    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)
        cls.signpostd = cls.lab.add(Signpostd(cls.lab, CONFIG.split("[tracking]")[0], port=free_port()))
        cls.zone = dict(cls.signpostd.genkey(domain, "rsa1") for domain in ("shop.example", "mx.example"))
        cls.signpostd.start()
        cls.second = cls.lab.add(sendmail.Sendmail(cls.lab, cls.sink.port, cls.signpostd.milter, "out.example", "signpost-egress"))
        cls.second.start()
        cls.first = cls.lab.add(sendmail.Sendmail(cls.lab, cls.second.port, cls.signpostd.milter, name="signpost-submit"))
        cls.first.start()
        cls.only = cls.lab.add(sendmail.Sendmail(cls.lab, cls.sink.port, cls.signpostd.milter, "one.example"))
        cls.only.start()

    def send(self, through, trace):
        """The delivery, and the last log line."""
        subject = self.id().rsplit(".", 1)[-1]
        trace = trace.replace("mx.example", through.host)
        text = f"{trace}From: orders@shop.example\nTo: ann@example.org\nSubject: {subject}\n\ntext\n"
        client = through.client()
        client.sendmail("orders@shop.example", ["ann@example.org"], wire(text))
        client.quit()
        def found():
            return [one for one in self.sink.all() if one.field("Subject") == subject]
        wait_for(found, "the message at the sink")
        return found()[0], self.signpostd.find(stage="message")[-1]

    def test_a_program_is_signed(self):
        delivery, line = self.send(self.only, self.SUBMITTED)
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual((line["origin"], line["origin_by"], line["tenant"]), ("made-here", "local-trace", "shop"))

    def test_a_web_application_is_signed(self):
        delivery, line = self.send(self.only, "")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual((line["origin"], line["origin_by"]), ("made-here", "no-trace"))

    def test_what_a_forward_gives_back_is_not(self):
        delivery, line = self.send(self.only, self.SUBMITTED + self.STRANGERS)
        self.assertEqual(signature_count(delivery.raw), 0)
        self.assertEqual((line["action"], line["reason"], line["origin_by"]), ("pass", "reinjected", "foreign-received"))

    def test_a_seal_crosses_two_sendmails(self):
        delivery, line = self.send(self.first, "")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual((line["origin"], line["tenant"], line["stream"]), ("sealed", "shop", "transactional"))
        self.assertIsNone(delivery.field("Signpost-Seal"))
        self.assertEqual(self.signpostd.find(stage="message")[-2]["origin"], "made-here")


if __name__ == "__main__":
    cases.main()
