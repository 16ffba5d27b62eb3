"""Header shapes that an MTA may write anew: 24 names with a dot or an apostrophe, and more of the kind. Legal ones, and those that
broken programs send."""
import re

BASE = {
    "From": "Shop <orders@shop.example>",
    "To": "ann@example.org",
    "Subject": "shape",
    "Date": "Mon, 23 Nov 2026 12:00:00 +0000",
    "Message-ID": "<1@shop.example>",
}
NAMES = ("J. Doe", "J. R. R. Doe", "Sean O'Neil", "Dr. O'Neil", "Acme Inc.", "shop.example", "Ann's Shop", "St. Mary's")
ANN, SHOP = "<ann@example.org>", "<orders@shop.example>"
FORTY = [f"recipient{number:02}@example.org" for number in range(40)]

TO = {
    "a comma in quotes": f'"Lee, Ann" {ANN}',
    "a comma in quotes, and no blank": f'"Lee, Ann" {ANN},bob@example.org',
    "no blank behind the comma": "ann@example.org,bob@example.org",
    "a blank before the comma": "ann@example.org ,bob@example.org",
    "blanks and a fold": "ann@example.org,  bob@example.org,\r\n\tcarl@example.org",
    "no domain": "ann",
    "no domain, in a list": "ann, Bob <bob@example.org>",
    "no domain, in brackets": "Ann <ann>",
    "an empty group": "undisclosed-recipients:;",
    "an empty group with a blank": "undisclosed-recipients: ;",
    "a group": "Friends: ann@example.org, bob@example.org;",
    "a group without blanks, and more": "Friends:ann@example.org,bob@example.org;,carl@example.org",
    "a group with a dot": f"St. Mary: Ann {ANN};",
    "a comment": "ann@example.org (Ann)",
    "a comment without a blank": "ann@example.org(Ann)",
    "a comment with a comma": "ann@example.org (Lee, Ann)",
    "a comment first": "(Ann) ann@example.org",
    "a comment in the name": f"Ann (at work) {ANN}",
    "a comment behind a dot": f"J. Doe (at work) {ANN}",
    "a comment behind brackets": f"Ann {ANN} (home)",
    "brackets only": ANN,
    "blanks in brackets": "< ann@example.org >",
    "blanks around the at": "ann @ example.org",
    "no blank before brackets": f"Ann{ANN}",
    "an encoded word": f"=?utf-8?q?K=C3=A4the?= {ANN}",
    "an encoded word with a dot and an apostrophe": f"=?utf-8?Q?J._O'Neil?= {ANN}",
    "an encoded word with a comma": f"=?utf-8?Q?Doe,_J?= {ANN}",
    "a base64 word": f"=?utf-8?B?SsO2cmc=?= Doe {ANN}",
    "a base64 word and a dot": f"=?utf-8?B?SsO2cmc=?= D. {ANN}",
    "two encoded words, folded": f"=?utf-8?q?J=C3=B6rg?=\r\n =?utf-8?q?_M=C3=BCller?= {ANN}",
    "a quoted encoded word": f'"=?utf-8?q?K=C3=A4the?=" {ANN}',
    "UTF-8": f"K\u00e4the M. {ANN}",
    "quotes in quotes": rf'"a \"b\" c" {ANN}',
    "quotes beside a dot": f'J. "Bob" Doe {ANN}',
    "an address as name": f"ann@example.org {ANN}",
    "an address as name, in quotes": f'"ann@example.org" {ANN}',
    "an address as name, in apostrophes": f"'ann@example.org' {ANN}",
    "square brackets": f"[Shop] News {ANN}",
    "a colon in the name": f"Re: Ann {ANN}",
    "a comma in the name": f"Doe, Ann {ANN}",
    "a backslash in the name": rf"Ann \(x\) Lee {ANN}",
    "semicolons": "ann@example.org; bob@example.org",
    "empty elements": "ann@example.org,,bob@example.org,",
    "no comma": f"ann@example.org Bob {ANN}",
    "words only": "Ann Lee",
    "forty on a line": ",".join(FORTY),
    "forty with blanks": ", ".join(FORTY),
    "forty folded": ",\r\n ".join(FORTY),
    "forty names folded in odd places": ",".join(f"J. {number}\r\n <{address}>" for number, address in enumerate(FORTY)),
    "two blanks": f"Ann  Lee   {ANN}",
    "tabs": f"\tAnn\tLee\t{ANN},\tbob@example.org",
    "folds in the name": f"Ann\r\n Lee\r\n {ANN}",
    "a fold before the comma": f"Ann {ANN}\r\n , Bob <bob@example.org>",
    "a fold first": f"\r\n Ann {ANN}",
    "capitals": "Ann <Ann@EXAMPLE.org>",
    "a dot at the end": "ann@example.org.",
    "a quoted local part": '"ann lee"@example.org',
    "an address literal": "ann@[192.0.2.1]",
    "localhost": "root@localhost",
    "a route": "<@relay.example:ann@example.org>",
    "a percent sign": "ann%example.org@relay.example",
    "a path of hosts": "host!ann",
    "a tag": "ann.lee+tag@example.org",
    "an apostrophe in the address": "<sean.o'neil@example.org>",
    "a name of 200": f"{'n' * 200} {ANN}",
    "a name of 300": f"{'n' * 300} {ANN}",
    "an open quote": f'"Ann {ANN}',
    "an open bracket": "Ann <ann@example.org",
    "a bracket too many": "ann@example.org>",
    "two brackets": f"<Ann {ANN}>",
    "an open comment": f"Ann (home {ANN}",
    "empty": "",
    "nobody": "<>",
}
OTHERS = {
    "Cc without blanks": {"Cc": "bob@example.org,J. Doe <j@example.org>"},
    "Reply-To with a dot": {"Reply-To": f"J. Doe {SHOP}"},
    "Reply-To, two": {"Reply-To": "orders@shop.example,news@shop.example"},
    "Sender with a dot": {"Sender": f"Mr. Shop {SHOP}"},
    "Resent fields": {"Resent-From": f"J. Doe {SHOP}", "Resent-To": f"Sean O'Neil {ANN},bob", "Resent-Cc": "a@b.example,c@d.example",
                      "Resent-Date": "Mon, 23 Nov 2026 12:00:00 +0000", "Resent-Message-ID": "<r1@shop.example>"},
    "only Resent-To": {"Resent-To": ANN},
    "From with a comment": {"From": "orders@shop.example (Mr. Shop)"},
    "From in brackets": {"From": SHOP},
    "From without a blank": {"From": f"Shop{SHOP}"},
    "From in capitals": {"From": '"Shop" <Orders@SHOP.example>'},
    "From with an encoded word": {"From": f"=?utf-8?Q?Mr._Shop?= {SHOP}"},
    "From with a fold": {"From": f"Mr. Shop\r\n\t{SHOP}"},
    "Message-Id spelt otherwise": {"Message-ID": None, "MESSAGE-id": "<a'b.c@shop.example>"},
    "a short date": {"Date": "23 Nov 26 12:00 GMT"},
    "a date with a comment": {"Date": "Mon, 23 Nov 2026 12:00:00 +0000 (Coordinated Universal Time)"},
    "neither Date nor Message-ID": {"Date": None, "Message-ID": None},
    "receipts": {"Disposition-Notification-To": f"J. Doe {SHOP}", "Errors-To": "orders", "Return-Receipt-To": "orders"},
    "References of 1,100": {"References": " ".join(f"<{number:04}.{'r' * 20}@shop.example>" for number in range(28))},
    "References of 1,100 without blanks": {"References": "".join(f"<{number:04}.{'r' * 20}@shop.example>" for number in range(30))},
    "a subject of 1,200": {"Subject": "words " * 200},
    "a long subject without blanks": {"Subject": "w" * 1200},
}


class Shape:
    def __init__(self, name, fields):
        self.name = name
        self.fields = BASE | fields

    @property
    def raw(self):
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.fields.items() if value is not None)
        return (lines + "\r\ntext\r\n").encode()


def dotted():
    """The 24."""
    for field, address in (("To", ANN), ("Cc", ANN), ("From", SHOP)):
        for name in NAMES:
            yield Shape(f"{name} in {field}", {field: f"{name} {address}"})


def others():
    for name, value in TO.items():
        yield Shape(name, {"To": value})
    for name, fields in OTHERS.items():
        yield Shape(name, fields)


def field_of(raw, name):
    """The field as it stands there, unfolded and with single blanks; None if there is none."""
    match = re.search(rb"(?im)^" + name.encode() + rb"[ \t]*:((?:.*\r\n)(?:[ \t].*\r\n)*)", raw.split(b"\r\n\r\n", 1)[0] + b"\r\n")
    return re.sub(rb"\s+", b" ", match.group(1)).strip() if match else None
