#!/usr/bin/python3
"""The demonstration that try.sh runs: a private Postfix, a sink behind it, signpostd before it, and four messages.

  try_demo.py [--keep]      SIGNPOST_PROGRAMS says where signpostd and signpostctl are built

Exit status 0 only if everything went as it tells.
"""
import difflib
import email
import os
import pathlib
import signal
import smtplib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support"))

import postfix  # noqa: E402
from lab import Lab, wait_for  # noqa: E402
from postfix import Postfix  # noqa: E402
from sasl import FakeSasl  # noqa: E402
from signpostd import Signpostd  # noqa: E402
from sink import Sink  # noqa: E402
from verify import dkimpy_verdicts  # noqa: E402

CONFIG = """\
[[tenant]]
name           = "shop"
logins         = ["shop"]
sender_domains = ["shop.example"]
stream         = "bulk"

[[limit]]
name = "per-hour"
key  = ["login"]
rate = ["3/h"]

[[dkim.key]]
domain   = "shop.example"
selector = "demo"
file     = "{dir}/keys/shop.example.demo.pem"

[tracking]
host     = "click.example.com"
key_file = "{dir}/keys/tracking.keys"
"""

NEWSLETTER = """\
From: The Shop <news@shop.example>
To: Ann <ann@example.org>
Subject: News of November
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<h1>News of November</h1>
<p><a href="https://shop.example/offers?week=48&amp;kind=tea">Our offers</a>,
<a href="https://shop.example/contact">where to find us</a>, or
<a href="mailto:shop@shop.example">write to us</a>.</p>
"""


class Unexpected(Exception):
    """The demonstration did not go as it should."""


def expect(condition, what):
    if not condition:
        raise Unexpected(what)


class Demo:
    def __init__(self):
        self.lab = Lab()
        self.step = 0

    def title(self, text):
        self.step += 1
        print(f"\n{self.step}. {text}\n")

    def run(self):
        self.start()
        self.send_newsletter()
        self.send_to_suppressed()
        self.send_one_too_many()
        self.show_delivered()
        self.show_log()

    def start(self):
        self.title("A private Postfix with Signpost attached")
        inbox = self.lab.directory / "inbox"
        inbox.mkdir()
        self.sink = self.lab.add(Sink(directory=inbox))
        self.signpostd = self.lab.add(Signpostd(self.lab, CONFIG))
        self.zone = dict([self.signpostd.genkey("shop.example", "demo")])
        self.signpostd.new_ring("tracking.keys")
        self.signpostd.start()
        self.postfix = self.lab.add(Postfix(self.lab, self.sink.port, self.signpostd.milter))
        self.lab.add(FakeSasl(self.lab.directory / "sasl.sock", {"shop": "secret"}))
        self.postfix.use_sasl(self.lab.directory / "sasl.sock")
        self.postfix.start()
        print(indent(CONFIG.replace("{dir}", str(self.signpostd.directory))))
        print(f"    Postfix    127.0.0.1:{self.postfix.port}, with smtpd_milters = {self.signpostd.milter}")
        print(f"    sink       127.0.0.1:{self.sink.port}, where Postfix delivers all mail")
        print("    DNS would have " + " ".join(self.zone))

    def send(self, *recipients):
        """One message over SMTP; prints the conversation and returns the reply codes by recipient."""
        client = self.postfix.client("shop")
        replies = {}
        say("MAIL FROM:<news@shop.example>", client.mail("news@shop.example"))
        for address in recipients:
            reply = client.rcpt(address)
            say(f"RCPT TO:<{address}>", reply)
            replies[address] = reply[0]
        if 250 in replies.values():
            say("DATA … .", client.data(NEWSLETTER.replace("\n", "\r\n").encode()))
        client.close()
        return replies

    def send_newsletter(self):
        self.title("The shop, logged in as `shop`, sends its newsletter")
        replies = self.send("ann@example.org")
        expect(replies == {"ann@example.org": 250}, replies)

    def send_to_suppressed(self):
        self.title("Bob's mailbox is dead, so he is on the suppression list; Carl is not")
        command = ("suppress", "add", "bob@example.net", "reason=hard-bounce", "tenant=shop")
        print("    $ signpostctl " + " ".join(command))
        print(indent(self.signpostd.ctl(*command)))
        replies = self.send("bob@example.net", "carl@example.net")
        expect(replies == {"bob@example.net": 550, "carl@example.net": 250}, replies)

    def send_one_too_many(self):
        self.title("Three recipients an hour are allowed: Dora is the third, Emil is one too many")
        replies = self.send("dora@example.com", "emil@example.com")
        expect(replies == {"dora@example.com": 250, "emil@example.com": 451}, replies)

    def show_delivered(self):
        self.title("What was delivered to Ann, compared with what was sent")
        self.sink.wait(3)
        self.postfix.wait_until_empty()
        self.delivered = next(d for d in self.sink.all() if d.recipients == ["ann@example.org"])
        arrived = self.delivered.raw.decode().replace("\r\n", "\n")
        for line in difflib.unified_diff(NEWSLETTER.splitlines(), arrived.splitlines(), lineterm="", n=0):
            if not line.startswith(("---", "+++", "@@")):
                print("    " + (line if len(line) < 116 else line[:113] + "..."))
        link = next(word for word in email.message_from_bytes(self.delivered.raw).get_payload().split('"')
                    if word.startswith("https://click.example.com/"))
        print("\n    $ signpostctl token decode " + link[:60] + "...")
        decoded = self.signpostd.ctl("token", "decode", link, "--keys", self.signpostd.directory / "keys/tracking.keys")
        print(indent(decoded))
        expect("https://shop.example/offers?week=48&kind=tea" in decoded, "the link does not lead where it did")

        self.title("Is the signature valid? dkimpy, which is not ours, on what was delivered")
        for delivery in self.sink.all():
            verdicts = dkimpy_verdicts(delivery.raw, self.zone)
            print(f"    to {delivery.recipients[0]:18} d=shop.example s=demo: {'pass' if verdicts == [True] else verdicts}")
            expect(verdicts == [True], verdicts)
        verdicts = dkimpy_verdicts(self.delivered.raw.replace(b"offers", b"orders"), self.zone)
        print(f"    one word changed      d=shop.example s=demo: {'pass' if verdicts == [True] else 'fail, as it should'}")
        expect(verdicts != [True], "a changed message verifies")

    def show_log(self):
        self.title("The policy log: one line a decision, one a message, joined by id=")
        wait_for(lambda: len(self.signpostd.find(stage="message")) >= 3, "three message lines")
        for line in self.signpostd.log_file.read_text().splitlines():
            print("    " + line + "\n")

    def tell_how_to_talk(self):
        ctl = f"{self.signpostd.programs}/signpostctl -s {self.signpostd.control_socket}"
        print(f"""
It keeps running, below {self.lab.directory}:

    {ctl} help
    {ctl} suppress list
    {ctl} limit reset per-hour
    {ctl} explain recipient bob@example.net login=shop

    send:       any SMTP client, 127.0.0.1:{self.postfix.port}, user shop, password secret
    delivered:  {self.sink.directory}
    log:        {self.signpostd.log_file}
    change:     {self.signpostd.config_file}, then  {ctl} reload

    stop and remove it:  kill {os.getpid()}
""", flush=True)


def say(command, reply):
    code, text = reply
    print(f"    > {command}\n    < {code} {text.decode(errors='replace')}")


def indent(text):
    return "\n".join("    " + line if line else "" for line in text.rstrip("\n").splitlines())


def run_demo(keep, told):
    """`told` is called once all is shown, with the exit code; with `keep` the demo then waits to be killed."""
    demo = Demo()
    code = 1
    try:
        demo.run()
        code = 0
        if keep:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            demo.tell_how_to_talk()
            told(code)
            signal.pause()
        else:
            print("\nEverything worked. All that was started here has been stopped and removed.")
    except (Unexpected, OSError, RuntimeError, smtplib.SMTPException) as error:
        print(f"\ntry: something went wrong: {error}", file=sys.stderr)
    finally:
        demo.lab.close()
        told(code)
    return code


def run_in_background():
    """Shows the demo, and returns while a child keeps it running."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        said = []

        def tell(code):
            if not said:
                said.append(code)
                sys.stdout.flush()
                os.write(writer, bytes([code]))
                # Whoever reads our output must see its end although we stay.
                null = os.open(os.devnull, os.O_RDWR)
                for descriptor in (0, 1, 2):
                    os.dup2(null, descriptor)
                os.close(writer)

        os._exit(run_demo(True, tell))
    os.close(writer)
    code = os.read(reader, 1)
    return code[0] if code else 1


def main():
    if sys.argv[1:] not in ([], ["--keep"]):
        sys.exit(__doc__)
    reason = postfix.why_not()
    if reason:
        sys.exit(f"try: {reason}")
    if "--keep" in sys.argv:
        sys.exit(run_in_background())
    sys.exit(run_demo(False, lambda code: None))


if __name__ == "__main__":
    main()
