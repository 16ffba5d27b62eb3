#!/usr/bin/python3
"""Judges DKIM signatures with Debian's python3-dkim, without any network.

  verify_dkim.py FOLDER RECORDS

FOLDER   every *.eml in it must carry a signature of each key that verifies, on a *.bad none may verify.
         Signatures of other keys do not count.
RECORDS  the public keys, one a line: SELECTOR._domainkey.DOMAIN TXTVALUE.

Line ends of a file may be LF or CRLF. Exit status: 0 as expected, 1 not, 77 python3-dkim is missing.
"""
import pathlib
import re
import sys

try:
    import dkim
except ImportError:
    sys.exit(77)


def load_records(path):
    pairs = (line.split(" ", 1) for line in pathlib.Path(path).read_text().splitlines() if line.strip())
    return {name.lower().rstrip("."): value.encode() for name, value in pairs}


def count_signatures(wire):
    header = re.split(rb"\r\n\r\n", wire, maxsplit=1)[0]
    return len(re.findall(rb"(?im)^dkim-signature[ \t]*:", header))


def signers(wire, records):
    """The names of the keys whose signature on the message verifies, and why others do not."""
    good, problems = set(), []
    for index in range(count_signatures(wire)):
        asked = []

        def lookup(name, timeout=5):
            asked.append(name.decode().lower().rstrip("."))
            return records.get(asked[-1])

        try:
            if dkim.DKIM(wire).verify(idx=index, dnsfunc=lookup):
                good.update(asked)
            else:
                problems.append(f"{asked}: does not verify")
        except dkim.DKIMException as error:
            problems.append(f"{asked}: {error}")
    return good, problems


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    records = load_records(sys.argv[2])
    wrong = judged = 0
    for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if path.suffix not in (".eml", ".bad"):
            continue
        wire = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
        good, problems = signers(wire, records)
        expected = set(records) if path.suffix == ".eml" else set()
        judged += 1
        if good != expected:
            wrong += 1
            print(f"{path.name}: verified {sorted(good)}, not {problems}")
    print(f"{judged} judged, {wrong} not as expected")
    return 1 if wrong or not judged else 0


if __name__ == "__main__":
    sys.exit(main())
