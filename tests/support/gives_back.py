"""What stands behind a private Postfix on the same host and gives its mail back: content filters and mailboxes, as they do it."""
import smtplib

import origin_messages
from lab import run
from origin_reference import HOST
from sink import Sink


class RefusesGone(dict):
    """For Sink.refuse: nobody is called gone."""

    def get(self, address, default=None):
        return "550 5.1.1 No such user" if address.startswith("gone@") else default


class GivesBack(Sink):
    """Set `postfix` (for its sendmail command) or `port_back` before mail comes."""

    def __init__(self):
        super().__init__()
        self.postfix = None
        self.port_back = None

    def by_sendmail(self, text, sender, recipients, *options):
        run("/usr/sbin/sendmail", "-C", self.postfix.config, *options, "-i", "-f", sender or "<>", *recipients,
            input=text.replace(b"\r\n", b"\n").decode("latin-1"))

    def by_smtp(self, text, sender, recipients):
        """What is refused for good is lost: the test misses it. What is held up for now is tried again by whoever sent it here."""
        with smtplib.SMTP("127.0.0.1", self.port_back, local_hostname="localhost", timeout=60) as client:
            try:
                client.sendmail(sender, recipients, text)
            except smtplib.SMTPRecipientsRefused as refused:
                if any(code < 500 for code, _ in refused.recipients.values()):
                    raise
            except smtplib.SMTPResponseException as refused:
                if refused.smtp_code < 500:
                    raise


class Filter(GivesBack):
    """A content filter: marks the message, and gives it back to the port, or through the sendmail command if there is none."""

    def take(self, delivery):
        text = b"X-Scanned: yes\r\n" + delivery.raw
        if self.port_back:
            self.by_smtp(text, delivery.sender, delivery.recipients)
        else:
            self.by_sendmail(text, delivery.sender, delivery.recipients, "-G")


class Mailbox(GivesBack):
    """Mailboxes of this host, called by what they do with their mail: it goes on to ann, of the same name below example.org."""

    def take(self, delivery):
        mailbox, _, domain = delivery.recipients[0].partition("@")
        tag = domain.split(".")[0]
        to = [f"ann@{tag}.example.org"]
        marks = f"X-Original-To: {delivery.recipients[0]}\r\nDelivered-To: bob@{HOST}\r\n"
        sieve = f"X-Sieve: Pigeonhole Sieve 0.5.19\r\nX-Sieve-Redirected-From: bob@{HOST}\r\n{marks}".encode() + delivery.raw
        if mailbox == "forward":
            self.by_sendmail(marks.encode() + delivery.raw, f"bob+{tag}@shop.example", to)
        elif mailbox == "procmail":
            self.by_sendmail(marks.encode() + delivery.raw, f"pro+{tag}@{HOST}", to)
        elif mailbox == "sieve":
            self.by_sendmail(sieve, delivery.sender, to)
        elif mailbox == "sieve-smtp":
            self.by_smtp(sieve, delivery.sender, to)
        else:
            post = origin_messages.posted(delivery.raw.decode("latin-1").replace("\r\n", "\n"), mailbox == "list-munged")
            self.by_smtp(post.replace("\n", "\r\n").encode("latin-1"), f"news-bounces+{tag}@shop.example", to)
