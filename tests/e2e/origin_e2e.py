#!/usr/bin/python3
"""Whose mail it is, on a real Postfix as administrators have it: each attack that made a stranger's mail look like the site's own,
and beside it the legitimate mail that comes the same way. Strangers come by XCLIENT, so that Postfix itself writes their address."""
import re
import smtplib
import textwrap

from scenario import CONFIG, FEEDBACK, MX, Scenario, body_of  # first: it also finds tests/support
import cases
from lab import free_port, run, wait_for
from postfix import Postfix
from sink import Sink
from verify import expect_valid, signature_count

TWO_AN_HOUR = '[[limit]]\nname = "two"\nkey  = ["tenant"]\nrate = ["2/h"]\n'


class Origin(Scenario):
    settings = MX

    def program(self, text, *arguments):
        """What a local program gives to sendmail."""
        return run("/usr/sbin/sendmail", "-C", self.postfix.config, *arguments, input=text)

    def message_lines(self, count):
        """The last `count` summaries."""
        self.postfix.wait_until_empty()
        return self.signpostd.find(stage="message")[-count:]

    def used(self, limit="two"):
        return re.findall(r"bucket=\S+ key=(\S+) used=(\d+)", self.signpostd.ctl("limit", "show", limit))

    def expect_signed_once(self, delivery):
        self.assertEqual(signature_count(delivery.raw), 1)
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)

    def reset(self, limit="two"):
        self.signpostd.ctl("limit", "reset", limit)


class AllPorts(Origin):
    """Signpost on every port and at pickup, without roles."""

    config = CONFIG + TWO_AN_HOUR

    def setUp(self):
        super().setUp()
        self.reset()

    def test_a_stranger_is_not_signed_and_a_login_is(self):
        self.stranger()
        delivery, = self.delivered(1)
        self.assertEqual(signature_count(delivery.raw), 0)
        line, = self.message_lines(1)
        self.assertEqual((line["action"], line["origin"], line["reason"]), ("pass", "foreign", "not-outbound"))
        self.assertEqual(self.used(), [])
        self.send(["ann@example.org"])
        self.expect_signed_once(self.delivered(2)[1])
        self.assertEqual(self.used(), [("tenant=shop", "1")])

    def test_a_login_with_the_null_sender_is_judged(self):
        self.signpostd.ctl("suppress", "add", "bob@example.org")
        everyone = ["bob@example.org"] + [f"r{number}@example.org" for number in range(4)]
        refused = self.send(everyone, sender="")
        self.assertEqual({to: code for to, (code, _) in refused.items()},
                         {"bob@example.org": 550, "r2@example.org": 451, "r3@example.org": 451})
        self.expect_signed_once(self.delivered(1)[0])
        self.signpostd.ctl("suppress", "del", "bob@example.org")
        self.reset()
        forged = self.text().replace(b"orders@shop.example", b"root@mx.example")
        with self.assertRaises(smtplib.SMTPDataError) as found:
            self.send(["ann@example.org"], forged, sender="")
        self.assertEqual(found.exception.smtp_code, 550)

    def test_a_web_application_on_this_host_needs_no_login(self):
        self.signpostd.ctl("suppress", "add", "bob@example.org")
        refused = self.send(["ann@example.org", "bob@example.org"], login=None)
        self.assertEqual(list(refused), ["bob@example.org"])
        self.program(self.text("carl@example.org, bob@example.org").replace(b"\r\n", b"\n").decode(), "-t", "-i", "-f",
                     "orders@shop.example")
        web, php = self.delivered(2)
        self.expect_signed_once(web)
        self.expect_signed_once(php)
        self.assertEqual(php.recipients, ["carl@example.org"], "the listed one is dropped: nobody hears a refusal")
        self.assertEqual(self.used(), [("tenant=shop", "2")])
        self.signpostd.ctl("suppress", "del", "bob@example.org")

    def test_sendmail_bs_is_made_here(self):
        dialogue = textwrap.dedent(f"""\
            EHLO localhost
            MAIL FROM:<orders@shop.example>
            RCPT TO:<ann@example.org>
            DATA
            From: orders@shop.example
            To: ann@example.org
            Subject: {self.subject}

            text
            .
            QUIT
            """)
        self.program(dialogue, "-bs")
        self.expect_signed_once(self.delivered(1)[0])
        self.assertEqual(self.message_lines(1)[0]["origin_by"], "local-trace")

    def test_a_forward_to_a_program_is_not_ours(self):
        """The mail of a stranger in a mailbox, as .forward, procmail and sieve give it back: from the local user's address."""
        text = (f"Delivered-To: bob@mx.example\nReceived: from evil.example (evil.example [203.0.113.9])\n\tby mx.example (Postfix) "
                f"with ESMTP id 4ABC;\n\tFri, 27 Nov 2026 12:00:00 +0000 (UTC)\nFrom: Shop <orders@shop.example>\n"
                f"To: ann@example.org\nSubject: {self.subject}\n\npay here\n")
        self.program(text, "-i", "-f", "bob@shop.example", "ann@example.org")
        delivery, = self.delivered(1)
        self.assertEqual(signature_count(delivery.raw), 0)
        line, = self.message_lines(1)
        self.assertEqual((line["action"], line["reason"], line["origin_by"]), ("pass", "reinjected", "delivered-to"))
        self.assertRegex(self.signpostd.ctl("status"), r"state=ok\n(?s:.*)hint=.*clients\.reinjected")
        self.assertEqual(self.used(), [])

    def test_a_seal_from_outside_is_taken_off(self):
        self.stranger(message=b"Signpost-Seal: AQGinvented\r\n" + self.text())
        delivery, = self.delivered(1)
        self.assertNotIn(b"AQGinvented", delivery.raw)
        self.assertIn("seals-refused=1", self.signpostd.ctl("stats"))


class Logins(Origin):
    """Logins by domain, in any case, and local mail beside a limit by login."""

    config = CONFIG.replace('logins  = ["shop"]', 'logins  = ["@shop.example", "SHOP"]') + """
[[limit]]
name = "two"
key  = ["login"]
rate = ["2/h"]
"""

    @classmethod
    def make_sasl(cls):
        return {name: "secret" for name in ("ann@shop.example", "Ann@Shop.Example", "ANN@shop.example", "shop", "Shop")}

    def test_spellings_of_a_login_share_its_limit(self):
        self.reset()
        for login in ("ann@shop.example", "Ann@Shop.Example"):
            self.assertEqual(self.send(["ann@example.org"], login=login), {})
        self.assertEqual(self.refusals(["ann@example.org"], login="ANN@shop.example")["ann@example.org"][0], 451)
        self.send(["ann@example.org"], login="Shop")
        for delivery in self.delivered(3):
            self.expect_signed_once(delivery)
        self.assertEqual(sorted(self.used()), [("login=ann@shop.example", "2"), ("login=shop", "1")])

    def test_mail_without_a_login_has_no_bucket(self):
        self.reset()
        for number in range(4):
            self.program(f"From: root@mx.example\nTo: ann@example.org\nSubject: {self.subject}\n\ncron {number}\n", "-t", "-i",
                         "-f", "root@mx.example")
        for delivery in self.delivered(4):
            self.expect_signed_once(delivery)
        self.assertEqual(self.used(), [])


class Reports(Origin):
    """Postfix' own reports pass the filter, with the strictest settings."""

    STRICT = '[dkim]\nunsigned = "refuse"\n'
    FREE = '[[tenant]]\nname = "free"\nlogins = ["free"]\n'
    config = CONFIG.replace('domain   = "mx.example"', 'domain   = "unused.example"') + STRICT + TWO_AN_HOUR + FREE
    settings = MX | {"internal_mail_filter_classes": "bounce"}

    @classmethod
    def make_sasl(cls):
        return {"shop": "secret", "free": "secret"}

    def test_a_report_is_delivered(self):
        self.sink.refuse["nobody@example.org"] = "550 5.1.1 No such user"
        self.signpostd.ctl("suppress", "add", "orders@shop.example")
        self.assertEqual(self.send(["nobody@example.org"]), {})
        wait_for(lambda: "orders@shop.example" in self.sink.recipients(), "the report at the sink")
        self.postfix.wait_until_empty()
        line, = self.signpostd.wait_for(stage="message", origin="own-dsn")
        self.assertEqual((line["action"], line["rcpts"], line["from"]), ("accept", "1", ""))

    def test_no_report_waits_for_a_key_that_cannot_be_read(self):
        more = self.signpostd.directory / "more"
        more.mkdir(mode=0o700)
        (more / "mx.example.broken.pem").write_text("not a key\n")
        (more / "mx.example.broken.pem").chmod(0o600)
        self.signpostd.write_config(CONFIG + self.STRICT + 'key_files = "{dir}/more/*.pem"\n')
        self.signpostd.ctl("reload")
        self.addCleanup(self.signpostd.ctl, "reload")
        self.addCleanup(self.signpostd.write_config, self.config)
        self.sink.refuse["nobody@example.org"] = "550 5.1.1 No such user"
        self.assertEqual(self.send(["nobody@example.org"]), {})
        self.signpostd.wait_for(stage="message", origin="own-dsn", unsigned="key-unreadable", action="accept")
        self.postfix.wait_until_empty()

    def test_nothing_unsigned_leaves(self):
        for name, message in {
            # Postfix itself adds a From that is missing.
            "on_no_from": self.text().replace(b"Shop <orders@shop.example>", b"nobody:;"),
            "on_bad_from": b"From: ceo@nokey.example\r\n" + self.text(),
            "on_several_authors": self.text().replace(b"orders@shop.example>", b"orders@shop.example>, news@shop.example"),
            "on_no_key": self.text().replace(b"orders@shop.example>", b"orders@nokey.example>"),
        }.items():
            with self.subTest(name), self.assertRaises(smtplib.SMTPDataError) as refused:
                self.send(["ann@example.org"], message, login="free", sender="orders@nokey.example")
            self.assertEqual(refused.exception.smtp_code, 550)
            self.signpostd.wait_for(stage="message", action="refuse", rule=name)
        self.delivered(0)

    def test_a_program_cannot_be_the_mta_by_its_sender_alone(self):
        self.program(f"From: x@nokey.example\nTo: ann@example.org\nSubject: {self.subject}\n\nspam\n", "-t", "-i", "-f", "<>")
        line, = self.signpostd.wait_for(stage="message", origin="made-here", reason="no-key")
        self.assertEqual(line["action"], "refuse")
        self.postfix.wait_until_empty()


class ContentFilter(Sink):
    """Hands what it gets back by the sendmail command, as `pipe` filters do, with a mark on top."""

    def __init__(self):
        super().__init__()
        self.postfix = None

    def take(self, delivery):
        text = b"X-Scanned: yes\r\n" + delivery.raw
        run("/usr/sbin/sendmail", "-C", self.postfix.config, "-G", "-i", "-f", delivery.sender or "<>", *delivery.recipients,
            input=text.replace(b"\r\n", b"\n").decode())


class ThroughAPipe(Origin):
    """A content filter that hands mail back by sendmail; Signpost at smtpd and at pickup."""

    config = CONFIG + TWO_AN_HOUR

    @classmethod
    def make_postfix(cls):
        cls.filter = cls.lab.add(ContentFilter())
        services = (f"scan unix - - n - 10 smtp\n  -o disable_mime_output_conversion=yes\n"
                    f"127.0.0.1:{cls.port()} inet n - n - - smtpd\n  -o content_filter=scan:[127.0.0.1]:{cls.filter.port}\n")
        cls.filter.postfix = Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, cls.settings, services, port=cls.port())
        return cls.filter.postfix

    @classmethod
    def port(cls):
        if not hasattr(cls, "own_port"):
            cls.own_port = free_port()
        return cls.own_port

    def setUp(self):
        super().setUp()
        self.reset()

    def test_a_stranger_stays_a_stranger(self):
        self.stranger()
        delivery, = self.delivered(1)
        self.assertEqual(delivery.field("X-Scanned"), "yes")
        self.assertEqual(signature_count(delivery.raw), 0)
        first, second = self.message_lines(2)
        self.assertEqual((first["origin"], second["origin"]), ("foreign", "foreign"))
        self.assertEqual(self.used(), [])

    def test_a_login_is_signed_and_charged_once(self):
        self.assertEqual(self.send(["ann@example.org", "carl@example.org"]), {})
        delivery, = self.delivered(1)
        self.assertEqual(delivery.field("X-Scanned"), "yes")
        self.expect_signed_once(delivery)
        self.assertEqual(self.used(), [("tenant=shop", "2")])
        self.assertEqual(self.refusals(["more@example.org"])["more@example.org"][0], 451)


class ThroughAPipeWithoutReceived(ThroughAPipe):
    """The one hole in every rule about header fields: the port strips Received. The seal of the first pass closes it."""

    settings = MX | {"header_checks": "regexp:{headers}"}

    @classmethod
    def make_postfix(cls):
        rule = cls.lab.directory / "headers"
        rule.write_text("/^Received:/ IGNORE\n")
        cls.settings = MX | {"header_checks": f"regexp:{rule}"}
        return super().make_postfix()

    def test_a_stranger_without_an_id_stays_a_stranger(self):
        """Pickup adds Message-Id and Date, so that the seal does not open: that too shows that it came back."""
        self.stranger()
        self.delivered(1)
        line = self.message_lines(1)[0]
        self.assertIn(line["origin_by"], ("seal-foreign", "seal-broken"))


class TwoHops(Origin):
    """Submission and egress in one Postfix: tenant, stream and login are known at the second, at RCPT already."""

    config = CONFIG + FEEDBACK + """
[[limit]]
name = "two"
key  = ["login"]
rate = ["2/h"]

[dkim]
foreign_from = "refuse"
"""

    @classmethod
    def make_postfix(cls):
        cls.egress = free_port()
        services = (f"127.0.0.1:{cls.egress} inet n - n - - smtpd\n  -o content_filter=\n  -o smtpd_sasl_auth_enable=no\n"
                    "  -o milter_macro_daemon_name=signpost-egress\n"
                    "toegress unix - - n - 10 smtp\n  -o smtp_send_xforward_command=yes\n")
        settings = cls.settings | {"content_filter": f"toegress:[127.0.0.1]:{cls.egress}",
                                   "milter_macro_daemon_name": "signpost-submit"}
        return Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, settings, services)

    @classmethod
    def prepare(cls):
        cls.signpostd.new_ring("feedback.keys")

    def setUp(self):
        super().setUp()
        self.reset()

    def test_1_identity_crosses_and_leaves_no_trace(self):
        self.assertEqual(self.send(["ann@example.org"], self.newsletter(), sender="news@shop.example"), {})
        delivery, = self.delivered(1)
        self.expect_signed_once(delivery)
        self.assertEqual(len(re.findall("https://click.example.com/c/", body_of(delivery.raw))), 1)
        self.assertIsNone(delivery.field("Signpost-Seal"))
        self.assertRegex(delivery.sender, r"^b\+[a-z2-7]+@bounce\.example\.com$")
        self.assertEqual(delivery.raw.count(b"\r\nSignpost-Id: "), 1, "the signature covers it")
        first, second = self.message_lines(2)
        self.assertEqual((first["return_path"], second["from"]), (delivery.sender, delivery.sender))
        self.assertEqual((first["origin"], first["login"], first["stream"]), ("login", "shop", "bulk"))
        self.assertEqual((second["origin"], second["login"], second["tenant"], second["stream"]), ("sealed", "shop", "shop", "bulk"))
        self.assertEqual(self.used(), [("login=shop", "1")])

    def test_2_a_limit_by_login_holds_mail_in_the_queue(self):
        everyone = [f"r{number}@example.org" for number in range(3)]
        self.assertEqual(self.send(everyone), {}, "the client hears of no limit")
        line, = self.signpostd.wait_for(stage="rcpt", action="defer", rule="two", login="shop", origin="sealed")[:1]
        self.assertEqual(line["client"], "127.0.0.1")
        wait_for(lambda: len([to for to in self.sink.recipients() if to in everyone]) == 2, "two recipients at the sink")
        self.reset()
        for delivery in self.delivered(2):
            self.expect_signed_once(delivery)

    def test_3_a_stranger_is_refused_where_mail_is_submitted(self):
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as refused:
            self.stranger()
        code, text = refused.exception.recipients["ann@example.org"]
        self.assertEqual((code, text[:5]), (550, b"5.7.1"))
        with self.assertRaisesRegex(RuntimeError, "problem=.*without a login were refused on a port of role signpost-submit"):
            self.signpostd.ctl("status")

    def test_4_local_mail_has_no_login_and_passes(self):
        for number in range(3):
            self.program(f"From: root@mx.example\nTo: ann@example.org\nSubject: {self.subject}\n\ncron {number}\n", "-t", "-i",
                         "-f", "root@mx.example")
        for delivery in self.delivered(3):
            self.expect_signed_once(delivery)

    def test_5_a_seal_is_worth_nothing_with_another_sender(self):
        """A stranger who got hold of an envelope id."""
        with smtplib.SMTP("127.0.0.1", self.egress, local_hostname="client.example", timeout=60) as client:
            client.ehlo()
            client.mail("else@shop.example", ["ENVID=" + "A" * 100])
            self.assertEqual(client.rcpt("ann@example.org")[0], 250)
            message = (b"Received: from evil (evil.example [203.0.113.9])\r\n\tby mx.example (Postfix) with ESMTP id 4A; x\r\n" +
                       self.text())
            self.assertEqual(client.data(message)[0], 250)
        delivery, = self.delivered(1)
        self.assertEqual(signature_count(delivery.raw), 0)


class BeforeQueue(Origin):
    """smtpd_proxy_filter: the front is aborted after the back has ended, so only the back charges, where no login is known. As long
    as both are open both hold the recipient: a limit lets fewer through, never more."""

    config = CONFIG + TWO_AN_HOUR

    @classmethod
    def make_postfix(cls):
        back = free_port()
        services = f"127.0.0.1:{back} inet n - n - - smtpd\n  -o smtpd_proxy_filter=\n  -o smtpd_sasl_auth_enable=no\n"
        # Postfix speaks to itself without a filter between: the events are the same.
        settings = cls.settings | {"smtpd_proxy_filter": f"127.0.0.1:{back}"}
        return Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, settings, services)

    def test_the_limit_of_a_tenant_holds_and_mail_is_signed(self):
        self.reset()
        passed = 0
        for _ in range(4):
            try:
                self.send(["ann@example.org"])
                passed += 1
            except smtplib.SMTPException:
                pass
        self.assertIn(passed, (1, 2))
        for delivery in self.delivered(passed):
            self.expect_signed_once(delivery)

    def test_a_stranger_is_not_signed(self):
        self.reset()
        self.stranger()
        self.assertEqual(signature_count(self.delivered(1)[0].raw), 0)

    def test_a_login_whose_own_mta_wrote_a_received(self):
        self.reset()
        trace = b"Received: from pc (unknown [10.0.0.7]) by office.shop.example with ESMTP; Fri, 27 Nov 2026 13:56:40 +0000\r\n"
        self.assertEqual(self.send(["ann@example.org"], trace + self.text()), {})
        self.expect_signed_once(self.delivered(1)[0])
        self.signpostd.wait_for(stage="message", action="accept", origin_by="login-trace")

    def test_status_tells_of_the_port_in_front(self):
        for _ in range(20):
            self.reset()
            self.send(["ann@example.org"])
        self.delivered(20)
        # The front port is aborted after the answer.
        wait_for(lambda: "ended before their header" in self.signpostd.ctl("status"), "a hint in status")


if __name__ == "__main__":
    cases.main()
