#!/usr/bin/python3
"""The same daemon behind a real sendmail 8.17 with the fragment of contrib/sendmail: nothing is built that only Postfix can host."""
import re
import unittest

from scenario import CONFIG, NEWSLETTER, body_of, wire  # first: it also finds tests/support
import cases
import sendmail
from lab import free_port
from signpostd import Signpostd
from verify import expect_valid


class BehindSendmail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)
        config = CONFIG.replace('logins  = ["shop"]', 'clients = ["127.0.0.1"]') + '\n[clients]\ntrusted = ["127.0.0.1"]\n'
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


if __name__ == "__main__":
    cases.main()
