#!/usr/bin/python3
"""What arrives at the far side: links rewritten, everything else as it was, and signatures that two foreign verifiers accept."""
import email.message
import email.policy
import re

from scenario import CONFIG, Scenario, body_of, wire
import cases
from verify import dkimpy_verdicts, expect_valid


class Content(Scenario):
    config = CONFIG + """
[unsubscribe]
decode = true

[[dkim.key]]
domain   = "shop.example"
selector = "ed1"
file     = "{dir}/keys/shop.example.ed1.pem"
"""

    @classmethod
    def prepare(cls):
        name, value = cls.signpostd.genkey("shop.example", "ed1", "ed25519")
        cls.zone[name] = value

    def arrive(self, message, sender="orders@shop.example"):
        self.assertEqual(self.send(["ann@example.org"], message, sender), {})
        return self.delivered(1)[0]

    def test_newsletter_is_rewritten_and_signed(self):
        delivery = self.arrive(self.newsletter(), "news@shop.example")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory, signatures=2)
        links = re.findall(r'href="([^"]+)"', body_of(delivery.raw))
        self.assertEqual(len(links), 2)
        self.assertTrue(links[0].startswith("https://click.example.com/c/"), links)
        self.assertEqual(links[1], "mailto:orders@shop.example")
        opened = self.signpostd.ctl("token", "decode", links[0], "--keys", self.signpostd.directory / "keys/tracking.keys")
        self.assertIn("https://shop.example/november?a=1&b=2", opened)
        self.signpostd.wait_for(stage="message", stream="bulk", rewritten="1",
                                dkim="rsa1:shop.example,ed1:shop.example")

    def test_an_encoded_list_unsubscribe_is_decoded_before_signing(self):
        extra = (b"List-Unsubscribe: =?utf-8?q?=3Chttps=3A//news=2Eshop=2Eexample/leave?=\r\n =?utf-8?q?=3Fid=3D279=3E?=\r\n"
                 b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
        delivery = self.arrive(extra + self.newsletter(), "news@shop.example")
        self.assertEqual(delivery.field("List-Unsubscribe"), "<https://news.shop.example/leave?id=279>")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory, signatures=2)
        self.signpostd.wait_for(stage="message", unsub="own-decoded", unsub_decoded="yes")

    def test_everything_but_the_link_is_as_it_was(self):
        sent = self.newsletter()
        delivery = self.arrive(sent, "news@shop.example")
        before, after = (re.sub(rb'href=3D"https?:[^"]*"', b"LINK", raw.replace(b"=\r\n", b""))
                         for raw in (sent.split(b"\r\n\r\n", 1)[1], delivery.body))
        self.assertEqual(before, after)

    def test_transactional_mail_keeps_its_links(self):
        message = self.newsletter().replace(b"news@shop", b"orders@shop")
        delivery = self.arrive(message)
        self.assertEqual(delivery.body, message.split(b"\r\n\r\n", 1)[1])

    def test_headers_for_signpost_are_removed(self):
        extra = wire('Signpost-Stream: bulk\nSignpost-Campaign: november\nSignpost-Metadata: {"order": 7}\n')
        delivery = self.arrive(extra + self.newsletter())
        self.assertNotIn(b"signpost-", delivery.header.lower())
        expect_valid(self, delivery.raw, self.zone, self.lab.directory, signatures=2)
        self.signpostd.wait_for(stage="message", campaign="november", stream="bulk")

    def test_odd_messages_stay_valid(self):
        bodies = {
            "empty": b"", "dots": b".\r\n..\r\n.x\r\n", "trailing blanks": b"a \t \r\n\r\n\r\n", "eight bits": b"\xc3\xa9\xff\r\n",
            "no final line end": b"a", "998": b"x" * 998 + b"\r\n", "many lines": b"line\r\n" * 20000,
        }
        for name, body in bodies.items():
            with self.subTest(name):
                self.subject = "odd " + name
                delivery = self.arrive(self.text().split(b"\r\n\r\n")[0] + b"\r\n\r\n" + body)
                expect_valid(self, delivery.raw, self.zone, self.lab.directory, signatures=2)

    def test_eight_bits_to_a_server_that_knows_only_seven(self):
        self.sink.eight_bit_mime = False
        self.addCleanup(setattr, self.sink, "eight_bit_mime", True)
        extra = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        delivery = self.arrive(extra + self.text() + b"\xc3\xa9\r\n")
        self.assertIn(b"\xc3\xa9", delivery.body, "main.cf forbids the conversion that would break the signature")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory, signatures=2)

    def test_a_change_on_the_way_is_noticed(self):
        delivery = self.arrive(self.text())
        for old, new in ((b"order", b"odder"), (b"Subject: ", b"Subject: x"), (b"From: Shop", b"From: Chop")):
            changed = delivery.raw.replace(old, new, 1)
            self.assertNotEqual(changed, delivery.raw)
            self.assertNotIn(True, dkimpy_verdicts(changed, self.zone), (old, new))
        second_from = b"From: Mallory <m@evil.example>\r\n" + delivery.raw
        self.assertNotIn(True, dkimpy_verdicts(second_from, self.zone), "From is oversigned")

    def test_twenty_megabytes(self):
        line = b"0123456789abcdef" * 4 + b"\r\n"
        body = line * (20 * 1024 * 1024 // len(line))
        head = self.text().split(b"\r\n\r\n")[0]
        delivery = self.arrive(head + b"\r\n\r\n" + body)
        self.assertEqual(delivery.body, body)
        self.assertEqual(dkimpy_verdicts(delivery.raw, self.zone), [True, True])

    def test_multipart_with_attachment(self):
        message = email.message.EmailMessage()
        message["From"], message["To"], message["Subject"] = "news@shop.example", "ann@example.org", self.subject
        message.set_content("plain https://shop.example/plain\n")
        message.add_alternative('<a href="https://shop.example/html">x</a>\n', subtype="html")
        message.add_attachment(b'<a href="https://shop.example/file">x</a>', maintype="text", subtype="html",
                               filename="page.html")
        delivery = self.arrive(message.as_bytes(policy=email.policy.SMTP), "news@shop.example")
        parts = {part.get_filename() or part.get_content_type(): part.get_payload(decode=True)
                 for part in email.message_from_bytes(delivery.raw).walk() if not part.is_multipart()}
        self.assertIn(b"https://shop.example/plain", parts["text/plain"])
        self.assertIn(b"https://click.example.com/c/", parts["text/html"])
        self.assertIn(b"https://shop.example/file", parts["page.html"])
        expect_valid(self, delivery.raw, self.zone, self.lab.directory, signatures=2)


if __name__ == "__main__":
    cases.main()
