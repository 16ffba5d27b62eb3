#!/usr/bin/python3
"""What an MTA changes after the milter has signed: lines beyond 998, folded header fields, 8bit for a 7bit peer. Signpost
changes it first, so that signatures hold, and no decoded octet is lost on the way."""
import email

from scenario import CONFIG, Scenario, wire
import cases
from verify import dkimpy_verdicts, expect_valid

LONG = "0123456789" * 500
HEAD = "From: Shop <orders@shop.example>\nTo: ann@example.org\nSubject: {subject}\n"


class Transit(Scenario):
    config = CONFIG.replace("[tracking]", '[dkim]\neight_bit = "recode"\nlong_lines = "recode"\n\n[tracking]')
    settings = {"disable_mime_output_conversion": "no", "local_header_rewrite_clients": ""}

    @classmethod
    def prepare(cls):
        cls.sink.eight_bit_mime = False

    def arrive(self, text, sender="orders@shop.example"):
        self.assertEqual(self.send(["ann@example.org"], wire(HEAD.format(subject=self.subject) + text), sender), {})
        return self.delivered(1)[0]

    def payloads(self, raw):
        return [part.get_payload(decode=True).replace(b"\r\n", b"\n")
                for part in email.message_from_bytes(raw).walk() if not part.is_multipart()]

    def test_long_lines(self):
        delivery = self.arrive(f"\n{LONG}\nshort = long\n")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual(self.payloads(delivery.raw), [f"{LONG}\nshort = long\n".encode()])
        self.signpostd.wait_for(stage="message", recoded="1")

    def test_long_lines_of_html_with_links(self):
        text = f'<p>{LONG}<a href="https://shop.example/long">read</a></p>\n'
        delivery = self.arrive(f"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{text}",
                               "news@shop.example")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertIn(b'<a href="https://click.example.com/c/', self.payloads(delivery.raw)[0])
        self.signpostd.wait_for(stage="message", recoded="1", rewritten="1")

    def test_long_header_field(self):
        words = " ".join(f"<{number:04}@shop.example>" for number in range(100))
        delivery = self.arrive(f"References: {words}\n\nbody\n")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual(delivery.field("References"), words)

    def test_eight_bits_to_a_server_that_knows_only_seven(self):
        parts = ("MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
                 "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGr\u00fc\u00dfe\n"
                 "--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nonly ascii\n--b--\n")
        delivery = self.arrive(parts)
        self.assertTrue(delivery.raw.isascii())
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual([payload.strip() for payload in self.payloads(delivery.raw)],
                         ["Gr\u00fc\u00dfe".encode(), b"only ascii"])

    def test_what_cannot_be_helped_is_said(self):
        delivery = self.arrive(f"MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b\n\n--b\n\n{LONG}\n--b--\n")
        self.assertNotEqual(dkimpy_verdicts(delivery.raw, self.zone), [True], "Postfix has folded the line")
        self.signpostd.wait_for(stage="message", fragile="long-line")

    def test_missing_date_and_message_id(self):
        delivery = self.arrive("\nbody\n")
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertRegex(delivery.field("Date"), r"^\w\w\w, \d+ \w\w\w \d{4} \d\d:\d\d:\d\d \+0000$")
        line, = self.signpostd.find(stage="message", msgid=delivery.field("Message-ID").strip("<>"))
        self.assertTrue(line["msgid"].startswith(line["id"]))


if __name__ == "__main__":
    cases.main()
