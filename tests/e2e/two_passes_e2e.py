#!/usr/bin/python3
"""Mail that passes two MTAs, or one MTA twice. Behind two Sendmails, with Signpost at the second, no signature breaks, whatever the
first reformats. Behind a content filter, with Signpost before and after it, mail is signed once; and no invented signature with
our d= and s= stands for one of ours."""
import re
import smtplib
import unittest

from scenario import CONFIG, FEEDBACK, Scenario, body_of  # first: it also finds tests/support
import cases
import sendmail
from dkim_e2e import Counts, Judge
from lab import free_port
from nasty import FIELDS, HEAD, LONG, Nasty, generated
from postfix import Postfix
from signpostd import Signpostd
from sink import Sink
from verify import dkimpy_verdicts, expect_valid, signature_count

# At the second MTA everything comes from this host's own address and has travelled: it is all ours there.
TRUSTED = CONFIG.replace('logins  = ["shop"]', 'clients = ["127.0.0.1"]') + '\n[clients]\nloopback = "all"\n'
FAKE = FIELDS["a fake of ours"]


def reformatted():
    """What one Sendmail changes after its milters have seen it."""
    for name, field in {
        "a comma in a name": b'To: "Doe, Ann" <ann@example.org>,bob@example.org',
        "no domain": b"To: ann, Bob <bob@example.org>",
        "folded over lines": b"To: ann@example.org,\r\n\tbob@example.org,\r\n   Carol <carol@example.org>",
        "a comment": b"To: ann@example.org (Ann)",
        "no blanks": b"Cc:ann@example.org,bob@example.org,carol@example.org",
    }.items():
        yield Nasty(name, re.sub(rb"To: [^\r]*", field, HEAD) + b"\r\ntext\r\n")


class TwoSendmails(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)
        cls.signpostd = cls.lab.add(Signpostd(cls.lab, TRUSTED.split("[tracking]")[0] + TRUSTED[TRUSTED.index("[clients]"):],
                                              port=free_port()))
        cls.zone = dict(cls.signpostd.genkey(domain, "rsa1") for domain in ("shop.example", "mx.example"))
        cls.signpostd.start()
        cls.second = cls.lab.add(sendmail.Sendmail(cls.lab, cls.sink.port, cls.signpostd.milter, "out.example"))
        cls.second.start()
        cls.first = cls.lab.add(sendmail.Sendmail(cls.lab, cls.second.port))
        cls.first.start()

    def setUp(self):
        self.counts = Counts()
        self.client = self.first.client()
        self.addCleanup(self.client.close)

    def judge(self, messages, tag):
        judge = Judge(self, self.client, self.counts)
        judge.judge(judge.send(messages, tag))
        print(f"\n{self.id().split('.')[-1]}: {self.counts}")

    def test_generated(self):
        self.judge([message for message in generated() if message.sendmail], "generated")
        self.assertEqual(self.counts.told, 0)

    def test_what_one_hop_reformats(self):
        self.judge(list(reformatted()), "reformatted")
        self.assertEqual(self.counts.told, 0)

    def test_long_lines_hold_or_are_told(self):
        self.judge([message for message in generated() if message.name in LONG], "long")


class Filter(Sink):
    """A content filter: marks each message, lets `change` have it, and sends it on to the port `back`."""

    def __init__(self):
        super().__init__()
        self.back = free_port()
        self.change = bytes

    def take(self, delivery):
        with smtplib.SMTP("127.0.0.1", self.back, local_hostname="filter.example", timeout=60) as client:
            client.sendmail(delivery.sender, delivery.recipients, b"X-Scanned: yes\r\n" + self.change(delivery.raw))


class ThroughAFilter(Scenario):
    config = TRUSTED + FEEDBACK

    @classmethod
    def prepare(cls):
        cls.signpostd.new_ring("feedback.keys")

    @classmethod
    def make_postfix(cls):
        cls.filter = cls.lab.add(Filter())
        services = (f"127.0.0.1:{cls.filter.back} inet n - n - - smtpd\n  -o content_filter=\n  -o smtpd_sasl_auth_enable=no\n"
                    "scan unix - - n - 10 smtp\n  -o disable_mime_output_conversion=yes\n")
        return Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, {"content_filter": f"scan:[127.0.0.1]:{cls.filter.port}"},
                       services)

    def setUp(self):
        super().setUp()
        self.filter.change = bytes

    def passed(self, message=None, sender="orders@shop.example"):
        """The message at the sink, and the log lines of its two passes."""
        known = len(self.signpostd.find(stage="message"))
        self.assertEqual(self.send(["ann@example.org"], message, sender), {})
        delivery, = self.delivered(1)
        self.assertEqual(delivery.field("X-Scanned"), "yes")
        return delivery, *self.signpostd.wait_for(known + 2, stage="message")[known:]

    def test_signed_once(self):
        delivery, first, second = self.passed()
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual((first["dkim"], first.get("dkim_kept")), ("rsa1:shop.example", None))
        self.assertEqual((second.get("dkim"), second["dkim_kept"]), (None, "rsa1:shop.example"))

    def test_rewritten_and_signed_once(self):
        delivery, first, second = self.passed(self.newsletter(), "news@shop.example")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual(len(re.findall("https://click.example.com/c/", body_of(delivery.raw))), 1)
        self.assertEqual((first["rewritten"], second["dkim_kept"]), ("1", "rsa1:shop.example"))
        self.assertEqual((delivery.sender, second["from"]), (first["return_path"], first["return_path"]))
        self.assertEqual((second.get("return_path"), delivery.raw.count(b"\r\nSignpost-Id: ")), (None, 1))

    def test_signed_again_after_a_change(self):
        self.filter.change = lambda raw: raw + b"-- \r\nScanned and found clean\r\n"
        delivery, _, second = self.passed()
        verdicts = dkimpy_verdicts(delivery.raw, self.zone)
        self.assertEqual(verdicts[0], True)
        self.assertNotEqual(verdicts[1], True, "the filter has broken the one of the first pass")
        self.assertEqual((second["dkim"], second.get("dkim_kept")), ("rsa1:shop.example", None))

    def test_a_fake_does_not_prevent_signing(self):
        delivery, first, second = self.passed(FAKE + self.text())
        self.assert_signed_beside_a_fake(delivery)
        self.assertEqual((first["dkim"], second["dkim_kept"]), ("rsa1:shop.example", "rsa1:shop.example"))

    def test_a_fake_between_the_passes_neither_hides_nor_doubles(self):
        self.filter.change = lambda raw: FAKE + raw
        delivery, _, second = self.passed()
        self.assert_signed_beside_a_fake(delivery)
        self.assertEqual(second["dkim_kept"], "rsa1:shop.example")

    def test_the_signature_of_another_message_counts_for_nothing(self):
        other, _, _ = self.passed()
        stolen = re.search(rb"(?m)^DKIM-Signature:.*\r\n(?:[ \t].*\r\n)*", other.raw).group()
        self.subject += "-2"
        delivery, first, _ = self.passed(stolen + self.text())
        self.assert_signed_beside_a_fake(delivery)
        self.assertEqual((first["dkim"], first.get("dkim_kept")), ("rsa1:shop.example", None))

    def assert_signed_beside_a_fake(self, delivery):
        self.assertEqual(signature_count(delivery.raw), 2)
        self.assertEqual(dkimpy_verdicts(delivery.raw, self.zone).count(True), 1)


if __name__ == "__main__":
    cases.main()
