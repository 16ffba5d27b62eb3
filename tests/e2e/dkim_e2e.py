#!/usr/bin/python3
"""Signatures on nasty messages and on the corpus, at the far side of a real Postfix and Sendmail: two foreign verifiers accept
every one, in all four canonicalizations, with peers that take 8bit and peers that do not; and they notice what is changed.
What an MTA still breaks must have been told in the log (fragile=), for the reason that the message has and the MTA's change shows.

  dkim_e2e.py                    a part of all that, in less than a minute
  SIGNPOST_LONG=1 dkim_e2e.py    all of it, and the counts for docs/dkim-keys.md
"""
import itertools
import os
import re
import unittest

from scenario import CONFIG, Scenario  # first: it also finds tests/support
import cases
import sendmail
from lab import free_port, wait_for
from nasty import corpus, generated, mutations
from signpostd import Signpostd
from verify import dkimpy_verdicts, opendkim_verdicts

LONG = "SIGNPOST_LONG" in os.environ
PAIRS = ["relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"]
SHOP = CONFIG.split("[tracking]")[0]


def config_of(pair, keys=SHOP):
    return keys + f'[dkim]\ncanonicalization = "{pair}"\nself_check = "1/1"\nlong_lines = "recode"\neight_bit = "recode"\n'


def can_opendkim(raw):
    """False where opendkim is no judge: its test mode cannot read NUL, and takes every field for "Name: value" with one blank,
    which the simple form of the header tells from none, two or a line end."""
    header = raw.split(b"\r\n\r\n", 1)[0]
    return b"\0" not in raw and not (b"c=simple/" in header and re.search(rb"(?m)^[\w-]+:(?! \S)", header))


def verdicts(raw, zone, directory):
    """What both verifiers, or dkimpy alone, say of the topmost signature, which is ours."""
    return dkimpy_verdicts(raw, zone)[:1] + (opendkim_verdicts(raw, zone, directory)[:1] if can_opendkim(raw) else [])


def fragile_lines(raw):
    """By the words of fragile=, the lines of this message that an MTA may change: above 998 octets, or with 8bit text."""
    header, _, body = re.sub(rb"\r?\n", b"\r\n", raw).partition(b"\r\n\r\n")
    lines = body.split(b"\r\n")
    return {
        "long-line": {line for line in lines if len(line) > 998},
        "long-header": {line for line in header.split(b"\r\n") if len(line) > 998},
        "8bit": {line for line in lines if re.search(rb"[\x80-\xff]", line)},
    }


def is_excused(told, sent, arrived):
    """Whether a signature may be broken: a reason that the log told is one that the message had, and its lines came changed."""
    before, after = fragile_lines(sent), fragile_lines(arrived)
    return any(before.get(word, set()) - after.get(word, set()) for word in re.findall(r"[\w-]+", told))


class Counts:
    """What was sent and what became of it."""

    def __init__(self):
        self.sent = self.valid = self.by_dkimpy = self.told = self.mutations = 0

    def __str__(self):
        return (f"{self.sent} messages, {self.valid} valid for both verifiers, {self.by_dkimpy} for dkimpy where opendkim is "
                f"no judge, {self.told} announced as fragile; {self.mutations} mutations judged right")


class Judge:
    """Sends each message to a recipient and from a sender of its own, so that delivery and log line are found again."""

    def __init__(self, test, client, counts):
        self.test, self.client, self.counts = test, client, counts

    def send(self, messages, tag):
        sent = {}
        for number, message in enumerate(messages):
            name = f"{tag}-{number}"
            self.client.sendmail(f"orders+{name}@shop.example", [f"{name}@example.org"], message.raw)
            sent[name] = message
        wanted = {f"{name}@example.org" for name in sent}
        wait_for(lambda: wanted <= set(self.test.sink.recipients()), f"{len(sent)} messages at the sink", 120)
        return sent

    def judge(self, sent):
        arrived = {delivery.recipients[0].split("@")[0]: delivery for delivery in self.test.sink.all()}
        lines = {line["from"].split("@")[0]: line for line in self.test.signpostd.find(stage="message")}
        wrong = []
        for name, message in sent.items():
            raw = arrived[name].raw
            said = verdicts(raw, self.test.zone, self.test.lab.directory)
            self.counts.sent += 1
            if said == [True, "pass"]:
                self.counts.valid += 1
            elif said == [True]:
                self.counts.by_dkimpy += 1
            elif is_excused(lines[f"orders+{name}"].get("fragile", ""), message.raw, raw):
                self.counts.told += 1
            else:
                wrong.append(f"{message.name} ({name}): {said}\n{raw[:2000]!r}")
        self.test.assertFalse(wrong, "\n".join(wrong))
        return arrived

    def mutate(self, raws):
        for name, raw in raws:
            if dkimpy_verdicts(raw, self.test.zone)[:1] != [True]:
                continue
            for what, survives, changed in mutations(raw):
                verdicts = dkimpy_verdicts(changed, self.test.zone)
                self.test.assertEqual(True in verdicts, survives, f"{name}: {what}")
                self.counts.mutations += 1


class ThroughPostfix(Scenario):
    config = config_of(PAIRS[0])
    settings = {"disable_mime_output_conversion": "no", "header_size_limit": "1024000"}

    def setUp(self):
        super().setUp()
        self.counts = Counts()
        self.addCleanup(lambda: print(f"\n{self.id().split('.')[-1]}: {self.counts}"))

    def use(self, pair, eight_bit):
        self.signpostd.write_config(config_of(pair).replace("{dir}", str(self.signpostd.directory)))
        self.signpostd.ctl("reload")
        self.sink.eight_bit_mime = eight_bit

    def run_all(self, messages, ways, mutate_every):
        messages = list(messages)
        client = self.postfix.client("shop")
        self.addCleanup(client.close)
        judge = Judge(self, client, self.counts)
        for number, (pair, eight_bit) in enumerate(ways):
            self.use(pair, eight_bit)
            tag = f"{self.subject[5:9]}{number}"
            arrived = judge.judge(judge.send(messages, tag))
            chosen = [f"{tag}-{index}" for index in range(0, len(messages), mutate_every)]
            judge.mutate((name, arrived[name].raw) for name in chosen)

        stats = dict(line.split("=", 1) for line in self.signpostd.ctl("stats").split() if "=" in line)
        self.assertEqual(stats["self-check-failed"], "0", stats)
        self.assertGreaterEqual(int(stats["self-checked"]), self.counts.sent - int(stats["self-check-dropped"]))

    def test_generated(self):
        ways = itertools.product(PAIRS, (True, False)) if LONG else zip(PAIRS, (True, False, False, True))
        self.run_all(generated(), ways, 1 if LONG else 10)

    def test_real_messages(self):
        messages = list(corpus())
        if not messages:
            self.skipTest("no corpus")
        ways = itertools.product(PAIRS, (True, False)) if LONG else [(PAIRS[0], False)]
        self.run_all(messages, ways, 1 if LONG else 20)


class Excuses(unittest.TestCase):
    """What the judge above lets pass."""

    def test_only_a_told_reason_that_the_message_has_and_the_mta_acted_on(self):
        long, folded = b"A: b\r\n\r\n" + b"x" * 1000 + b"\r\n", b"A: b\r\n\r\n" + b"x" * 990 + b"\r\n " + b"x" * 10 + b"\r\n"
        self.assertTrue(is_excused("long-line", long, folded))
        self.assertTrue(is_excused("8bit,long-line", long, folded))
        self.assertFalse(is_excused("", long, folded), "not told")
        self.assertFalse(is_excused("8bit", long, folded), "told, but the message has none")
        self.assertFalse(is_excused("long-line", long, long + b"more\r\n"), "something else was changed")
        eight = b"A: b\r\n\r\n\xc3\xa9\r\n"
        self.assertTrue(is_excused("8bit", eight, b"A: b\r\n\r\n=C3=A9\r\n"))
        wide = b"A: " + b"b " * 600 + b"\r\n\r\n"
        self.assertTrue(is_excused("long-header", wide, b"A: " + b"b " * 400 + b"\r\n " + b"b " * 200 + b"\r\n\r\n"))
        self.assertFalse(is_excused("long-line", wide, wide))


class ThroughSendmail(unittest.TestCase):
    """What the guide to MTAs says that one hop of Sendmail leaves alone."""

    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)
        cls.keys = SHOP.replace('logins  = ["shop"]', 'clients = ["127.0.0.1"]')
        cls.signpostd = cls.lab.add(Signpostd(cls.lab, config_of(PAIRS[0], cls.keys), port=free_port()))
        cls.zone = dict(cls.signpostd.genkey(domain, "rsa1") for domain in ("shop.example", "mx.example"))
        cls.signpostd.start()
        cls.sendmail = cls.lab.add(sendmail.Sendmail(cls.lab, cls.sink.port, cls.signpostd.milter))
        cls.sendmail.start()

    def test_generated(self):
        counts = Counts()
        client = self.sendmail.client()
        self.addCleanup(client.close)
        judge = Judge(self, client, counts)
        for number, eight_bit in enumerate((True, False)):
            self.sink.eight_bit_mime = eight_bit
            judge.judge(judge.send([message for message in generated() if message.sendmail], f"s{number}"))
        print(f"\nsendmail: {counts}")

    def use(self, pair):
        self.signpostd.write_config(config_of(pair, self.keys))
        self.signpostd.ctl("reload")

    def test_fields_that_we_added_pass_in_the_simple_form(self):
        self.use("simple/simple")
        self.addCleanup(self.use, PAIRS[0])
        client = self.sendmail.client()
        self.addCleanup(client.close)
        for subject in ("neither date nor id", "no id"):
            date = "" if "date" in subject else "Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
            client.sendmail("news@shop.example", ["ann@example.org"],
                            f"From: news@shop.example\r\nTo: ann@example.org\r\nSubject: {subject}\r\n{date}\r\nHello\r\n")
            found = wait_for(lambda: [one for one in self.sink.all() if one.field("Subject") == subject], subject)
            self.assertIn("c=simple/simple", found[0].field("DKIM-Signature"))
            self.assertTrue(found[0].field("Message-Id") and found[0].field("Date"))
            self.assertEqual(dkimpy_verdicts(found[0].raw, self.zone), [True], found[0].raw)


if __name__ == "__main__":
    cases.main()
