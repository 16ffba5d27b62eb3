"""Messages that are legal, or that MTAs let pass, and hard to sign: every shape that canonicalization, header selection or an
MTA's own changes have stumbled over. Real ones from the corpus too, made to come from a domain that has a key."""
import os
import pathlib
import re

from lab import SOURCE

FROM = b"From: Shop <orders@shop.example>\r\n"
HEAD = FROM + b"To: ann@example.org\r\nSubject: nasty\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n"
MIME = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
EIGHT_BIT = MIME + b"Content-Transfer-Encoding: 8bit\r\n"

BODIES = {
    "empty": b"",
    "one blank line": b"\r\n",
    "only blank lines": b"\r\n" * 50,
    "only blanks": b" \t \r\n\t\r\n ",
    "blank lines first": b"\r\n\r\n\r\ntext\r\n",
    "blank lines last": b"text\r\n\r\n\r\n\r\n",
    "trailing blanks": b"a \t \r\nb\t\t\r\n \r\n\r\n",
    "inner blanks": b"a  b\tc \t d\r\n  e\r\n\tf\r\n",
    "no final line end": b"the last line has no end",
    "blank at the very end": b"text \t",
    "dots": b".\r\n..\r\n.x\r\n...\r\n",
    "From in the body": b"From me to you\r\n>From\r\nFrom \r\n",
    "lines of 998": (b"x" * 998 + b"\r\n") * 3,
    "many short lines": b"\r\nx" * 20000,
    "long runs of blanks": (b" " * 400 + b"x" + b"\t" * 400 + b"\r\n") * 50,
    "looks like a field": b"Subject: not really\r\nDKIM-Signature: v=1\r\n",
    "control bytes": bytes(set(range(1, 32)) - {10, 13}) + b"\x7f\r\n",
}
ODD_BODIES = {  # Sendmail refuses these
    "bare LF": b"one\ntwo\n\nthree \n",
    "bare CR": b"one\rtwo\r\r\nthree\r",
    "CR CR LF": b"one\r\r\ntwo\r\r\n",
    "NUL": b"a\x00b\r\n\x00\r\n",
}
LONG = {  # Sendmail breaks lines beyond 2040
    "a long line": b"0123456789" * 500 + b"\r\nshort\r\n",
    "a long line of blanks": b" " * 1500 + b"x\r\n",
    "a long last line": b"x" * 3000,
}
FIELDS = {
    "empty values": b"X-Empty:\r\nX-Blank: \r\nX-Blanks: \t \t\r\nComments:\r\nReply-To:\r\n",
    "folded with tabs": b"References:\r\n\t<1@shop.example>\r\n\t<2@shop.example>\r\n \t <3@shop.example>\r\nX-Tabs:\t\ta\t\tb\t\r\n",
    "repeated fields": b"".join(b"Comments: number %d\r\nKeywords: k%d\r\n" % (i, i) for i in range(20)),
    "odd case": b"iN-rEpLy-tO: <0@shop.example>\r\nSENDER: Shop <orders@shop.example>\r\nmime-version: 1.0\r\n",
    "no blank behind the colon": b"Reply-To:orders@shop.example\r\nX-Plain:value\r\nIn-Reply-To:<0@shop.example>\r\n",
    "UTF-8 in fields": "Reply-To: Käthe <orders@shop.example>\r\nComments: 日本語 \U0001f600\r\n".encode(),
    "encoded words": b"Comments: =?utf-8?q?K=C3=A4the?= =?utf-8?b?5pel5pys?=\r\n",
    "500 fields": b"".join(b"X-Field-%d: value %d\r\n" % (i, i) for i in range(500)),
    "200 signed fields": b"List-Post: <mailto:list@shop.example>\r\n" * 200,  # opendkim reads no signature above 4 KiB
    "many lines in a field": b"X-Lines: 0\r\n" + b"".join(b" line %d\r\n" % i for i in range(300)),
    "mailing list": b"".join(b"List-%s: <https://shop.example/%s>\r\n" % (name, name) for name in
                             (b"Help", b"Subscribe", b"Post", b"Owner", b"Archive", b"Unsubscribe")) +
                    b"List-Id: <news.shop.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: a:b:c\r\n",
    "resent": b"Resent-From: orders@shop.example\r\nResent-To: ann@example.org\r\nResent-Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n",
    "signatures of others": b"DKIM-Signature: v=1; a=rsa-sha256; d=list.example; s=x; h=from;\r\n\tbh=AAAA; b=AAAA\r\n" * 3,
    "a fake of ours": b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=rsa1; h=from:from:subject;\r\n"
                      b"\tbh=g3zLYH4xKxcPrHOD18z9YfpQcnk/GaJedfustWU5uGs=;\r\n\tb=" + b"A" * 342 + b"==\r\n",
}
LONG_FIELDS = {
    "60 KB of fields": b"".join(b"X-Large-%d: " % i + b"v" * 900 + b"\r\n" for i in range(64)),
    "a long field": b"References: " + b" ".join(b"<%04d@shop.example>" % i for i in range(100)) + b"\r\n",
}


class Nasty:
    """`sendmail`: whether a Sendmail passes it on without a change of its own."""

    def __init__(self, name, raw, sendmail=True):
        self.name, self.raw, self.sendmail = name, raw, sendmail


def generated():
    for name, body in BODIES.items():
        yield Nasty(name, HEAD + b"\r\n" + body)
    for name, body in ODD_BODIES.items():
        yield Nasty(name, HEAD + b"\r\n" + body, sendmail=False)
    for name, body in LONG.items():
        yield Nasty(name, HEAD + MIME + b"\r\n" + body, sendmail=False)
    for name, fields in FIELDS.items():
        yield Nasty(name, HEAD + fields + b"\r\ntext\r\n")
    for name, fields in LONG_FIELDS.items():
        yield Nasty(name, HEAD + fields + b"\r\ntext\r\n", sendmail=False)
    yield Nasty("8bit with a label", HEAD + EIGHT_BIT + "\r\nGrüße \U0001f600\r\n".encode())
    yield Nasty("8bit without a label", HEAD + b"\r\n\xc3\xa9\xff\xfe\r\n")
    yield Nasty("8bit in a part", HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
                b"Content-Transfer-Encoding: 8bit\r\n\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xc3\xa9\r\n--b--\r\n")
    yield Nasty("no Date, no Message-ID", FROM + b"To: ann@example.org\r\n\r\ntext\r\n")
    yield Nasty("only From", FROM + b"\r\n")
    yield Nasty("From folded", b"From: Shop\r\n\t<orders@shop.example>\r\nTo: ann@example.org\r\n\r\ntext\r\n")


def from_shop(raw):
    """The message with one From, of the shop, in place of its own."""
    raw = re.sub(rb"\r?\n", b"\r\n", raw)
    raw = re.sub(rb"\AFrom .*\r\n", b"", raw)
    header, separator, body = raw.partition(b"\r\n\r\n")
    header = re.sub(rb"(?im)^From[ \t]*:.*\r\n(?:[ \t].*\r\n)*", b"", header + b"\r\n")
    return FROM + header + (separator[2:] or b"\r\n") + body


def corpus():
    """Nothing if the corpus is not there (SIGNPOST_CORPUS, or ../shared/corpus beside the source)."""
    folder = pathlib.Path(os.environ.get("SIGNPOST_CORPUS", SOURCE.parent / "shared" / "corpus")) / "mime"
    for path in sorted(folder.glob("*.eml")) if folder.is_dir() else []:
        yield Nasty("corpus " + path.stem, from_shop(path.read_bytes()), sendmail=False)


def mutations(raw):
    """(what, whether the signature must survive it, the changed message) for a message as it arrived."""
    header, _, body = raw.partition(b"\r\n\r\n")
    fields = re.findall(rb"[^\r\n]+\r\n(?:[ \t].*\r\n)*", header + b"\r\n")

    def build(changed_fields, changed_body=body):
        return b"".join(changed_fields) + b"\r\n" + changed_body

    yield "a line added to the body", False, build(fields, body + b"more\r\n")
    if body.strip():
        at = re.search(rb"[^\s]", body).start()
        yield "an octet changed", False, build(fields, body[:at] + bytes([body[at] ^ 1 or 2]) + body[at + 1:])
    for name in (b"From", b"Subject", b"To", b"Cc", b"Date", b"Reply-To", b"Message-ID", b"In-Reply-To", b"Content-Type",
                 b"MIME-Version", b"Content-Transfer-Encoding"):
        yield f"another {name.decode()}", False, build([name + b": added\r\n"] + fields)
        yield f"another {name.decode()} below", False, build(fields + [name + b": added\r\n"])
    for index, field in enumerate(fields):
        if re.match(rb"(From|Subject|To|Date|List-Unsubscribe|List-Unsubscribe-Post)[ \t]*:", field, re.I):
            edited = fields[:index] + [field[:-2] + b"x\r\n"] + fields[index + 1:]
            yield f"{field[:12]!r} edited", False, build(edited)
            yield f"{field[:12]!r} removed", False, build(fields[:index] + fields[index + 1:])
    for name in (b"Received", b"Return-Path", b"X-Spam-Status", b"List-Archived-At"):
        yield f"{name.decode()} on top", True, build([name + b": by mx.example.org\r\n"] + fields)
