"""What the scenarios share: one laboratory a class with a sink, a signpostd and a real Postfix before them.

Run one by hand: SIGNPOST_PROGRAMS=build/dev/programs /usr/bin/python3 tests/e2e/recipients_e2e.py
"""
import email
import pathlib
import smtplib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import postfix  # noqa: E402
from lab import Lab, wait_for  # noqa: E402
from postfix import Postfix  # noqa: E402
from sasl import FakeSasl  # noqa: E402
from signpostd import Signpostd  # noqa: E402
from sink import Sink  # noqa: E402

CONFIG = """\
[[tenant]]
name    = "shop"
logins  = ["shop"]
sender_domains = ["shop.example"]
streams = ["transactional", "bulk"]

[[tenant.stream_rule]]
sender = "news@shop.example"
stream = "bulk"

[[tenant]]
name = "host"
sender_domains = ["mx.example"]

[[dkim.key]]
domain   = "shop.example"
selector = "rsa1"
file     = "{dir}/keys/shop.example.rsa1.pem"

[[dkim.key]]
domain   = "mx.example"
selector = "rsa1"
file     = "{dir}/keys/mx.example.rsa1.pem"

[tracking]
host     = "click.example.com"
key_file = "{dir}/keys/tracking.keys"
"""

# Bulk mail leaves with a return path; new_ring("feedback.keys") before signpostd starts.
FEEDBACK = """
[feedback]
key_file = "{dir}/keys/feedback.keys"
bounce_domain = "bounce.example.com"
"""

STRANGER = {"ADDR": "203.0.113.9", "NAME": "evil.example"}
# Takes mail for example.org from everybody, as an MX does.
MX = {"relay_domains": "example.org", "smtpd_authorized_xclient_hosts": "127.0.0.1",
      "smtpd_relay_restrictions": "permit_mynetworks,permit_sasl_authenticated,reject_unauth_destination"}
TEXT = """\
From: Shop <orders@shop.example>
To: {to}
Subject: {subject}

Your order is on its way.
"""

NEWSLETTER = """\
From: Shop <news@shop.example>
To: {to}
Subject: {subject}
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Gr=C3=BC=C3=9Fe. <a href=3D"https://shop.example/november?a=3D1&amp;b=3D2">Read</a> or
<a href=3D"mailto:orders@shop.example">write</a>.</p>
"""


def wire(text):
    """Text as SMTP carries it."""
    return text.replace("\n", "\r\n").encode()


class Scenario(unittest.TestCase):
    """Subclasses may change `config` and `settings` (of Postfix). Tests of a class share the laboratory and run by name."""

    config = CONFIG
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.require_postfix()
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.sink = cls.lab.add(Sink())
        cls.signpostd = cls.lab.add(cls.make_signpostd())
        cls.zone = dict(cls.signpostd.genkey(domain, "rsa1") for domain in ("shop.example", "mx.example"))
        cls.signpostd.new_ring("tracking.keys")
        cls.prepare()
        cls.signpostd.start()
        cls.postfix = cls.lab.add(cls.make_postfix())
        cls.lab.add(FakeSasl(cls.lab.directory / "sasl.sock", cls.make_sasl()))
        cls.postfix.use_sasl(cls.lab.directory / "sasl.sock")
        cls.postfix.start()

    @classmethod
    def require_postfix(cls):
        reason = postfix.why_not()
        if reason:
            raise unittest.SkipTest(reason)

    @classmethod
    def make_signpostd(cls):
        return Signpostd(cls.lab, cls.config)

    @classmethod
    def make_postfix(cls):
        return Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, cls.settings)

    @classmethod
    def make_sasl(cls):
        """Logins and their passwords."""
        return {"shop": "secret"}

    @classmethod
    def prepare(cls):
        """More keys and the like, before signpostd starts."""

    def setUp(self):
        # Each test sends with a subject of its own and looks at its own deliveries only.
        self.subject = self.id().rsplit(".", 1)[-1]

    def text(self, to="ann@example.org"):
        return wire(TEXT.format(to=to, subject=self.subject))

    def newsletter(self, to="ann@example.org"):
        return wire(NEWSLETTER.format(to=to, subject=self.subject))

    def send(self, recipients, message=None, sender="orders@shop.example", login="shop"):
        """One message on a connection of its own. Returns the refused recipients with their replies; raises
        SMTPRecipientsRefused when none is left."""
        client = self.postfix.client(login)
        try:
            return client.sendmail(sender, recipients, message or self.text())
        finally:
            client.close()

    def stranger(self, sender="ceo@shop.example", message=None, recipients=("ann@example.org",)):
        """A client from elsewhere, without a login, with an own name in From."""
        client = self.postfix.client()
        self.addCleanup(client.close)
        code, text = client.docmd("XCLIENT", " ".join(f"{key}={value}" for key, value in STRANGER.items()))
        self.assertEqual(code, 220, text)
        client.ehlo_resp = None
        client.ehlo("evil.example")
        return client.sendmail(sender, list(recipients), message or self.text())

    def refusals(self, recipients, **options):
        """As send, for the case that all are refused."""
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as refused:
            self.send(recipients, **options)
        return refused.exception.recipients

    def delivered(self, count=1):
        """Waits for this test's messages at the sink, and that there are no more once the queue is empty."""
        def mine():
            return [delivery for delivery in self.sink.all() if delivery.field("Subject") == self.subject]
        if count:
            wait_for(lambda: len(mine()) >= count, f"{count} messages with subject {self.subject}", 60)
        self.postfix.wait_until_empty()
        self.assertEqual(len(mine()), count)
        return mine()


def body_of(raw):
    """The decoded text of a one-part message."""
    parsed = email.message_from_bytes(raw)
    return parsed.get_payload(decode=True).decode("utf-8", "replace")
