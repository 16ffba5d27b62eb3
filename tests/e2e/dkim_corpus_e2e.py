#!/usr/bin/python3
"""Every message of the corpus as it is, From and all: signed by `signpostctl message run` with a key for any domain, or left
unsigned for a named reason. What is signed is judged by dkim_verify.py, which lies beside the corpus: its own verifier and
dkimpy must agree, its policy for outbound signatures must hold, and what it alters must be noticed, or survive, as it says.

  SIGNPOST_LONG=1 dkim_corpus_e2e.py    in all four canonicalizations
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

import scenario  # noqa: F401 first: it finds tests/support
import cases
from lab import SOURCE, Lab, programs_directory, run
from signpostd import txt_value

CORPUS = pathlib.Path(os.environ.get("SIGNPOST_CORPUS", SOURCE.parent / "shared" / "corpus")) / "mime"
VERIFIER = CORPUS.parents[1] / "tools" / "dkim_verify.py"
PAIRS = ["relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"][:4 if "SIGNPOST_LONG" in os.environ else 1]
REASONS = {"no-from", "several-from", "several-authors", "empty-group", "bad-from"}
# What dkim_verify.py must say of these: it knows no IDNA, and dkimpy takes no field without a colon (an MTA would let none through).
COMPLAINTS = {
    "utf8_headers.eml": ["d=xn--mchine-bua.example is not aligned with From"],
    "multiple_references_with_one_invalid.eml": ["own=True dkimpy=False (MessageFormatError", "no signature passes"],
}
CONFIG = """\
[[dkim.key]]
domain = "*"
allow_any = true
selector = "any"
file = "{dir}/shop.example.any.pem"
[dkim]
canonicalization = "{pair}"
"""


@unittest.skipUnless(CORPUS.is_dir() and VERIFIER.exists(), "no corpus, or no dkim_verify.py beside it")
class Corpus(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.ctl = programs_directory() / "signpostctl"
        (self.lab.directory / "signed").mkdir()
        self.record = txt_value(run(self.ctl, "dkim", "genkey", "shop.example", "any", "--out", self.lab.directory))
        self.config = self.lab.directory / "signpost.toml"

    def sign_all(self):
        """Signs into the directory `signed`. Returns the signing domains, and how often each reason kept a signature back."""
        for path in (self.lab.directory / "signed").iterdir():
            path.unlink()
        domains, reasons = set(), collections.Counter()
        for path in sorted(CORPUS.glob("*.eml")):
            done = subprocess.run([self.ctl, "message", "run", "-c", self.config, "--sender", "orders@shop.example",
                                   "--rcpt", "ann@example.org", "--origin", "made-here", path], capture_output=True, check=True, timeout=60)
            line = re.search(rb"stage=message action=accept .*", done.stdout + done.stderr).group().decode()
            signed, unsigned = re.search(r" dkim=any:(\S+)", line), re.search(r" unsigned=(\S+)", line)
            if signed:
                domains.add(signed.group(1))
                (self.lab.directory / "signed" / path.name).write_bytes(done.stdout)
            else:
                reasons[unsigned.group(1)] += 1
        return domains, reasons

    def test_signed_or_told(self):
        for pair in PAIRS:
            with self.subTest(pair):
                self.config.write_text(CONFIG.format(dir=self.lab.directory, pair=pair))
                domains, reasons = self.sign_all()
                self.assertLessEqual(set(reasons), REASONS)
                zone = self.lab.directory / "zone"
                zone.write_text("".join(f'any._domainkey.{domain} "{self.record}"\n' for domain in domains))
                judged = self.judge_all(zone)
                told = {entry["file"]: entry["problems"] for entry in judged["messages"] if entry["problems"]}
                for file, problems in told.items():
                    self.assertEqual(len(problems), len(COMPLAINTS.get(file, [])), f"{file}: {problems}")
                    for problem, expected in zip(problems, COMPLAINTS[file]):
                        self.assertIn(expected, problem)
                totals = judged["totals"]
                self.assertEqual(totals["mutation_errors"], 0)
                print(f"\n{pair}: {totals['messages']} signed, {len(told)} with a known complaint, {totals['mutations']} "
                      f"alterations judged right; unsigned: {dict(reasons)}")

    def judge_all(self, zone):
        report = self.lab.directory / "report.json"
        # Other people's signatures, whose keys nobody has, are allowed to fail. Complaints are in the report.
        subprocess.run([sys.executable, VERIFIER, self.lab.directory / "signed", zone, "--any", "--mutate", "--json", report],
                       capture_output=True, check=False, timeout=600)
        return json.loads(report.read_text())


if __name__ == "__main__":
    cases.main()
