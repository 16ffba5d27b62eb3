#!/usr/bin/python3
"""Address fields and long fields of many shapes, at the far side of a real Sendmail with Signpost in its only hop, and of a real
Postfix, with default settings. Sendmail writes address fields anew after it asked its milters: each signature is valid all the
same, or the log told why it would not be, for a reason that this message has."""
import re
import unittest

from scenario import CONFIG, Scenario  # first: it also finds tests/support
import cases
import sendmail
from address_shapes import Shape, dotted, field_of, others
from lab import free_port, wait_for
from signpostd import Signpostd
from verify import dkimpy_verdicts

SHOP = CONFIG.split("[tracking]")[0]
ADDRESS_FIELDS = ("From", "Sender", "Reply-To", "To", "Cc", "Resent-From", "Resent-To", "Resent-Cc")


def excuse(told, sent, arrived):
    """The word of fragile= that explains this change, or None."""
    words = re.findall(r"[\w-]+", told)
    for name in ADDRESS_FIELDS:
        before, after = field_of(sent, name), field_of(arrived, name)
        if before != after:
            return next((word for word in words if word == "address-field" or (word == "long-name" and len(before) > 250)), None)
    if "long-header" in words and any(len(line) > 998 for line in sent.split(b"\r\n")):
        return "long-header"
    return None


class Table(unittest.TestCase):
    """What both MTAs are asked."""

    def pass_all(self, client, shapes, tag):
        """By name: (shape, the delivery, its log line)."""
        sent = {}
        for number, shape in enumerate(shapes):
            name = f"{tag}-{number}"
            client.sendmail(f"orders+{name}@shop.example", [f"{name}@example.org"], shape.raw)
            sent[name] = shape
        wanted = {f"{name}@example.org" for name in sent}
        wait_for(lambda: wanted <= set(self.sink.recipients()), f"{len(sent)} messages at the sink", 120)
        arrived = {delivery.recipients[0].split("@")[0]: delivery for delivery in self.sink.all()}
        lines = {line["from"].split("@")[0]: line for line in self.signpostd.find(stage="message")}
        return [(shape, arrived[name], lines[f"orders+{name}"]) for name, shape in sent.items()]

    def judge(self, passed, may_be_told=()):
        valid, told, needless, wrong = 0, [], [], []
        for shape, delivery, line in passed:
            fragile = line.get("fragile", "")
            if dkimpy_verdicts(delivery.raw, self.zone) == [True]:
                valid += 1
                if re.search("address-field|long-", fragile):
                    needless.append(shape.name)
            elif (word := excuse(fragile, shape.raw, delivery.raw)) and word in may_be_told:
                told.append(f"{shape.name} ({word})")
            else:
                wrong.append(f"{shape.name}: {line.get('dkim')} fragile={fragile}\n{delivery.header.decode('utf-8', 'replace')}")
        print(f"\n{self.id().split('.', 1)[-1]}: {valid} of {len(passed)} valid, {len(told)} told: {', '.join(told)}; "
              f"told and valid all the same: {', '.join(needless)}")
        self.assertFalse(wrong, "\n".join(wrong))
        return valid


class BehindSendmail(Table):
    dkim = ""

    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)
        config = SHOP.replace('logins  = ["shop"]', 'clients = ["127.0.0.1"]') + cls.dkim
        cls.signpostd = cls.lab.add(Signpostd(cls.lab, config, port=free_port()))
        cls.zone = dict(cls.signpostd.genkey(domain, "rsa1") for domain in ("shop.example", "mx.example"))
        cls.signpostd.start()
        cls.sendmail = cls.lab.add(sendmail.Sendmail(cls.lab, cls.sink.port, cls.signpostd.milter))
        cls.sendmail.start()

    def passed(self, shapes, tag):
        client = self.sendmail.client()
        self.addCleanup(client.close)
        return self.pass_all(client, shapes, tag)

    def test_names_with_a_dot_or_an_apostrophe_are_all_valid(self):
        self.assertEqual(self.judge(self.passed(dotted(), "d")), 24)

    def test_other_shapes_are_valid_or_told(self):
        self.judge(self.passed(others(), "o"), {"address-field", "long-name", "long-header"})


class InTheSimpleForm(BehindSendmail):
    """Every blank and fold counts there."""

    dkim = '[dkim]\ncanonicalization = "simple/simple"\n'


class DirectDelivery(unittest.TestCase):
    """The mailer for peers of its own breaks lines above 990 octets, unless the fragment tells it otherwise."""

    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)

    def test_lines_of_998(self):
        config = SHOP.replace('logins  = ["shop"]', 'clients = ["127.0.0.1"]')
        signpostd = self.lab.add(Signpostd(self.lab, config, port=free_port()))
        zone = dict(signpostd.genkey(domain, "rsa1") for domain in ("shop.example", "mx.example"))
        signpostd.start()
        mta = self.lab.add(sendmail.Sendmail(self.lab, self.sink.port, signpostd.milter, mailer="esmtp")).start()
        client = mta.client()
        self.addCleanup(client.close)
        raw = Shape("998", {"Subject": "s" * 989}).raw + b"x" * 998 + b"\r\n" + b"." * 998 + b"\r\n"
        client.sendmail("orders@shop.example", ["ann@example.org"], raw)
        delivery, = self.sink.wait(1)
        self.assertEqual(dkimpy_verdicts(delivery.raw, zone), [True])
        self.assertIn(b"\r\n" + b"x" * 998 + b"\r\n", delivery.raw)


class BehindPostfix(Scenario, Table):
    config = SHOP

    def passed(self, shapes, tag):
        client = self.postfix.client("shop")
        self.addCleanup(client.close)
        return self.pass_all(client, shapes, tag)

    def test_names_with_a_dot_or_an_apostrophe_are_all_valid(self):
        self.assertEqual(self.judge(self.passed(dotted(), "d")), 24)

    def test_other_shapes_are_valid_or_told(self):
        # A word of 1,200 octets can be folded nowhere.
        self.judge(self.passed(others(), "o"), {"long-header"})


del Table

if __name__ == "__main__":
    cases.main()
