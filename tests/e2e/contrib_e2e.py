#!/usr/bin/python3
"""What contrib/postfix gives to administrators, as it stands there: the fragments of main.cf and master.cf, and the demonstration."""
import os
import pathlib
import re
import shlex
import smtplib
import ssl
import subprocess
import unittest

from scenario import CONFIG, MX, Scenario  # first: it also finds tests/support
import cases
from lab import SOURCE, Lab, free_port, is_listening, run, wait_for
from postfix import Postfix
from sasl import FakeSasl
from signpostd import Signpostd
from verify import expect_valid, signature_count

FRAGMENTS = SOURCE / "contrib" / "postfix"


LOCAL = "From: root <root@mx.example>\nTo: ann@example.org\nSubject: {subject}\n\ntext\n"
# A stranger's mail, as a filter on port 25 hands it back.
CAME_BACK = ("Received: from evil.example (evil.example [203.0.113.9])\n\tby mx.example (Postfix) with ESMTP id 4ABC;\n\tFri, 27 Nov "
             "2026 12:00:00 +0000 (UTC)\nFrom: Shop <orders@shop.example>\nTo: ann@example.org\nSubject: {subject}\n\npay here\n")


def settings_of(name):
    """The settings of a main.cf fragment."""
    lines = (FRAGMENTS / name).read_text().splitlines()
    return dict(re.split(r"\s*=\s*", line, maxsplit=1) for line in lines if line and not line.startswith("#"))


class Fragments(Scenario):
    """Signpost's socket is below the queue directory, and named relative to it, as the fragment has it."""

    @classmethod
    def make_signpostd(cls):
        directory = cls.lab.directory / "postfix" / "spool" / "signpost"
        directory.mkdir(parents=True)
        return Signpostd(cls.lab, cls.config, socket_path=directory / "milter.sock")


class ChrootedPostfix(Postfix):
    """Its smtpd cannot leave the queue directory, as Debian has it."""

    def use_sasl(self, socket_path):
        super().use_sasl("sasl.sock")


class Minimal(Fragments):
    """Every port, port 25 included."""

    settings = settings_of("main.cf.minimal") | MX

    @classmethod
    def make_postfix(cls):
        port = free_port()
        services = f"127.0.0.1:{port} inet n - y - - smtpd\n"
        postfix = ChrootedPostfix(cls.lab, cls.sink.port, "", cls.settings, services, port=port)
        cls.lab.add(FakeSasl(postfix.queue / "sasl.sock", cls.make_sasl()))
        return postfix

    def expect_valid(self):
        expect_valid(self, self.delivered(1)[0].raw, self.zone, self.lab.directory)

    def expect_unsigned(self):
        self.assertEqual(signature_count(self.delivered(1)[0].raw), 0)

    def test_mail_is_signed_and_many_refusals_do_not_end_the_session(self):
        listed = [f"gone{number}@example.org" for number in range(30)]
        for address in listed:
            self.signpostd.ctl("suppress", "add", address)
        refused = self.send(listed + ["ann@example.org"])
        self.assertEqual({code for code, _ in refused.values()}, {550})
        self.assertEqual(sorted(refused), sorted(listed))
        self.expect_valid()

    def test_a_stranger_with_an_own_from_is_not_signed(self):
        self.stranger()
        self.expect_unsigned()

    def test_a_stranger_with_a_null_sender_is_not_signed(self):
        self.stranger(sender="")
        self.expect_unsigned()

    def test_a_login_with_the_from_of_another_is_refused(self):
        with self.assertRaises(smtplib.SMTPDataError) as refused:
            self.send(["ann@example.org"], self.text().replace(b"orders@shop.example", b"root@mx.example"))
        self.assertEqual(refused.exception.smtp_code, 550)

    def test_local_mail_is_signed(self):
        self.postfix.submit_locally(LOCAL.format(subject=self.subject), "root@mx.example")
        self.expect_valid()

    def test_local_mail_with_a_null_sender_arrives(self):
        self.postfix.submit_locally(LOCAL.format(subject=self.subject), "<>")
        self.assertEqual(self.delivered(1)[0].sender, "")

    def test_what_comes_back_through_sendmail_is_not_signed(self):
        self.postfix.submit_locally(CAME_BACK.format(subject=self.subject), "orders@shop.example")
        self.expect_unsigned()


class SubmissionPostfix(Postfix):
    """Logins on the ports of master.cf.submission only. These are chrooted, so the socket is below the queue directory."""

    def use_sasl(self, socket_path):
        self.settings |= {"smtpd_sasl_type": "dovecot", "smtpd_sasl_path": "sasl.sock", "smtpd_sasl_security_options": "noanonymous"}
        self.write_config()


class Ports(Fragments):
    """The submission ports of a master.cf fragment, beside a spam filter on port 25 (which is away, and lets mail pass)."""

    services = "master.cf.submission"

    @classmethod
    def make_postfix(cls):
        cls.ports = {name: str(free_port()) for name in ("submission", "submissions")}
        cls.spam_filter = f"inet:127.0.0.1:{free_port()}"
        services = (FRAGMENTS / cls.services).read_text().replace("10026", str(free_port()))
        for name, port in cls.ports.items():
            services = re.sub(rf"(?m)^{name} inet", f"127.0.0.1:{port} inet", services)
        services += "tlsmgr unix - - y 1000? 1 tlsmgr\n"
        certificate = cls.lab.directory / "tls.pem"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mx.example", "-days", "2",
            "-keyout", certificate, "-out", cls.lab.directory / "cert.pem")
        with open(certificate, "a", encoding="ascii") as chain:
            chain.write((cls.lab.directory / "cert.pem").read_text())
        postfix = SubmissionPostfix(cls.lab, cls.sink.port, "", settings_of("main.cf.submission") | {
            "smtpd_milters": f"{{ {cls.spam_filter}, default_action=accept }}", "smtpd_hard_error_limit": "20",
            "smtpd_soft_error_limit": "10", "smtpd_tls_chain_files": certificate, "mynetworks": "192.0.2.0/24",
            "relay_domains": "example.org", "smtpd_relay_restrictions": "permit_mynetworks,reject_unauth_destination"} |
            cls.settings, services)
        cls.lab.add(FakeSasl(postfix.queue / "sasl.sock", {"shop": "secret"}))
        return postfix

    def client(self, service, login="shop"):
        """Connected to a port of the fragment, encrypted, and logged in unless `login` is None."""
        context = ssl._create_unverified_context()  # pylint: disable=protected-access
        port = int(self.ports[service])
        wait_for(lambda: is_listening(port), f"port {service}")  # Postfix is started when its first port listens
        if service == "submissions":
            client = smtplib.SMTP_SSL("127.0.0.1", port, "client.example", timeout=60, context=context)
        else:
            client = smtplib.SMTP("127.0.0.1", port, "client.example", timeout=60)
            client.starttls(context=context)
        self.addCleanup(client.close)
        client.ehlo()
        if login:
            client.login(login, "secret")
        return client


class Submission(Ports):
    """The README's first variant."""

    def expect_untouched(self, sender):
        """A stranger's mail to port 25, with an own From, arrives as it was sent, and Signpost never heard of it."""
        known = len(self.signpostd.log())
        client = self.postfix.client()
        self.addCleanup(client.close)
        self.assertEqual(client.sendmail(sender, ["ann@example.org"], self.text()), {})
        delivery, = self.delivered(1)
        self.assertEqual(signature_count(delivery.raw), 0)
        self.assertEqual(self.signpostd.log()[known:], [])

    def test_a_stranger_with_an_own_from_is_not_signed(self):
        self.expect_untouched("ceo@shop.example")

    def test_a_stranger_with_a_null_sender_is_not_signed(self):
        self.expect_untouched("")

    def test_the_spam_filter_on_port_25_is_still_asked(self):
        self.postfix.client().close()
        self.postfix.wait_for_log(f"connect to Milter service {self.spam_filter}")

    def test_port_25_still_hangs_up_after_twenty_errors(self):
        client = self.postfix.client()
        self.addCleanup(client.close)
        client.mail("eve@evil.example")
        codes = []
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            for number in range(40):
                codes.append(client.rcpt(f"a{number}@elsewhere.example")[0])
        self.assertLessEqual(len(codes), 21)

    def test_a_stranger_without_a_login_is_refused_where_mail_is_submitted(self):
        for service in self.ports:
            with self.assertRaises(smtplib.SMTPRecipientsRefused):
                self.client(service, login=None).sendmail("ceo@shop.example", ["ann@example.org"], self.text())

    def test_a_login_is_signed_on_both_ports(self):
        for service in self.ports:
            self.assertEqual(self.client(service).sendmail("orders@shop.example", ["ann@example.org"], self.text()), {})
        for delivery in self.delivered(2):
            expect_valid(self, delivery.raw, self.zone, self.lab.directory)

    def test_a_login_with_the_from_of_another_is_refused(self):
        forged = self.text().replace(b"orders@shop.example", b"root@mx.example")
        with self.assertRaises(smtplib.SMTPDataError) as refused:
            self.client("submission").sendmail("orders@shop.example", ["ann@example.org"], forged)
        self.assertEqual(refused.exception.smtp_code, 550)
        self.delivered(0)

    def test_many_refusals_do_not_end_the_session_of_a_login(self):
        listed = [f"gone{number}@example.org" for number in range(30)]
        for address in listed:
            self.signpostd.ctl("suppress", "add", address)
        refused = self.client("submission").sendmail("orders@shop.example", listed + ["ann@example.org"], self.text())
        self.assertEqual(sorted(refused), sorted(listed))
        self.delivered(1)

    def local(self, sender):
        self.postfix.submit_locally(LOCAL.format(subject=self.subject), sender)
        return self.delivered(1)[0]

    def test_local_mail_is_signed(self):
        expect_valid(self, self.local("root@mx.example").raw, self.zone, self.lab.directory)

    def test_local_mail_with_a_null_sender_arrives(self):
        self.assertEqual(self.local("<>").sender, "")

    def test_what_comes_back_through_sendmail_is_not_signed(self):
        self.postfix.submit_locally(CAME_BACK.format(subject=self.subject), "orders@shop.example")
        self.assertEqual(signature_count(self.delivered(1)[0].raw), 0)

    def test_a_report_of_postfix_itself_is_not_held_up(self):
        self.sink.refuse["nobody@example.org"] = "550 5.1.1 No such user"
        self.assertEqual(self.client("submission").sendmail("orders@shop.example", ["nobody@example.org"], self.text()), {})
        wait_for(lambda: "orders@shop.example" in self.sink.recipients(), "the report at the sink")
        self.postfix.wait_until_empty()


class ReadmeCommands(unittest.TestCase):
    """The commands by which the README attaches Signpost, on Debian's master.cf with its submission port switched on."""

    DEBIAN = pathlib.Path("/usr/share/postfix/master.cf.dist")

    def test_they_make_what_the_fragment_has(self):
        if not self.DEBIAN.exists():
            self.skipTest("Postfix is not installed")
        with Lab() as lab:
            master = re.sub(r"(?m)^#(submission inet )", r"\1", self.DEBIAN.read_text())
            (lab.directory / "master.cf").write_text(master)
            fragment = (FRAGMENTS / "main.cf.submission").read_text()
            (lab.directory / "main.cf").write_text("smtpd_milters = inet:localhost:11332\n" + fragment)
            commands = re.findall(r"(?m)^ {7}postconf (-.*)$", (SOURCE / "README.md").read_text())
            self.assertEqual(len(commands), 3)
            for command in commands:
                run("postconf", "-c", lab.directory, *shlex.split(command))
            made = run("postconf", "-c", lab.directory, "-P").splitlines()
            self.assertIn("submission/inet/smtpd_milters = $signpost_milter", made)
            self.assertIn("pickup/unix/cleanup_service_name = signpost-cleanup", made)
            self.assertIn("signpost-cleanup/unix/non_smtpd_milters = $signpost_milter", made)
            self.assertEqual([line for line in made if line.startswith(("smtp/inet", "cleanup/unix"))], [])
            services = run("postconf", "-c", lab.directory, "-M").splitlines()
            wanted = "signpost-cleanup unix n - y - 0 cleanup".split()
            self.assertIn(wanted, [line.split()[:8] for line in services])
            self.assertEqual(run("postconf", "-c", lab.directory, "-h", "smtpd_milters").strip(), "inet:localhost:11332")


# Faster than the fragment's minute.
FULL = settings_of("main.cf.full") | {"minimal_backoff_time": "1s", "maximal_backoff_time": "1s", "queue_run_delay": "1s"}


class AddedRecipients(Ports):
    """Those that aliases and always_bcc add after the submit side was asked: the egress side asks the list, if told so."""

    services = "master.cf.full"
    settings = FULL | {"virtual_alias_maps": "inline:{ {team@example.org = ann@example.org, gone@example.org} }",
                       "always_bcc": "archive@example.org"}

    def use(self, action):
        setting = f'\n[suppression]\negress_action = "{action}"\n' if action else ""
        self.signpostd.write_config(self.config + setting)
        self.signpostd.ctl("reload")
        for address in ("gone@example.org", "archive@example.org"):
            self.signpostd.ctl("suppress", "add", address, "reason=hard-bounce")

    def send_to_team(self):
        """Who got it, once the queue is empty."""
        self.assertEqual(self.client("submission").sendmail("orders@shop.example", ["team@example.org"], self.text("team@example.org")), {})
        wait_for(self.mine, "a copy at the sink")
        self.postfix.wait_until_empty()
        for delivery in self.mine():
            expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        return sorted(address for delivery in self.mine() for address in delivery.recipients)

    def mine(self):
        return [delivery for delivery in self.sink.all() if delivery.field("Subject") == self.subject]

    def bounces(self):
        return [delivery for delivery in self.sink.all() if delivery.sender == "" and self.subject.encode() in delivery.raw]

    def test_dropped_without_a_word_to_the_sender(self):
        self.use("drop")
        self.assertEqual(self.send_to_team(), ["ann@example.org"])
        self.assertEqual(self.bounces(), [])
        for address in ("gone@example.org", "archive@example.org"):
            line = self.signpostd.wait_for(stage="rcpt", action="drop", reason="suppressed", to=address)[0]
            self.assertEqual((line["tenant"], line["origin"]), ("shop", "sealed"))

    def test_refused_with_a_bounce(self):
        self.use("refuse")
        self.assertEqual(self.send_to_team(), ["ann@example.org"])
        for address in ("gone@example.org", "archive@example.org"):
            self.signpostd.wait_for(stage="rcpt", action="refuse", reason="suppressed", to=address)
        bounce, = self.bounces()
        self.assertEqual(bounce.recipients, ["orders@shop.example"])
        self.assertIn(b"<gone@example.org> (expanded from <team@example.org>)", bounce.raw)
        self.assertNotIn(b"archive@example.org", bounce.raw, "Postfix asks for no reports about copies that it adds")

    def test_delivered_without_the_setting_and_once(self):
        self.use(None)
        self.assertEqual(self.send_to_team(), ["ann@example.org", "archive@example.org", "gone@example.org"])


class Full(Submission):
    """The same with the egress side: every test of the submission ports holds, and a limit makes mail wait in the queue."""

    services = "master.cf.full"
    config = CONFIG + """
[[limit]]
name = "login-hour"
key  = ["login"]
rate = ["2/h"]
when = { stream = ["bulk"] }
"""
    settings = FULL

    def test_mail_above_a_limit_waits_in_the_queue(self):
        everyone = [f"r{number}@example.org" for number in range(3)]
        refused = self.client("submission").sendmail("news@shop.example", everyone, self.newsletter())
        self.assertEqual(refused, {}, "the client hears of no limit")
        self.signpostd.wait_for(stage="rcpt", action="defer", reason="limit", rule="login-hour", login="shop", origin="sealed")
        self.postfix.wait_for_log(r"status=deferred .*Limit login-hour reached")
        wait_for(lambda: len([to for to in self.sink.recipients() if to in everyone]) == 2, "two recipients at the sink")
        self.signpostd.ctl("limit", "reset", "login-hour")
        for delivery in self.delivered(2):
            expect_valid(self, delivery.raw, self.zone, self.lab.directory)
            self.assertIsNone(delivery.field("Signpost-Seal"))


class Demonstration(Scenario):
    """Needs no laboratory of its own: the demo makes one."""

    @classmethod
    def setUpClass(cls):
        cls.require_postfix()

    def test_it_goes_as_it_tells(self):
        shown = run("/usr/bin/python3", FRAGMENTS / "try_demo.py")
        for expected in ("550 5.7.1 Recipient suppressed (hard-bounce)", "451 4.7.1 Limit per-hour reached",
                         "s=demo: pass", "fail, as it should", "https://click.example.com/c/", "stage=message action=accept"):
            self.assertIn(expected, shown)

    def test_kept_running_and_ended(self):
        shown = run("/usr/bin/python3", FRAGMENTS / "try_demo.py", "--keep")
        pid = int(re.search(r"kill (\d+)", shown).group(1))
        directory = re.search(r"below (/\S+):", shown).group(1)
        try:
            listing = re.search(r"(\S+signpostctl -s \S+) suppress list", shown).group(1)
            self.assertIn("bob@example.net", run(*listing.split(), "suppress", "list"))
        finally:
            subprocess.run(["kill", str(pid)], check=True)
        wait_for(lambda: not os.path.exists(directory), "the demo to clean up")


if __name__ == "__main__":
    cases.main()
