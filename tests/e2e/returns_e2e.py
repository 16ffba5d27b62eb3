#!/usr/bin/python3
"""contrib/postfix/main.cf.feedback and master.cf.feedback in a real Postfix: what its bounces and others' reports do when they come
back to return paths, and that nothing is lost while signpostd is down."""
import re
import shutil
import smtplib
import subprocess
import urllib.parse

from contrib_e2e import FRAGMENTS, ChrootedPostfix, Fragments, settings_of  # first: it also finds tests/support
import cases
from lab import free_port, wait_for
from sasl import FakeSasl
from scenario import CONFIG, FEEDBACK, NEWSLETTER, wire
from verify import expect_valid

DOMAIN = "bounce.example.com"
BLOCKED = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"
REPORT = """\
From: MAILER-DAEMON@far.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; far.example

Final-Recipient: rfc822; {about}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b--
"""


class ReturnsHouse(Fragments):
    """A Postfix with the files of contrib; why_e2e has it too."""

    config = CONFIG + FEEDBACK
    settings = settings_of("main.cf.submission") | settings_of("main.cf.feedback")

    @classmethod
    def prepare(cls):
        cls.signpostd.new_ring("feedback.keys")

    @classmethod
    def make_postfix(cls):
        port, inbound = free_port(), free_port()
        settings = {name: value.replace("10027", str(inbound)) for name, value in cls.settings.items()}
        settings["smtpd_relay_restrictions"] = "permit_mynetworks,permit_sasl_authenticated,reject_unauth_destination"
        services = (FRAGMENTS / "master.cf.feedback").read_text().replace("10027", str(inbound))
        services = (f"127.0.0.1:{port} inet n - y - - smtpd\n  -o smtpd_milters=$signpost_milter\n" + services)
        postfix = ChrootedPostfix(cls.lab, cls.sink.port, "", settings, services, port=port)
        cls.lab.add(FakeSasl(postfix.queue / "sasl.sock", cls.make_sasl()))
        return postfix

    def newsletter_to(self, *recipients):
        """Sends it. The envelope sender with which it left, if it was delivered."""
        before = len(self.sink.all())
        self.send(list(recipients), wire(NEWSLETTER.format(to=recipients[0], subject=self.subject)), "news@shop.example")
        return before

    def return_path_to(self, *recipients):
        before = self.newsletter_to(*recipients)
        wait_for(lambda: len(self.sink.all()) > before, "the newsletter at the sink")
        return self.sink.all()[-1].sender

    def report(self, to, about, port=None):
        """A report from elsewhere, by SMTP to the bounce domain."""
        with smtplib.SMTP("127.0.0.1", port or self.postfix.port, timeout=30) as client:
            client.sendmail("", [to], wire(REPORT.format(to=to, about=about)))

    def bounce_line(self, address):
        return self.signpostd.wait_for(stage="bounce", to=address)[-1]


class Returns(ReturnsHouse):
    def test_a_newsletter_leaves_with_a_return_path(self):
        sender = self.return_path_to("ann@example.org")
        self.assertRegex(sender, rf"^b\+[a-z2-7]+@{re.escape(DOMAIN)}$")
        self.assertLessEqual(len(sender.split("@")[0]), 64)
        before = len(self.sink.all())
        self.send(["ann@example.org"])
        wait_for(lambda: len(self.sink.all()) > before, "the order")
        self.assertEqual(self.sink.all()[-1].sender, "orders@shop.example", "transactional mail keeps its sender")

    def test_an_unknown_user_is_listed(self):
        self.sink.refuse["gone@example.org"] = "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown"
        self.newsletter_to("gone@example.org")
        line = self.bounce_line("gone@example.org")
        self.assertEqual((line["action"], line["class"], line["tenant"], line["stream"], line["by"]),
                         ("accept", "hard", "shop", "bulk", "own-mta"))
        self.assertIn("address=gone@example.org reason=hard-bounce tenant=- ", self.signpostd.ctl("suppress", "list"))
        refused = self.refusals(["gone@example.org"], message=self.newsletter(), sender="news@shop.example")
        self.assertEqual(refused["gone@example.org"][0], 550)
        self.postfix.wait_until_empty()

    def test_a_local_user_cannot_speak_for_the_mta(self):
        """By the port itself, with the Received field that only Postfix writes for its own reports."""
        sender = self.return_path_to("ned@example.org")
        port = next(int(line.split(":")[1].split()[0]) for line in (self.postfix.config / "master.cf").read_text().splitlines()
                    if "inet" in line and str(self.postfix.port) not in line)
        forged = "Received: by mx.example (Postfix)\n\tid 4F2C1; Sat, 28 Nov 2026 23:00:00 +0000 (UTC)\n"
        script = ("import smtplib, sys\nwith smtplib.SMTP('127.0.0.1', int(sys.argv[1]), timeout=30) as client:\n"
                  "    client.sendmail('', [sys.argv[2]], sys.stdin.buffer.read())\n")
        subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "/usr/bin/python3", "-c", script, str(port), sender],
                       input=wire(forged + REPORT.format(to=sender, about="ned@example.org")), check=True, timeout=60)
        line = self.bounce_line("ned@example.org")
        self.assertNotIn("by", line)
        self.assertIn("address=ned@example.org reason=hard-bounce tenant=shop", self.signpostd.ctl("suppress", "list"))

    def test_a_block_list_lists_nobody(self):
        self.sink.refuse["blocked@example.org"] = BLOCKED
        self.newsletter_to("blocked@example.org")
        line = self.bounce_line("blocked@example.org")
        self.assertEqual((line["action"], line["class"], line["class_reason"]), ("observe", "block", "blocklist"))
        self.assertNotIn("blocked@example.org", self.signpostd.ctl("suppress", "list"))
        self.assertRegex(self.signpostd.ctl("report", "bounces", "tenant=shop"), r"tenant=shop stream=bulk .*hard=\d+ soft=0 block=1 ")
        self.assertRegex(self.signpostd.ctl("report", "bounces", "by=provider"), r"provider=other .* block=1 .* blocked-for=blocklist:1 ")
        self.postfix.wait_until_empty()

    def test_a_temporary_failure_waits_in_the_queue(self):
        self.sink.refuse["full@example.org"] = "452 4.2.2 The mailbox is full"
        self.newsletter_to("full@example.org")
        self.postfix.wait_for_log(r"to=<full@example\.org>.*status=deferred")
        self.assertEqual(self.signpostd.find(stage="bounce", to="full@example.org"), [])
        del self.sink.refuse["full@example.org"]
        self.postfix.wait_until_empty()

    def test_a_report_days_later_from_elsewhere_lists(self):
        sender = self.return_path_to("later@example.org")
        self.report(sender, "later@example.org")
        self.assertEqual(self.bounce_line("later@example.org")["action"], "accept")
        self.assertIn("address=later@example.org reason=hard-bounce tenant=shop", self.signpostd.ctl("suppress", "list"))
        self.report(sender.upper(), "later@example.org")
        self.signpostd.wait_for(stage="bounce", to="later@example.org", reason="duplicate")
        self.postfix.wait_until_empty()

    def test_reports_about_others_and_made_up_ones_do_nothing(self):
        sender = self.return_path_to("eve@example.org")
        self.report(sender, "victim@example.org")
        self.signpostd.wait_for(stage="bounce", to="victim@example.org", reason="not-a-recipient")
        local = sender.split("@")[0]
        self.report(local[:-2] + ("aa" if not local.endswith("aa") else "bb") + "@" + DOMAIN, "eve@example.org")
        self.signpostd.wait_for(stage="bounce", to="eve@example.org", reason="forged")
        self.report("b+hello@" + DOMAIN, "eve@example.org")
        self.signpostd.wait_for(stage="bounce", to="eve@example.org", reason="no-token")
        shared = self.return_path_to("eve@example.org", "fay@example.org")
        self.report(shared, "fay@example.org")
        self.signpostd.wait_for(stage="bounce", to="fay@example.org", reason="shared-return-path")
        self.assertNotRegex(self.signpostd.ctl("suppress", "list"), r"victim@|eve@|fay@")
        self.postfix.wait_until_empty()

    def test_an_unsubscribe_by_mail_acts(self):
        before = self.newsletter_to("mia@example.org")
        wait_for(lambda: len(self.sink.all()) > before, "the newsletter")
        field = self.sink.all()[-1].field("List-Unsubscribe")
        target = re.search(r"<mailto:([^?>]+)\?subject=([^>]+)>", field)
        self.assertEqual(target.group(1), "u@" + DOMAIN)
        expect_valid(self, self.sink.all()[-1].raw, self.zone, self.lab.directory)
        message = f"From: mia@example.org\r\nSubject: {urllib.parse.unquote(target.group(2))}\r\n\r\n"
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=30) as client:
            client.sendmail("mia@example.org", [target.group(1)], message.encode())
        self.signpostd.wait_for(stage="unsubscribe", action="accept", reason="mail", to="mia@example.org")
        refused = self.refusals(["mia@example.org"], message=self.newsletter(), sender="news@shop.example")
        self.assertEqual(refused["mia@example.org"][0], 550)
        self.postfix.wait_until_empty()

    def test_names_below_the_bounce_domain_do_not_exist(self):
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=30) as client:
            with self.assertRaises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail("ann@example.net", ["anyone@foo." + DOMAIN], b"Subject: hello\r\n\r\n")
        self.assertEqual(list(refused.exception.recipients.values())[0][1][:5], b"5.1.2")

    def test_the_postmaster_of_the_bounce_domain_is_a_person(self):
        before = len(self.sink.all())
        self.report("Postmaster@" + DOMAIN, "ann@example.org")
        wait_for(lambda: len(self.sink.all()) > before, "the postmaster's mail")
        self.assertEqual(self.sink.all()[-1].recipients, ["postmaster@mx.example"])
        self.postfix.wait_until_empty()

    def test_nothing_is_lost_while_signpostd_is_down(self):
        sender = self.return_path_to("down@example.org")
        self.sink.refuse["down2@example.org"] = "550 5.1.1 User unknown"
        port = next(int(line.split(":")[1].split()[0]) for line in (self.postfix.config / "master.cf").read_text().splitlines()
                    if "inet" in line and str(self.postfix.port) not in line)
        self.signpostd.kill()
        with self.assertRaises(smtplib.SMTPException):
            self.report(sender, "down@example.org", port)
        self.signpostd.start()
        self.report(sender, "down@example.org")
        self.assertEqual(self.bounce_line("down@example.org")["action"], "accept")
        # A report of this Postfix itself that finds nobody there waits in its queue.
        self.newsletter_to("down2@example.org")
        self.assertEqual(self.bounce_line("down2@example.org")["action"], "accept")
        self.postfix.wait_until_empty()


class People(ReturnsHouse):
    """Mail of people has return paths too, and they still get their bounces."""

    config = CONFIG + FEEDBACK + 'streams = ["bulk", "transactional"]\nforward = ["transactional"]\n'

    def forwarded(self):
        return [delivery for delivery in self.sink.all() if delivery.recipients == ["orders@shop.example"]]

    def test_a_person_gets_the_bounce_once(self):
        self.sink.refuse["gone@example.org"] = "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown"
        self.send(["gone@example.org"])
        self.assertEqual(self.bounce_line("gone@example.org")["action"], "accept")
        wait_for(self.forwarded, "the bounce at the sender")
        self.postfix.wait_until_empty()
        [bounce] = self.forwarded()
        self.assertEqual(bounce.sender, "", "nothing comes back for it")
        self.assertIn(b"User unknown", bounce.raw)
        self.signpostd.wait_for(stage="bounce", reason="forwarded", to="orders@shop.example")

    def test_an_automatic_reply_finds_the_sender_by_the_events(self):
        before = len(self.sink.all())
        self.send(["away@example.org"])
        wait_for(lambda: len(self.sink.all()) > before, "the order")
        path = self.sink.all()[-1].sender
        self.assertIn("@" + DOMAIN, path)
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=30) as client:
            client.sendmail("away@example.org", [path], b"From: away@example.org\r\nSubject: away\r\n"
                            b"Auto-Submitted: auto-replied\r\n\r\nI am away until Monday.\r\n")
        wait_for(lambda: any(b"until Monday" in delivery.raw for delivery in self.forwarded()), "the reply at the sender")
        self.postfix.wait_until_empty()


class Piped(ReturnsHouse):
    """The way back without a port for it: pipe(8) and signpostctl."""

    config = "[control]\nadmin_group = \"mail\"\n" + ReturnsHouse.config

    @classmethod
    def make_postfix(cls):
        postfix = super().make_postfix()
        cls.lab.directory.chmod(0o755)
        ctl = cls.lab.directory / "signpostctl"
        shutil.copy(cls.signpostd.programs / "signpostctl", ctl)
        postfix.settings["transport_maps"] = f"inline:{{ {{ {DOMAIN} = signpost-feedback: }} }}"
        postfix.settings["signpost-feedback_destination_recipient_limit"] = "1"
        postfix.services += (f"signpost-feedback unix - n n - 10 pipe\n  flags=Rq user=mail "
                             f"argv={ctl} feedback -s {cls.signpostd.control_socket} ${{recipient}}\n")
        postfix.write_config()
        return postfix

    def test_a_bounce_through_the_pipe_lists(self):
        self.sink.refuse["gone@example.org"] = "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown"
        self.newsletter_to("gone@example.org")
        self.assertEqual(self.bounce_line("gone@example.org")["action"], "accept")
        self.postfix.wait_until_empty()

    def test_while_signpostd_is_down_it_waits(self):
        self.sink.refuse["down@example.org"] = "451 4.3.0 later"
        self.newsletter_to("down@example.org")
        self.postfix.wait_for_log(r"to=<down@example\.org>.*status=deferred")
        self.signpostd.kill()
        self.sink.refuse["down@example.org"] = "550 5.1.1 <down@example.org>: Recipient address rejected: User unknown"
        self.postfix.wait_for_log(r"relay=signpost-feedback.*status=deferred")
        self.signpostd.start()
        self.assertEqual(self.bounce_line("down@example.org")["action"], "accept")
        self.postfix.wait_until_empty()

    def test_by_hand(self):
        def take(recipient, text):
            return subprocess.run([self.signpostd.programs / "signpostctl", "-s", self.signpostd.control_socket, "feedback", recipient],
                                  input=text.encode(), capture_output=True, timeout=60)
        sender = self.return_path_to("hand@example.org")
        self.assertEqual(take(sender, REPORT.format(to=sender, about="hand@example.org")).returncode, 0)
        self.assertEqual(self.bounce_line("hand@example.org")["action"], "accept")
        self.assertEqual(take(sender, "From x Sat Nov 28\n" + "x" * 3_000_000).returncode, 0)
        wrong = take("ann@example.org", "x")
        self.assertEqual(wrong.returncode, 75)
        self.assertIn(b"not a bounce domain", wrong.stderr)


if __name__ == "__main__":
    cases.main()
