"""What must become of a message, told from the truth: who sent it and by which way, which a generator knows and a filter can only
infer. Restates docs/tenants.md slowly and row by row; it looks at no header and knows nothing of how evidence is weighed. Where
the documentation names something that cannot be told, or that an administrator must set up otherwise, the answer names that row."""
import dataclasses

HOST = "mx.example"
LIST = "list@shop.example"


@dataclasses.dataclass(frozen=True)
class Tenant:
    name: str
    logins: tuple = ()  # folded; "@domain" stands for all of it
    domains: tuple = ()
    local: bool = True


TENANTS = (
    Tenant("shop", ("shop",), ("shop.example",)),
    Tenant("acme", ("@acme.example",), ("acme.example",), local=False),
    Tenant("host", (), (HOST,)),
)
DEFAULT = Tenant("default")
KEYS = ("shop.example", "acme.example", HOST)  # domains with a signing key, which does not sign for what lies below

LIST_CHARGE = {"shop": 1}  # of a post of LIST to one recipient

# Where the documentation says that the answer is another one than the truth asks for.
KNOWN = {
    "stripped": "tenants.md, What remains: a port that strips Received, with a pipe filter, and Signpost not attached there",
    "imitated": "tenants.md, Origin, reinjected: a program of this host sends mail that bears traces of another host or a mailbox",
    "report": "settings.md, clients.reports: a program of this host imitates a report",
    "list": "tenants.md, [[clients.reinjected]]: a stranger names the list in From, and Signpost is not attached to port 25",
    "list-before-queue": "tenants.md, [[clients.reinjected]]: no such rule with a proxy filter on port 25",
    "list-member": "tenants.md, When it is wrong: list software that leaves another customer's address in From",
    "not-attached": "contrib/postfix, master.cf.submission: mail of this host at port 25 never meets Signpost",
    "before-queue": "contrib/postfix/README.md: behind smtpd_proxy_filter neither login nor client are seen",
}

PROGRAMS = ("program", "bs", "cron")  # by the sendmail command
HERE = PROGRAMS + ("loopback",)  # without a login, from this host
SMTP_WAYS = ("network", "login", "loopback", "trusted")
# Fields that a message was given by its sender, and what they say if they are believed.
RECEIVED_ELSEWHERE = ("foreign-received", "unreadable-received", "http-elsewhere", "loopback-name")
MAILBOX = ("delivered-to", "x-original-to", "sieve-from")
SEALS = ("forged-seal", "two-forged-seals", "copied-seal")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A port: whether it strips Received, and through which content filter its mail goes ("pipe": back by sendmail, "smtp": back
    to a port with Signpost, "proxy": before the queue)."""
    name: str
    strips: bool = False
    filter: str = ""


ENTRIES = {entry.name: entry for entry in (
    Entry("plain"), Entry("strip", strips=True), Entry("pipe", filter="pipe"), Entry("strip-pipe", strips=True, filter="pipe"),
    Entry("smtp", filter="smtp"), Entry("strip-smtp", strips=True, filter="smtp"), Entry("proxy", filter="proxy"),
    Entry("submission"), Entry("pickup"))}


@dataclasses.dataclass(frozen=True)
class Setup:
    """One Postfix with Signpost. `port_25`: attached where strangers come in; always where mail is submitted with a login, and at
    pickup. `roles`: of role submit wherever it is attached, and the second pass is at a port of role egress. `key_file`: seal.key_file is set. `reports`: the MTA's own mail
    meets Signpost. `list_rule`: [[clients.reinjected]] names LIST."""
    name: str
    port_25: bool
    entries: tuple
    roles: bool = False
    key_file: bool = False
    reports: bool = False
    list_rule: bool = False


@dataclasses.dataclass
class Message:
    """The truth. `way`: network (a stranger), login, program, bs (sendmail -bs), cron, loopback, trusted. `back`: how a mailbox of
    this host gives it back: "", forward, procmail, sieve, sieve-smtp, list-kept, list-munged. `marks`: fields that its sender
    wrote. `copied`: it is a copy of a delivered message of the site, sent by a stranger; "" if not."""
    number: int
    way: str
    entry: str
    login: str = ""
    sender: str = ""
    author: str = ""
    recipients: int = 1
    back: str = ""
    marks: tuple = ()
    copied: str = ""
    undeliverable: bool = False  # the far side refuses it: the MTA makes a report
    shape: dict = dataclasses.field(default_factory=dict)  # what matters to nobody's rule: names, ids, HELO

    @property
    def tag(self):
        return f"m{self.number:05}"


@dataclasses.dataclass
class Expected:
    """`signed`: domain of the one valid signature that we added, "" for none. `charges`: tenant -> recipients, of the recipient's
    domain at the mailbox (first) and outside (last); `posted`: or this outside, if a list of the site has posted what is the site's own:
    then it may count as made here once more. `seal_may_leave`: else no seal is on what arrives. `known`: a row of KNOWN
    that makes this answer differ from what the truth alone would ask. `free`: that row allows any outcome."""
    accepted: bool = True
    signed: str = ""
    first: dict = dataclasses.field(default_factory=dict)
    last: dict = dataclasses.field(default_factory=dict)
    posted: dict = dataclasses.field(default_factory=dict)
    seal_may_leave: bool = True
    known: str = ""
    free: bool = False
    may_wait: bool = False  # the refusal is 4xx
    why: str = ""


def domain_of(address):
    return address.rpartition("@")[2].lower()


def owner_of(domain):
    """By sender_domains: the domain's owner, or that of its nearest parent."""
    labels = domain.split(".")
    for start in range(len(labels)):
        for tenant in TENANTS:
            if ".".join(labels[start:]) in tenant.domains:
                return tenant
    return None


def tenant_of_login(login):
    folded = login.lower()
    for name in (folded, "@" + domain_of(folded)):
        for tenant in TENANTS:
            if name in tenant.logins:
                return tenant
    return DEFAULT


def tenant_of_sender(message):
    """Mail without a login: by the envelope sender, for the null sender by the author; unless that tenant forbids it."""
    owner = owner_of(domain_of(message.sender or message.author))
    return owner if owner and owner.local else DEFAULT


def may_use(tenant, address):
    owner = owner_of(domain_of(address))
    return owner == tenant if owner else not tenant.domains


def expect(setup, message):
    expected = of_stranger(setup, message) if message.way == "network" else of_site(setup, message)
    if setup.roles and is_attached(setup, message):
        expected.seal_may_leave = False  # the last pass is at egress
    return expected


def is_attached(setup, message):
    """Whether the first pass meets Signpost."""
    return setup.port_25 or message.way in PROGRAMS or message.way == "login"


def of_stranger(setup, message):
    """It passes, unsigned and uncharged, wherever it comes back. But for lists of the site that post in their own name."""
    entry = ENTRIES[message.entry]
    if not setup.port_25 and entry.strips and entry.filter == "pipe":
        return Expected(free=True, known="stripped", why="a stranger's, and nothing tells")
    if not setup.port_25 and setup.list_rule and message.author == LIST and entry.filter == "pipe":
        return Expected(free=True, known="list", why="a stranger's, and the list's name is in From")
    if setup.list_rule and message.author == LIST and entry.filter == "proxy":
        return Expected(free=True, known="list-before-queue", why="a stranger's, and the list's name is in From")
    if setup.port_25 and setup.roles:
        return Expected(accepted=False, may_wait=not message.sender, why="a stranger's, at a port where mail is submitted")
    expected = Expected(why="a stranger's")
    post_on_list(setup, message, expected)
    return expected


def of_site(setup, message):
    entry = ENTRIES[message.entry]
    if not is_attached(setup, message):
        if entry.filter != "pipe":
            return Expected(known="not-attached", why="the site's own, at a port without Signpost")
    if entry.filter == "proxy" and message.way != "loopback":
        return behind_a_proxy(setup, message)
    if (message.way in HERE or not is_attached(setup, message)) and imitates(message, entry):
        return give_back(setup, message, Expected(known="imitated", why="made here, but looks as if it came back"))
    if "report" in message.marks and message.way == "program":
        return give_back(setup, message, Expected(signed=HOST, known="report", why="made here, looks like a report"))
    tenant = tenant_of_login(message.login) if message.login else tenant_of_sender(message)
    return give_back(setup, message, judged(tenant, message))


def imitates(message, entry):
    """Whether it bears what mail bears that came back. Where this host wrote of a client that had logged in or is trusted, what
    stands below does not matter."""
    if any(mark in MAILBOX + SEALS for mark in message.marks):
        return True
    older = message.way in ("trusted", "login")
    if older or (entry.strips and message.way in SMTP_WAYS):
        return False
    read = message.marks[:message.marks.index("login-trace")] if "login-trace" in message.marks else message.marks
    return any(mark in RECEIVED_ELSEWHERE for mark in read)


def judged(tenant, message):
    """By the rules of what a tenant may use. Whoever may not is refused; what no key fits leaves unsigned, but charged."""
    if message.sender and not may_use(tenant, message.sender):
        return Expected(accepted=False, why=f"tenant {tenant.name} may not use the sender")
    if tenant.domains and not may_use(tenant, message.author):
        return Expected(accepted=False, why=f"tenant {tenant.name} may not use the author")
    domain = domain_of(message.author)
    signed = domain if domain in KEYS and may_use(tenant, message.author) else ""
    return Expected(signed=signed, last={tenant.name: 1 if message.undeliverable else message.recipients}, seal_may_leave=False,
                    why=f"the site's own, tenant {tenant.name}")


def behind_a_proxy(setup, message):
    """The front judges sender and recipients, of a login by its tenant. What it does to the message is lost: the port behind signs
    and charges, and sees mail of this host without a login."""
    tenant = tenant_of_login(message.login) if message.login else tenant_of_sender(message)
    if message.sender and not may_use(tenant, message.sender):
        return Expected(accepted=False, why=f"tenant {tenant.name} may not use the sender")
    if imitates(message, ENTRIES[message.entry]):
        return give_back(setup, message, Expected(known="before-queue", why="the site's own, but looks as if it came back"))
    expected = give_back(setup, message, judged(tenant_of_sender(message), message))
    expected.known = expected.known or "before-queue"
    return expected


def give_back(setup, message, expected):
    """What was judged where it came in, and what a mailbox on this host then does with it."""
    if not expected.accepted:
        return expected
    is_judged = bool(expected.first or expected.last or expected.known == "report")
    leaves_by_filter = setup.port_25 and message.way in SMTP_WAYS and ENTRIES[message.entry].filter in ("pipe", "smtp")
    sealed = setup.key_file and not setup.roles and not leaves_by_filter and is_judged
    expected.seal_may_leave = sealed or not is_judged
    if not message.back:
        return expected
    expected.first, expected.last = expected.last, {}
    expected.seal_may_leave = True
    if message.back == "list-munged":
        expected.signed = ""  # no longer what was signed
    if message.back.startswith("list") and setup.port_25:
        expected.posted = LIST_CHARGE
        if message.back == "list-kept" and owner_of(domain_of(message.author)) != owner_of(domain_of(LIST)):
            expected.known, expected.free = "list-member", True
    post_on_list(setup, message, expected)
    return expected


def post_on_list(setup, message, expected):
    """A post with the list in From is a message of the site, if a rule names the list."""
    in_from = message.back == "list-munged" or (message.back == "list-kept" and message.author == LIST and not message.copied)
    if in_from and setup.port_25 and setup.list_rule:
        expected.signed = domain_of(LIST)
        expected.last = LIST_CHARGE
        expected.seal_may_leave = True
        expected.why += ", posted by a list of the site"
