#!/usr/bin/python3
"""Generated mail through generated ways, on real Postfix set-ups, judged against a slow reference of the rules that knows who really
sent each message (tests/support/origin_reference.py): nothing of a stranger is signed, nothing of the site's own is refused, held
up, left unsigned or charged twice. Each failure is printed with what repeats it alone.

  SIGNPOST_SEED=7             another draw
  SIGNPOST_LONG=1             thousands of messages; a larger number: so many for each set-up
  SIGNPOST_ONLY=AllPorts/17   one message of one set-up (name the class too, so that the others are not started), or 17,18,19
"""
import collections
import concurrent.futures
import os
import re
import shlex
import smtplib
import threading

from scenario import MX, Scenario  # first: it also finds tests/support
import cases
import contrib_e2e
import origin_judge
import origin_messages
from gives_back import Filter, Mailbox, RefusesGone
from lab import free_port, is_listening, run, wait_for
from origin_reference import ENTRIES, KEYS, KNOWN, PROGRAMS, Message, Setup, expect
from postfix import Postfix
from sasl import FakeSasl

SEED = os.environ.get("SIGNPOST_SEED", "20261127")
LONG = int(os.environ.get("SIGNPOST_LONG", "0"))
ONLY = os.environ.get("SIGNPOST_ONLY", "")
COUNT = {0: 120, 1: 2000}.get(LONG, LONG)  # messages of each set-up
BATCH = 200  # messages between two looks at the limits: their buckets can be shown all at once
DONORS = 3
FIRST_DONOR = 90000  # numbers of delivered messages that strangers copy from
CLIENTS = {"network": "203.0.113.9", "trusted": "192.0.2.7", "roaming": "198.51.100.30"}

SITE = """
[[tenant]]
name = "shop"
logins = ["shop"]
sender_domains = ["shop.example"]

[[tenant]]
name = "acme"
logins = ["@acme.example"]
sender_domains = ["acme.example"]
local = false

[[tenant]]
name = "host"
sender_domains = ["mx.example"]

[[limit]]
name = "volume"
key = ["tenant", "rcpt_domain"]
rate = ["1000/h"]

[clients]
trusted = ["192.0.2.0/24"]
""" + "".join(f'[[dkim.key]]\ndomain = "{domain}"\nselector = "rsa1"\nfile = "{{dir}}/keys/{domain}.rsa1.pem"\n' for domain in KEYS)
SEAL_RING = '[seal]\nkey_file = "{dir}/keys/seal.keys"\n'
LIST_RULE = '[[clients.reinjected]]\nlist = "list@shop.example"\n'


class Generated(Scenario):
    """Subclasses say how the set-up is built."""

    setup = None
    config = SITE

    @classmethod
    def prepare(cls):
        cls.zone |= dict([cls.signpostd.genkey("acme.example", "rsa1")])
        cls.signpostd.new_ring("seal.keys")
        cls.sink.refuse = RefusesGone()

    @classmethod
    def make_sasl(cls):
        return {login: "secret" for login in origin_messages.LOGINS}

    @classmethod
    def make_places(cls):
        """Ports, filters and mailboxes; returns settings and services of Postfix that lead to them."""
        cls.ports = {name: free_port() for name in cls.setup.entries + (("back",) if cls.setup.port_25 else ())}
        cls.filters = {"pipe": cls.lab.add(Filter()), "smtp": cls.lab.add(Filter())}
        cls.filters["smtp"].port_back = cls.ports.get("back")
        cls.mailbox = cls.lab.add(Mailbox())
        cls.mailbox.port_back = cls.ports["plain"]
        transport, headers = (cls.lab.directory / name for name in ("transport", "headers"))
        transport.write_text(f"/@.*\\.box\\.example$/ smtp:[127.0.0.1]:{cls.mailbox.port}\n")
        headers.write_text("/^Received:/ IGNORE\n")
        settings = MX | {"transport_maps": f"regexp:{transport}", "relay_domains": "example.org, box.example",
                         "default_process_limit": "40", "smtp_destination_concurrency_limit": "10"}
        services = (f"strip unix n - n - 0 cleanup\n  -o header_checks=regexp:{headers}\n"
                    "scan unix - - n - 10 smtp\n  -o disable_mime_output_conversion=yes\n")
        for name in cls.setup.entries:
            entry = ENTRIES[name]
            if name in ("submission", "plain"):
                continue
            services += f"127.0.0.1:{cls.ports[name]} inet n - n - - smtpd\n"
            if entry.strips:
                services += "  -o cleanup_service_name=strip\n"
            if entry.filter == "proxy":
                services += f"  -o smtpd_proxy_filter=127.0.0.1:{cls.ports['back']}\n"
            elif entry.filter:
                services += f"  -o content_filter=scan:[127.0.0.1]:{cls.filters[entry.filter].port}\n"
        return settings, services

    @classmethod
    def use_places(cls, made):
        for part in (*cls.filters.values(), cls.mailbox):
            part.postfix = made
        return made

    def send_and_judge(self):
        """The whole of it."""
        for name, port in self.ports.items():
            wait_for(lambda port=port: is_listening(port), f"the port {name}")
        self.lock = threading.Lock()
        self.failures, self.counts = [], collections.Counter()
        self.replies, self.submitted = {}, {}
        self.donors = []
        self.donors = self.make_donors()
        numbers = range(1, COUNT + 1)
        if ONLY:
            name, _, wanted = ONLY.partition("/")
            numbers = [int(number) for number in wanted.split(",")] if name == self.setup.name else []
        for start in range(0, len(numbers), BATCH):
            self.judge([origin_messages.draw(self.setup, SEED, number, DONORS) for number in numbers[start:start + BATCH]])
        self.look_at_status()
        self.tell()
        self.assertEqual(len(self.failures), 0, "\n\n".join(self.failures[:30]))

    def make_donors(self):
        """Delivered mail of the site, as (sender, text)."""
        entry = "submission" if "submission" in self.setup.entries else "plain"
        made = [Message(FIRST_DONOR + number, "login", entry, "shop", f"orders+m{FIRST_DONOR + number}@shop.example",
                        "orders@shop.example", shape={"id": True, "date": True, "mailbox": "a", "roaming": True, "envid": False,
                                                      "helo": "laptop", "name": "laptop.example"})
                for number in range(DONORS)]
        for message in made:
            self.submit(message)
        self.wait_until_quiet()
        self.index_deliveries()
        raw = [self.by_tag[message.tag][0][0].raw.decode("latin-1").replace("\r\n", "\n") for message in made]
        return [(message.sender, text) for message, text in zip(made, raw)]

    # How a message gets in.

    def submit_all(self, messages):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(self.submit, message) for message in messages]:
                done.result()
        self.wait_until_quiet()

    def submit(self, message):
        text = origin_messages.text(message, self.donors)
        sender, recipients = origin_messages.sender_of(message, self.donors), origin_messages.addresses(message)
        if message.way in PROGRAMS:
            reply = self.by_program(message, text, sender, recipients)
        else:
            reply = self.by_smtp(message, text.replace("\n", "\r\n").encode("latin-1"), sender, recipients)
        with self.lock:
            self.replies[message.number], self.submitted[message.number] = reply, text

    def by_program(self, message, text, sender, recipients):
        sendmail = ("/usr/sbin/sendmail", "-C", self.postfix.config)
        if message.way == "bs":
            lines = ["EHLO localhost", f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{to}>" for to in recipients), "DATA",
                     text.rstrip("\n"), ".", "QUIT", ""]
            return run(*sendmail, "-bs", input="\n".join(lines))
        to = ["-t"] if message.shape["to"] else recipients
        run(*sendmail, "-i", "-f", sender or "<>", *to, input=text)
        return ""

    def by_smtp(self, message, raw, sender, recipients):
        """The first reply that is not positive, or that to the text."""
        shape = message.shape
        client = smtplib.SMTP("127.0.0.1", self.ports[message.entry], local_hostname="client.example", timeout=120)
        try:
            client.ehlo()
            kind = "roaming" if message.way == "login" and shape["roaming"] else message.way
            if kind in CLIENTS:
                name = shape["name"] if kind == "network" else "client.example"
                code, text = client.docmd("XCLIENT", f"ADDR={CLIENTS[kind]} NAME={name}")
                if code != 220:
                    raise RuntimeError(f"XCLIENT: {code} {text}")
                client.ehlo(shape["helo"])
            if message.login:
                client.login(message.login, "secret")
            replies = [client.mail(sender, ["ENVID=AQAinvented"] if shape["envid"] else [])]
            replies += [client.rcpt(to) for to in recipients]
            failed = [reply for reply in replies if reply[0] >= 300]
            return failed[0] if failed else client.data(raw)
        except smtplib.SMTPDataError as error:
            return (error.smtp_code, error.smtp_error)
        finally:
            client.close()

    def wait_until_quiet(self):
        """The queue is looked at in the order in which mail moves; but a report is made behind that look. What waits for ever is
        told, and taken away."""
        try:
            for _ in range(2):
                self.postfix.wait_until_empty(60)
        except TimeoutError:
            waiting = [line for line in self.signpostd.log_file.read_text().splitlines() if " action=defer " in line][-10:]
            self.failures.append("\n".join([f"SIGNPOST_SEED={SEED}, {self.setup.name}: mail waits in the queue; deferred last:", *waiting,
                                            self.postfix.log()[-2000:]]))
            run("postsuper", "-c", self.postfix.config, "-d", "ALL")

    # What became of it.

    def judge(self, messages):
        seen = self.signpostd.log_file.stat().st_size
        self.submit_all(messages)
        charges = self.charges()
        self.index_deliveries()
        with open(self.signpostd.log_file, encoding="utf-8", errors="replace") as log:
            log.seek(seen)
            lines = log.read().splitlines()
        for message in messages:
            self.judge_one(message, charges, lines)
        unknown = {domain: by for domain, by in charges.items() if not re.search(r"^m\d+\.(box\.example|example\.org)$", domain)}
        if unknown:
            self.failures.append(f"seed {SEED}, {self.setup.name}: charged, but no message of ours went there: {unknown}")
        self.signpostd.ctl("limit", "reset", "volume")

    def judge_one(self, message, charges, lines):
        expected = expect(self.setup, message)
        found = origin_judge.Found(self.submitted.pop(message.number), self.replies.pop(message.number), *self.by_tag[message.tag],
                                   charges, [line for line in lines if message.tag in line])
        outcome = origin_judge.outcome(message, found, self.zone)
        self.counts[outcome] += 1
        if expected.known:
            self.counts[f"known: {expected.known} ({outcome})"] += 1
        faults = origin_judge.faults(self.setup, message, expected, found, self.zone)
        if faults and not expected.free:
            ids = set(re.findall(rf" (\w+): (?:from|to|client|message-id|uid)=[^\n]*{message.tag}\b", self.postfix.log()))
            found.lines = [line for line in lines if message.tag in line or any(f"qid={one} " in line for one in ids)]
            self.failures.append(f"SIGNPOST_SEED={SEED} SIGNPOST_ONLY={self.setup.name}/{message.number}: {'; '.join(faults)}\n" +
                                 origin_judge.describe(message, expected, found))

    def charges(self):
        """Recipient's domain -> tenant -> charged."""
        found = collections.defaultdict(dict)
        for line in self.signpostd.ctl("limit", "top", "1000").splitlines():
            words = dict(word.partition("=")[::2] for word in shlex.split(line))
            if words.get("bucket") == "volume":
                key = dict(word.partition("=")[::2] for word in words["key"].split())
                found[key["rcpt_domain"]][key["tenant"]] = int(words["used"])
        return found

    def index_deliveries(self):
        """By tag: those where it was sent, and reports to its sender about it."""
        self.by_tag = collections.defaultdict(lambda: ([], []))
        for delivery in self.sink.all():
            if not delivery.recipients:
                continue  # all were refused, and the text came in one go with them
            to = delivery.recipients[0]
            if to.endswith(".example.org"):
                self.by_tag[to.partition("@")[2].partition(".")[0]][0].append(delivery)
            else:
                self.by_tag[to.partition("@")[0].partition("+")[2]][1].append(delivery)

    def look_at_status(self):
        """All of this is what happens every day."""
        try:
            self.signpostd.ctl("status")
        except RuntimeError as degraded:
            told = re.findall(r'(?m)^problem="(.*)"$', str(degraded))
            if self.setup.roles and self.setup.port_25:
                told = [what for what in told if "without a login were refused on a port of role signpost-submit" not in what]
            if told:
                self.failures.append(f"SIGNPOST_SEED={SEED}, {self.setup.name}: status tells of {told}")

    def tell(self):
        total = sum(number for what, number in self.counts.items() if what.startswith(("own", "stranger")))
        print(f"\n{self.setup.name}, seed {SEED}: {total} messages")
        for what, number in sorted(self.counts.items()):
            print(f"  {number:5} {what}")
        for row in KNOWN:
            if any(f"known: {row} " in what for what in self.counts):
                print(f"  {row}: {KNOWN[row]}")


class AllPorts(Generated):
    """Signpost at every port and at pickup, without roles; some ports strip Received, some have a content filter."""

    setup = Setup("AllPorts", True, ("plain", "strip", "pipe", "strip-pipe", "smtp", "strip-smtp", "proxy"), reports=True)

    def test_generated(self):
        self.send_and_judge()

    @classmethod
    def make_postfix(cls):
        settings, services = cls.make_places()
        services += f"127.0.0.1:{cls.ports['back']} inet n - n - - smtpd\n  -o smtpd_sasl_auth_enable=no\n"
        settings |= {"internal_mail_filter_classes": "bounce"}
        return cls.use_places(Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, settings, services, port=cls.ports["plain"]))


class AllPortsSealed(AllPorts):
    """The same with seal.key_file, so that the site's own mail is sealed too, and with a list."""

    setup = Setup("AllPortsSealed", True, AllPorts.setup.entries, reports=True, key_file=True, list_rule=True)
    config = SITE + SEAL_RING + LIST_RULE


class AllSubmit(Generated):
    """Two passes for everything: role submit at every port, strangers' too, and role egress on the way out."""

    setup = Setup("AllSubmit", True, ("plain", "strip"), roles=True, key_file=True)
    config = SITE + SEAL_RING

    def test_generated(self):
        self.send_and_judge()

    @classmethod
    def make_postfix(cls):
        settings, services = cls.make_places()
        egress = cls.ports["back"]
        services += (f"127.0.0.1:{egress} inet n - n - - smtpd\n  -o content_filter=\n  -o smtpd_sasl_auth_enable=no\n"
                     "  -o milter_macro_daemon_name=signpost-egress\n"
                     "toegress unix - - n - 10 smtp\n  -o smtp_send_xforward_command=yes\n")
        settings |= {"content_filter": f"toegress:[127.0.0.1]:{egress}", "milter_macro_daemon_name": "signpost-submit"}
        return cls.use_places(Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, settings, services, port=cls.ports["plain"]))


class Submission(Generated):
    """contrib/postfix' master.cf.submission: Signpost where mail is submitted and at pickup, and not at port 25."""

    setup = Setup("Submission", False, ("submission", "plain", "strip", "pipe", "strip-pipe"), key_file=True, list_rule=True)
    config = SITE + SEAL_RING + LIST_RULE
    fragments = ("master.cf.submission", "main.cf.submission")

    @classmethod
    def make_signpostd(cls):
        return contrib_e2e.Fragments.make_signpostd.__func__(cls)

    def test_generated(self):
        self.send_and_judge()

    @classmethod
    def make_postfix(cls):
        settings, services = cls.make_places()
        master, main = cls.fragments
        fragment = (contrib_e2e.FRAGMENTS / master).read_text().replace("10026", str(free_port()))
        fragment = re.sub(r"(?m)^submission inet", f"127.0.0.1:{cls.ports['submission']} inet", fragment)
        fragment = re.sub(r"(?m)^submissions inet", f"127.0.0.1:{free_port()} inet", fragment)
        # TLS has its own test (contrib_e2e).
        fragment = fragment.replace("security_level=encrypt", "security_level=none").replace("auth_only=yes", "auth_only=no")
        settings = contrib_e2e.settings_of("main.cf.submission") | settings
        made = contrib_e2e.SubmissionPostfix(cls.lab, cls.sink.port, "", settings, fragment + services, port=cls.ports["plain"])
        cls.lab.add(FakeSasl(made.queue / "sasl.sock", cls.make_sasl()))
        return cls.use_places(made)


class Full(Submission):
    """contrib/postfix' master.cf.full: two passes, of which the second charges."""

    setup = Setup("Full", False, Submission.setup.entries, roles=True)
    config = SITE
    fragments = ("master.cf.full", "main.cf.submission")


if __name__ == "__main__":
    cases.main()
