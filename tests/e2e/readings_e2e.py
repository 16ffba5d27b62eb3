#!/usr/bin/python3
"""What is looked up is what is delivered: thousands of spellings of recipients' addresses through a real Postfix with its default
settings, by SMTP and by sendmail(1), and through a real Sendmail. A second, unguarded MTA tells where each spelling is delivered;
nobody who is listed is reached, and by SMTP nobody else is refused.

  SIGNPOST_LONG=1   20,000 spellings instead of 600
"""
import os
import random
import smtplib
import subprocess
import unittest

from scenario import CONFIG  # first: it also finds tests/support
import cases
import postfix
import sendmail
from lab import Lab, free_port
from postfix import Postfix
from signpostd import Signpostd
from sink import Sink

SEED = 14
COUNT = 20_000 if "SIGNPOST_LONG" in os.environ else 600
OWN = ["localhost", "mx.example", "localhost.example", "[127.0.0.1]", "MX.Example", "localhost.", "here.example"]
OTHERS = ["example.net", "Example.NET", "other.example", "a.example", "sub.example.net", "[192.0.2.1]", "gone.example"]
NAMES = ["bob", "BOB", "ann", "carl", "bob+tag", "first.last", "x y", "a!b", "c%d", "", "reply+" + 84 * "f"]
LISTED = ["bob@example.net", "ann@other.example", "carl@[192.0.2.1]", "first.last@a.example", "bob@localhost", "ann@mx.example",
          f"reply+{84 * 'f'}@example.net", '"x y"@example.net']
GONE = "gone.example"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def spelling(generator):
    """An address that hides another one, some levels deep."""
    name, domain = generator.choice(NAMES), generator.choice(OTHERS + OWN)
    text = f"{quoted(name) if ' ' in name or not name else name}@{domain}"
    for _ in range(generator.choice([0, 1, 1, 1, 2, 2, 3])):
        local, _, inner = text.rpartition("@")
        outer = generator.choice(OWN + OWN + OTHERS)
        shape = generator.randrange(7)
        if shape == 0:
            text = f"{local}%{inner}@{outer}"
        elif shape == 1:
            text = f"{inner}!{local}@{outer}"
        elif shape == 2:
            text = f"{quoted(text)}@{outer}"
        elif shape == 3:
            text = f"@{outer}:{text}"
        elif shape == 4:
            text = f"{text}@{outer}"
        elif shape == 5:
            text = f"{local}%{inner}"
        else:
            text = f"{quoted(local + generator.choice('%!@') + inner)}@{outer}"
    return text


def spellings():
    generator = random.Random(SEED)
    return sorted({spelling(generator) for _ in range(COUNT)})


def canonical(address):
    local, _, domain = address.rpartition("@")
    if local.startswith('"') and local.endswith('"') and " " not in local:
        local = local[1:-1]
    return f"{local.lower()}@{domain.lower().rstrip('.')}"


LISTED_KEYS = {canonical(address) for address in LISTED}


def is_listed(address):
    return canonical(address) in LISTED_KEYS or address.lower().rpartition("@")[2] == GONE


class Guarded(unittest.TestCase):
    """An MTA with signpostd and one without; each has a sink of its own."""

    def setUp(self):
        reason = self.why_not()
        if reason:
            self.skipTest(reason)
        self.lab, self.plain_lab = Lab(), Lab()
        self.addCleanup(self.lab.close)
        self.addCleanup(self.plain_lab.close)
        self.sink, self.plain_sink = self.lab.add(Sink()), self.plain_lab.add(Sink())
        config = CONFIG.split("[tracking]")[0].replace('logins  = ["shop"]', 'clients = ["127.0.0.1"]')
        self.signpostd = self.lab.add(Signpostd(self.lab, config, port=self.milter_port()))
        for domain in ("shop.example", "mx.example"):
            self.signpostd.genkey(domain, "rsa1")
        self.signpostd.start()
        for address in LISTED:
            self.signpostd.ctl("suppress", "add", address, "reason=hard-bounce")
        self.signpostd.ctl("suppress", "add", "@" + GONE, "reason=dead-domain")

    def milter_port(self):
        """None: a unix socket."""
        return None

    def send(self, port, texts):
        """One message a spelling by SMTP; the answers to RCPT."""
        answers = {}
        with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=60) as client:
            client.ehlo()
            for number, text in enumerate(texts):
                client.docmd("MAIL", "FROM:<orders@shop.example>")
                answers[text] = client.docmd("RCPT", f"TO:<{text}>")
                if answers[text][0] == 250:
                    message = f"From: orders@shop.example\r\nSubject: s{number}\r\n\r\nx\r\n"
                    self.assertEqual(client.data(message.encode())[0], 250)
                client.docmd("RSET")
        return answers

    def reached(self, sink, texts):
        """Where each spelling was delivered; those that were not are absent."""
        reached = {}
        for delivery in sink.all():
            if delivery.sender:
                address, = delivery.recipients
                reached[texts[int(delivery.field("Subject")[1:])]] = address
        return reached

    def expect_no_listed(self, reached):
        self.assertGreater(len(reached), 20)
        for text, address in reached.items():
            self.assertFalse(is_listed(address), f"{text} reached {address}")

    def expect_exact(self, texts, answers, reached, plain):
        """Refused is who is listed, by the address that it is delivered to or as it was written, and nobody else."""
        self.expect_no_listed(reached)
        hidden = 0
        for text in texts:
            if text not in plain:
                continue
            if is_listed(plain[text]):
                hidden += 1
                self.assertEqual(answers[text][0], 550, text)
                self.assertIn(b"suppressed", answers[text][1], text)
            elif not is_listed(text):
                self.assertEqual(reached.get(text), plain[text], f"{text}: {answers[text]}")
        self.assertGreater(hidden, 20)
        print(f"{len(texts)} spellings, {len(plain)} delivered without signpostd, {hidden} of them to who is listed", flush=True)


class BehindPostfix(Guarded):
    why_not = staticmethod(postfix.why_not)

    def setUp(self):
        super().setUp()
        self.postfix = self.lab.add(self.make(self.lab, self.sink, self.signpostd.milter)).start()
        self.plain = self.plain_lab.add(self.make(self.plain_lab, self.plain_sink, "")).start()

    def make(self, lab, sink, milter):
        settings = {"mydestination": "mx.example, localhost.example, localhost, here.example",
                    "local_transport": f"smtp:[127.0.0.1]:{sink.port}", "smtpd_client_message_rate_limit": "0"}
        return Postfix(lab, sink.port, milter, settings)

    def test_by_smtp(self):
        texts = spellings()
        answers = self.send(self.postfix.port, texts)
        self.send(self.plain.port, texts)
        for mta in (self.postfix, self.plain):
            mta.wait_until_empty(200)
        self.expect_exact(texts, answers, self.reached(self.sink, texts), self.reached(self.plain_sink, texts))

    def test_by_sendmail(self):
        """Postfix tells nobody there what it makes of an address: every reading is judged, so more may be refused."""
        texts = spellings()[::5]
        for number, text in enumerate(texts):
            for mta in (self.postfix, self.plain):
                subprocess.run(["/usr/sbin/sendmail", "-C", mta.config, "-i", "-f", "orders@shop.example", "--", text], check=False,
                               input=f"From: orders@shop.example\nSubject: s{number}\n\nx\n", text=True, capture_output=True)
        for mta in (self.postfix, self.plain):
            mta.wait_until_empty(200)
        reached, plain = self.reached(self.sink, texts), self.reached(self.plain_sink, texts)
        self.expect_no_listed(reached)
        stricter = [text for text in plain if text not in reached and not is_listed(plain[text])]
        print(f"{len(texts)} spellings, {len(plain)} delivered without signpostd, {len(reached)} with it; "
              f"{len(stricter)} refused for a reading that Postfix did not choose", flush=True)
        self.assertLess(len(stricter), len(texts) / 4)

    def test_explain_says_the_same(self):
        told = self.signpostd.ctl("explain", "recipient", "bob%example.net@localhost")
        self.assertRegex(told, r"what=reading key=bob@example\.net")
        self.assertRegex(told, r"what=verdict action=refuse reason=suppressed")

    def test_long_and_odd_local_parts(self):
        long = f"reply+{84 * 'e'}@example.net"
        very_long = f"{300 * 'v'}@example.net"
        self.assertEqual({answer[0] for answer in self.send(self.postfix.port, [long, very_long]).values()}, {250})
        for address in (long, very_long):
            self.signpostd.ctl("suppress", "add", address, "reason=manual")
        answers = self.send(self.postfix.port, [long, very_long.upper()])
        self.assertEqual({answer[0] for answer in answers.values()}, {550}, answers)
        self.assertRegex(self.signpostd.ctl("explain", "recipient", very_long), "decides")


class BehindSendmail(Guarded):
    why_not = staticmethod(sendmail.why_not)

    def milter_port(self):
        return free_port()

    def test_by_smtp(self):
        guarded = self.lab.add(sendmail.Sendmail(self.lab, self.sink.port, self.signpostd.milter)).start("interactive")
        plain = self.plain_lab.add(sendmail.Sendmail(self.plain_lab, self.plain_sink.port)).start("interactive")
        texts = spellings()[::5]
        answers = self.send(guarded.port, texts)
        self.send(plain.port, texts)
        reached, there = self.reached(self.sink, texts), self.reached(self.plain_sink, texts)
        self.expect_no_listed(reached)
        for text in there:
            if is_listed(there[text]):
                self.assertEqual(answers[text][0], 550, text)
            elif not is_listed(text) and b"5.1.3" not in answers[text][1]:
                self.assertEqual(reached.get(text), there[text], f"{text}: {answers[text]}")


if __name__ == "__main__":
    cases.main()
