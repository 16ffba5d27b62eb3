"""Draws messages for tests of whose mail it is: who sends, by which way, with which sender, author and forged fields. Each message
is drawn from the seed, the set-up's name and its own number alone, so that one can be repeated without the others."""
import random

from origin_reference import HOST, LIST, MAILBOX, Message

DATE = "Fri, 27 Nov 2026 12:00:00 +0000"
STRANGERS_RECEIVED = ("from mail.evil.example (mail.evil.example [203.0.113.77])\n\tby mx.elsewhere.example (Postfix) with ESMTP id "
                      f"4AFAR;\n\t{DATE}")
FORGED_SEAL = "AQGinvented" + "0" * 80
# Name of a mark -> field and value.
FIELDS = {
    "pickup-trace": ("Received", f"by {HOST} (Postfix, from userid 33)\n\tid 4ALOCAL; {DATE}"),
    "loopback-trace": ("Received", f"from web (localhost [127.0.0.1])\n\tby {HOST} (Postfix) with ESMTP id 4ALOOP;\n\t{DATE}"),
    "http-trace": ("Received", f"from [198.51.100.7]\n\tby shop.example with HTTP; {DATE}"),
    "login-trace": ("Received", "from laptop (laptop.example [198.51.100.30])\n\t(Authenticated sender: shop)\n\tby "
                    f"{HOST} (Postfix) with ESMTPSA id 4ALOGIN;\n\t{DATE}"),
    "program-trace": ("Received", f"(from ann@localhost)\n\tby {HOST} (8.17.1/8.17.1/Submit) id 5ARD;\n\t{DATE}"),
    "loopback-name": ("Received", f"from localhost (localhost [203.0.113.9])\n\tby {HOST} (Postfix) with ESMTP id 4ANAME;\n\t{DATE}"),
    "foreign-received": ("Received", STRANGERS_RECEIVED),
    "http-elsewhere": ("Received", f"from [203.0.113.9] by webmail.evil.example with HTTP; {DATE}"),
    "unreadable-received": ("Received", "from (((( by"),
    "delivered-to": ("Delivered-To", f"bob@{HOST}"),
    "x-original-to": ("X-Original-To", f"bob@{HOST}"),
    "sieve-from": ("X-Sieve-Redirected-From", f"bob@{HOST}"),
    "forged-seal": ("Signpost-Seal", FORGED_SEAL),
    "list": ("List-Id", "<list.shop.example>"),
    "resent": ("Resent-From", "bob@shop.example"),
}
FORGERIES = [name for name in FIELDS if name not in ("list", "resent")]
TRUE_HERE = ["pickup-trace", "loopback-trace", "http-trace", "list"]  # may truly stand on mail that a program of this host sends
SITE = {"shop": "shop.example", "acme": "acme.example", "host": HOST}
LOGINS = {"shop": "shop.example", "Shop": "shop.example", "ann@acme.example": "acme.example", "Ann@ACME.example": "acme.example",
          "stray": "customer.example"}


def draw(setup, seed, number, donors):
    """`donors`: how many delivered messages of the site there are to copy from."""
    dice = random.Random(f"{seed}/{setup.name}/{number}")
    ways = {"network": 40, "login": 24, "program": 11, "bs": 4, "cron": 3, "loopback": 10, "trusted": 6}
    message = Message(number, way=dice.choices(list(ways), ways.values())[0], entry="")
    message.entry = draw_entry(setup, message.way, dice)
    message.recipients = dice.choice((1, 1, 1, 2, 3))
    message.shape = {"helo": dice.choice(("evil.example", "localhost", HOST)), "id": dice.random() < 0.6, "date": dice.random() < 0.7,
                     "name": dice.choice(("evil.example", "localhost", HOST, "[UNAVAILABLE]")), "mailbox": dice.choice("abc"),
                     "roaming": dice.random() < 0.5, "envid": dice.random() < 0.2, "to": dice.random() < 0.5,
                     "donor": dice.randrange(donors) if donors else 0}
    (strangers_identity if message.way == "network" else own_identity)(message, dice)
    if "report" not in message.marks and dice.random() < (0.3 if message.way == "network" else 0.15):
        backs = ["forward", "procmail", "sieve", "sieve-smtp", "list-kept", "list-munged"]
        message.back = dice.choice(backs)
        message.recipients = 1
    if message.way == "network" and donors and dice.random() < 0.3:
        message.copied = dice.choice(("verbatim", "body-changed", "seal-and-binding", "seal"))
        if dice.random() < 0.4:  # where a mailbox keeps the sender to which the seal is bound
            message.back, message.recipients = dice.choice(("sieve", "sieve-smtp")), 1
    if message.way == "login" and not message.back and dice.random() < 0.08:
        message.undeliverable = True
    return message


def draw_entry(setup, way, dice):
    if way in ("program", "bs", "cron"):
        return "pickup"
    if way == "login" and "submission" in setup.entries:
        return "submission"
    return dice.choice([entry for entry in setup.entries if entry != "submission"])


def strangers_identity(message, dice):
    """Whatever could pass for the site's own."""
    tag = message.tag
    own = dice.choice(list(SITE.values()))
    message.sender = dice.choices((f"ceo+{tag}@{own}", "", f"eve+{tag}@evil.example", f"news-bounces+{tag}@shop.example"),
                                  (5, 3, 2, 1))[0]
    message.author = dice.choices((f"ceo@{own}", f"eve@evil.example", f"MAILER-DAEMON@{HOST}", LIST, f"x@sub.{own}"),
                                  (7, 1, 1, 1, 1))[0]
    message.marks = tuple(dice.sample(FORGERIES, dice.choice((0, 0, 0, 1, 1, 2, 3))))
    if message.author.startswith("MAILER-DAEMON"):
        message.sender = "" if dice.random() < 0.8 else message.sender
        message.marks += ("report",)
        message.recipients = 1


def own_identity(message, dice):
    """Mostly as an honest program has it; else with the name of another tenant or of nobody."""
    tag = message.tag
    if message.way == "cron":
        message.sender, message.author = f"root+{tag}@{HOST}", f"root@{HOST}"
        return
    if message.way == "login":
        message.login = dice.choice(list(LOGINS))
        own = LOGINS[message.login]
        message.marks = tuple(dice.sample(FORGERIES, dice.choice((0, 0, 1, 2))))
    else:
        own = dice.choices(list(SITE.values()), (5, 1, 3))[0]
        message.marks = own_marks(message.way, dice)
    others = [domain for domain in (*SITE.values(), "elsewhere.example") if domain != own]
    message.sender = dice.choices((f"orders+{tag}@{own}", "", f"orders+{tag}@{dice.choice(others)}"), (8, 2, 1))[0]
    forges = 6 if message.login == "stray" else 1  # whose tenant is bound to no domain
    message.author = dice.choices((f"orders@{own}", f"orders@{dice.choice(others)}", f"news@sub.{own}"), (12, forges, 1))[0]
    if message.way == "program" and dice.random() < 0.06:
        message.sender, message.author, message.marks, message.recipients = "", f"MAILER-DAEMON@{HOST}", ("report",), 1


def own_marks(way, dice):
    if way == "trusted":  # another machine of the site, which may relay
        return tuple(dice.sample(FORGERIES, dice.choice((0, 0, 1, 2))))
    if dice.random() < 0.15:
        return (dice.choice(("foreign-received", "unreadable-received", "http-elsewhere", "delivered-to", "x-original-to",
                             "sieve-from", "forged-seal")),)
    return tuple(dice.sample(TRUE_HERE, dice.choice((0, 0, 0, 1, 2))))


def addresses(message):
    """Its envelope recipients as it is first sent."""
    if message.back:
        return [f"{message.back}@{message.tag}.box.example"]
    if message.undeliverable:
        return [f"gone@{message.tag}.example.org"]
    return [f"{name}@{message.tag}.example.org" for name in ("ann", "bob", "carl")[:message.recipients]]


def text(message, donors):
    """With \\n. A copy is taken from one of `donors`, which are (sender, text) as they were delivered."""
    if message.copied:
        return copy(message, donors[message.shape["donor"]][1])
    fields = [FIELDS[mark] for mark in message.marks if mark in FIELDS]
    if message.way == "cron":
        fields += [("Auto-Submitted", "auto-generated"), ("X-Cron-Env", "<SHELL=/bin/sh>")]
    if message.shape["date"]:
        fields.append(("Date", DATE))
    if message.shape["id"]:
        fields.append(("Message-ID", f"<{message.tag}.{message.shape['mailbox']}@{message.author.partition('@')[2]}>"))
    name = '"Cron Daemon" ' if message.way == "cron" else '"Mail Delivery System" ' if "report" in message.marks else ""
    fields += [("From", f"{name}<{message.author}>"), ("To", ", ".join(addresses(message))), ("Subject", f"generated {message.tag}")]
    body = "Your order is on its way.\n"
    if "report" in message.marks:
        fields += [("Auto-Submitted", "auto-replied"), ("MIME-Version", "1.0"),
                   ("Content-Type", f'multipart/report; report-type=delivery-status; boundary="{message.tag}/{HOST}"')]
        body = f"--{message.tag}/{HOST}\n\nIt could not be delivered.\n--{message.tag}/{HOST}--\n"
    return "".join(f"{name}: {value}\n" for name, value in fields) + "\n" + body


def copy(message, delivered):
    """What a stranger makes of a message of the site that he received."""
    header, _, body = delivered.partition("\n\n")
    if message.copied == "verbatim":
        return delivered
    if message.copied == "body-changed":
        return header + "\n\npay here\n" + body
    fields = split_fields(header)
    kept = {"seal": ("signpost-seal",), "seal-and-binding": ("signpost-seal", "from", "date", "message-id")}[message.copied]
    taken = "".join(field + "\n" for field in fields if field.split(":")[0].lower() in kept)
    others = f"Subject: generated {message.tag}\nTo: ann@example.org\n"
    if message.copied == "seal":
        others += f"From: <{message.author}>\n"
    return taken + others + "\npay here\n"


def posted(text_, munged):
    """What list software makes of a message: without marks of its own mailbox, and with the list as author if it is `munged`."""
    header, _, body = text_.partition("\n\n")
    gone = tuple(FIELDS[mark][0].lower() for mark in MAILBOX) + (("from",) if munged else ())
    fields = [field for field in split_fields(header) if field.split(":")[0].lower() not in gone]
    fields += ["List-Id: <list.shop.example>"] + ([f"From: \"A member\" <{LIST}>"] if munged else [])
    return "\n".join(fields) + "\n\n" + body


def split_fields(header):
    """Each field with the lines that it is folded over."""
    fields = []
    for line in header.split("\n"):
        if line[:1] in (" ", "\t") and fields:
            fields[-1] += "\n" + line
        else:
            fields.append(line)
    return fields


def sender_of(message, donors):
    """A copy has the sender to which its seal is bound."""
    return donors[message.shape["donor"]][0] if message.copied and message.copied != "seal" else message.sender
