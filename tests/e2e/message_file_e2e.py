#!/usr/bin/python3
"""Files that are not quite messages: what `message run` prints is what a real Postfix sends, by SMTP and by its command, and
`message undo` gives back the file."""
import re
import subprocess

from scenario import Scenario
import cases
from verify import expect_valid

HEADER = b"""\
From: orders@shop.example
To: ann@example.org
Subject: %s
Date: Mon, 01 Jan 2024 00:00:00 +0000
Message-ID: <1@shop.example>
"""
SHAPES = {
    "ordinary": HEADER + b"\nbody\n",
    "mbox": b"From orders@shop.example Mon Jan  1 00:00:00 2024\n" + HEADER + b"\nbody\n",
    "two mbox lines": b">From a\nFrom b\n" + HEADER + b"\nbody\n",
    "mbox line in the header": HEADER + b"From x\nX-C: y\n\nbody\n",
    "no empty line": HEADER + b"not a field\nbody\n",
    "no empty line, one later": HEADER + b"not a field: x\n\nbody\n",
    "header alone": HEADER,
    "header without its end": HEADER[:-1],
    "bare CR": HEADER + b"X-A: a\rb\n\nbo\rdy\r\rx\ny\n",
    "more than one CR": HEADER + b"X-A: a\r\r\n\nx\r\r\ny\r\r\r\n",
    "CR first in a line": HEADER + b"\rX-D: y\n\nbody\n",
    "blank line in a fold": HEADER + b"X-E: y\n \n z\n\nbody\n",
    "no line end": HEADER + b"\nbody",
    "dots": HEADER + b"\n.\n..\n.x\n",
}
BEGINS_WITH_A_BLANK = {
    "blank line first": b" \n" + HEADER + b"\nbody\n",
    "empty line first": b"\n" + HEADER + b"\nbody\n",
    "fold first": b" folded\n" + HEADER + b"\nbody\n",
}


def without_added(raw):
    """Without the fields that the way and the signer add."""
    header, _, body = (b"\r\n" + raw).partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", header.removeprefix(b"\r\n").removesuffix(b"\r\n"))
    kept = [field for field in fields if not field.startswith((b"Received:", b"DKIM-Signature:"))]
    return b"\r\n".join(kept), body


class MessageFile(Scenario):
    def run_file(self, raw, *words):
        """What leaves by `message run`, and what undo makes of it."""
        file, sent, edits = (self.lab.directory / name for name in ("message.eml", "sent.eml", "edits"))
        file.write_bytes(raw)
        ctl = self.signpostd.programs / "signpostctl"
        done = subprocess.run([ctl, "message", "run", file, "-c", self.signpostd.config_file, "-s", self.signpostd.control_socket,
                               "--sender", "orders@shop.example", "--rcpt", "ann@example.org", "--edits", edits, *words],
                              capture_output=True, check=True, timeout=60)
        sent.write_bytes(done.stdout)
        undone = subprocess.run([ctl, "message", "undo", sent, "--edits", edits], capture_output=True, check=True, timeout=60)
        self.assertEqual(undone.stdout, raw)
        return done.stdout

    def deliver(self, raw, by_smtp):
        before = len(self.sink.all())
        if by_smtp:
            self.assertEqual(self.send(["ann@example.org"], re.sub(rb"\r?\n", b"\r\n", raw)), {})
        else:
            self.postfix.submit_locally(raw.decode(), "orders@shop.example")
        return self.sink.wait(before + 1)[before].raw

    def compare(self, raw, by_smtp, whole=True):
        sent = self.deliver(raw, by_smtp)
        told = self.run_file(raw, *(("--login", "shop") if by_smtp else ()))
        told_wire = re.sub(rb"\r?\n", b"\r\n", told)
        self.assertEqual(without_added(told_wire)[1], without_added(sent)[1])
        if whole:
            self.assertEqual(without_added(told_wire)[0], without_added(sent)[0])
            for message in (sent, told_wire):
                expect_valid(self, message, self.zone, self.lab.directory)

    def test_what_is_told_is_what_leaves(self):
        for name, shape in SHAPES.items():
            for by_smtp in (True, False):
                with self.subTest(name, by_smtp=by_smtp):
                    self.compare(shape.replace(b"%s", name.encode()), by_smtp)

    def test_header_in_the_body(self):
        """The header is empty then; by command it has no recipients, which Postfix refuses."""
        for name, shape in BEGINS_WITH_A_BLANK.items():
            with self.subTest(name):
                self.compare(shape.replace(b"%s", name.encode()), by_smtp=True, whole=False)


if __name__ == "__main__":
    cases.main()
