#!/usr/bin/python3
"""Hundreds of broken configurations are reloaded under traffic: the daemon lives, nothing is refused because of them, and no
message is judged by half of one configuration and half of another."""
import random
import re
import smtplib
import socket
import threading

from scenario import Scenario, body_of  # first: it also finds tests/support
import cases
from verify import dkimpy_verdicts

# Two configurations that a message shows in two places each: the selector in its signature and the host in its link.
PAIR = """\
[[tenant]]
name    = "shop"
logins  = ["shop"]
sender_domains = ["shop.example"]
streams = ["transactional", "bulk"]

[[tenant.stream_rule]]
sender = "news@shop.example"
stream = "bulk"

[[dkim.key]]
domain   = "shop.example"
selector = "{selector}"
file     = "{{dir}}/keys/shop.example.{selector}.pem"

[tracking]
host     = "{selector}.click.example"
key_file = "{{dir}}/keys/tracking.keys"
"""
SELECTORS = ("rsa1", "rsa2")

# What is broken, in a file beside it: long enough that a random change hits something of every kind.
BALLAST = """\
[clients]
trusted = ["192.0.2.1", "2001:db8::/32"]

[suppression]
action   = "refuse"
on_error = "defer"
[suppression.blocks]
complaint = ["*", "!transactional"]

[[limit]]
name   = "login-hour"
key    = ["login"]
rate   = ["100000/h", "500000/d"]
weight = "recipients"
action = "defer"
when   = { tenant = ["town"], stream = ["bulk"] }

[[limit]]
name  = "pace"
key   = ["tenant", "rcpt_domain"]
rate  = ["1000/s"]
burst = 1000

[[tenant]]
name    = "town"
clients = ["198.51.100.0/24"]
sender_domains = ["town.example"]
"""
RELOADS = 500


def broken(draw, text):
    """The text with a few changes of the kinds that hands, editors and copies make."""
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(text))
        kind = draw.randrange(6)
        if kind == 0:
            text = text[:at]
        elif kind == 1:
            text = text[:at] + text[at + draw.randint(1, 12):]
        elif kind == 2:
            text = text[:at] + draw.choice('"[]{}=,#\n\0\xff.1-') + text[at + 1:]
        elif kind == 3:
            lines = text.split("\n")
            lines.insert(draw.randrange(len(lines) + 1), draw.choice(lines))
            text = "\n".join(lines)
        elif kind == 4:
            text = re.sub(r"\d+", lambda number: draw.choice([number.group(), "-1", "0", "9" * 30]), text)
        else:
            words = re.findall(r"[a-z_]{4,}", text) or ["word"]
            text = text.replace(draw.choice(words), draw.choice(words) + draw.choice(["", "x"]), 1)
        if not text:
            return "["
    return text


class Reload(Scenario):
    config = PAIR.format(selector=SELECTORS[0])

    @classmethod
    def prepare(cls):
        cls.zone.update([cls.signpostd.genkey("shop.example", SELECTORS[1])])

    def reload(self):
        """The first line of the answer."""
        self.control.sendall(b"reload\n")
        answer = b""
        while not answer.endswith(b"\n\n"):
            more = self.control.recv(65536)
            self.assertTrue(more, "the control connection ended: " + self.signpostd.child.text()[-2000:])
            answer += more
        return answer.split(b"\n", 1)[0].decode()

    def send_until(self, stop, failures):
        """Newsletters on one connection after the other, ten each."""
        while not stop.is_set():
            client = self.postfix.client("shop")
            try:
                for _ in range(10):
                    self.sent += 1
                    client.sendmail("news@shop.example", ["ann@example.org"], self.newsletter())
            except smtplib.SMTPException as error:
                failures.append(error)
                return
            finally:
                client.close()

    def test_broken_configurations_under_traffic(self):
        draw = random.Random(20261124)
        ballast = self.signpostd.directory / "conf.d" / "60-ballast.toml"
        self.control = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.control.close)
        self.control.connect(str(self.signpostd.control_socket))
        self.sent, failures, stop = 0, [], threading.Event()
        sender = threading.Thread(target=self.send_until, args=(stop, failures))
        sender.start()
        accepted = refused = 0
        try:
            for number in range(RELOADS):
                self.signpostd.config_file.write_text(
                    PAIR.format(selector=SELECTORS[number % 2]).replace("{dir}", str(self.signpostd.directory)))
                text = BALLAST if number % 10 == 9 else broken(draw, BALLAST)
                ballast.write_bytes(text.encode("latin-1"))
                answer = self.reload()
                self.assertRegex(answer, r"^(ok generation=\d+|error invalid )")
                accepted += answer.startswith("ok")
                refused += answer.startswith("error")
        finally:
            stop.set()
            sender.join()
        self.assertEqual(failures, [])
        self.assertTrue(self.signpostd.child.is_running())
        self.assertIn(f"generation={1 + accepted}", self.signpostd.ctl("status"))
        self.assertGreaterEqual(accepted, RELOADS // 10)
        self.assertGreater(refused, RELOADS // 2, "most of them must be broken, or this tests nothing")

        seen = set()
        for delivery in self.delivered(self.sent):
            self.assertEqual(dkimpy_verdicts(delivery.raw, self.zone), [True])
            selector, = re.findall(r"\bs=(\w+);", delivery.field("DKIM-Signature"))
            self.assertIn(f"https://{selector}.click.example/c/", body_of(delivery.raw))
            seen.add(selector)
        self.assertEqual(seen, set(SELECTORS))
        print(f"{self.sent} messages, {accepted} reloads accepted, {refused} refused", end=" ")


if __name__ == "__main__":
    cases.main()
