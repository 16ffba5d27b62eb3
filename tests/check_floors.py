#!/usr/bin/python3
"""Keeps the floors of the house: reads the include lines of every source file and names each one that looks up or sideways,
or that uses a library outside its one home. The CMake link graph keeps the same order; this also sees headers.

  check_floors.py SOURCE_DIR

Exit status 0, or 1 with one line a finding.
"""
import pathlib
import re
import sys

# Who may include whom: the folder itself and the ones named. Never sideways on a floor.
FLOORS = {
    "base": set(),
    "mail": {"base"},
    "dkim": {"base", "mail"},
    "track": {"base", "mail"},
    "policy": {"base", "mail"},
    "milter": {"base", "mail", "dkim", "track", "policy"},
    "store": {"base", "mail", "dkim", "track", "policy"},
    "programs": {"base", "mail", "dkim", "track", "policy", "milter", "store"},
}

# Libraries with a fixed home: pattern of the include, files that may have it (glob), and how many of them at most.
HOMES = [
    (r"libmilter/", ["milter/callbacks.*", "milter/apply.*"], None),
    (r"openssl/", ["base/crypto.cc", "base/public_key.cc", "base/key_memory.cc", "base/openssl.h"], None),
    (r"(store/)?lmdb\.h", ["store/*"], None),
    (r"spdlog/|fmt/", ["milter/*", "store/*", "programs/*"], None),
    (r"toml\+\+/", ["programs/*.cc"], 1),
    (r"CLI/", ["programs/*.cc"], 1),
    (r"idn2\.h", ["mail/address.cc"], None),
    (r"uni(norm|case|str)\.h", ["mail/local_part.cc"], None),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.M)


def sources(root):
    for folder in FLOORS:
        for path in sorted((root / folder).glob("*")):
            if path.suffix in (".h", ".cc"):
                yield folder, path


def check_floors(root):
    findings = []
    users = {pattern: [] for pattern, _, _ in HOMES}
    for folder, path in sources(root):
        name = path.relative_to(root)
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            top = included.split("/")[0]
            if top in FLOORS and top != folder and top not in FLOORS[folder]:
                findings.append(f"{name}: includes {included}: {folder} stands below or beside {top}")
            if top == "tests":
                findings.append(f"{name}: includes {included}: the product knows no tests")
            for pattern, homes, _ in HOMES:
                if re.match(pattern, included):
                    users[pattern].append(str(name))
                    if not any(name.match(home) for home in homes):
                        findings.append(f"{name}: includes {included}: its home is {' '.join(homes)}")
    for pattern, _, most in HOMES:
        files = sorted(set(users[pattern]))
        if most is not None and len(files) > most:
            findings.append(f"{' '.join(files)}: each includes {pattern}: one file may")
    return findings


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]).resolve()
    findings = check_floors(root)
    for finding in findings:
        print(finding)
    seen = sum(1 for _ in sources(root))
    print(f"{seen} files, {len(findings)} findings")
    sys.exit(1 if findings or seen == 0 else 0)


if __name__ == "__main__":
    main()
