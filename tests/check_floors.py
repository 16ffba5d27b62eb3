#!/usr/bin/python3
"""Keeps the plan of the house: reads the include lines of every source file and names each one that its room may not have,
each library used outside its one home, each circle of rooms, and each folder that has grown too long.

  check_floors.py SOURCE_DIR

Prints the table that it enforces. Exit status 0, or 1 with one line a finding.
"""
import pathlib
import re
import sys

# Who may include whom: a room may include itself and the rooms named. "room(a, b)" allows these headers only. A folder
# that has no line here belongs to the one above it (mail/html, policy/limits, store/list).
ROOMS = {
    "base": "",
    "system": "base",
    "mail": "base",
    "dkim": "base mail",
    "track": "base mail",
    "policy": "base mail",
    "importers": "base mail policy",
    "feedback": "base mail",
    "campaign": "base mail track",
    "milter/held": "base mail dkim",
    "milter/counts": "base",
    "milter": "base mail dkim track policy feedback milter/held milter/counts",
    "store/lmdb": "base system",
    "store": "base system mail dkim track policy store/lmdb",
    "config/reader": "base system",
    "config/shared": "base system mail track config/reader",
    "config": "base system mail dkim track policy feedback milter(snapshot) config/reader config/shared",
    "web/spool": "base system track",
    "release": "base system",
    "web": "base system mail track config/reader config/shared web/spool",
    "daemon/ingest": "base system mail dkim track policy feedback store milter(services,snapshot,returned_mail) web/spool "
                     "daemon/facts(evidence,original_sender)",
    "daemon/upkeep": "base system mail dkim track policy feedback campaign store milter milter/held(campaign_samples) config web/spool",
    "daemon/facts": "base mail policy feedback store daemon/upkeep(subject)",
    "daemon/commands": "base system mail dkim track policy feedback campaign store milter config daemon/ingest daemon/upkeep "
                       "daemon/facts",
    "daemon/control": "base system daemon/commands",
    "daemon": "base system mail dkim track policy feedback campaign store milter milter/held(campaign_samples) config web/spool daemon/ingest daemon/upkeep "
              "daemon/facts daemon/commands daemon/control",
    "programs": "base system mail dkim track policy feedback importers campaign store milter config/reader config web web/spool release daemon/commands "
                "daemon/control daemon",
}

# Libraries with a fixed home: pattern of the include, files that may have it, and how many of them at most.
HOMES = [
    (r"libmilter/", ["milter/callbacks.*", "milter/apply.*", "milter/packets.*"], None),
    (r"openssl/", ["base/crypto.cc", "base/private_key.cc", "base/public_key.cc", "base/key_memory.cc", "base/openssl.h"], None),
    (r"(nettle/|sodium)", ["base/*.cc"], None),
    (r"lmdb\.h", ["store/lmdb/*"], None),
    (r"(spdlog|fmt)/", ["system/log_writer.cc"], 1),
    (r"toml\+\+/", ["config/reader/toml_reader.cc"], 1),
    (r"boost/", ["system/http_server.cc"], 1),
    (r"unbound\.h", ["system/dns_resolver.cc"], 1),
    (r"CLI/", ["programs/ctl/options.cc"], 1),
    (r"(mutex|shared_mutex|condition_variable)$", ["base/mutex.h"], 1),
    (r"nlohmann/", ["programs/ctl/*.cc", "importers/json_records.cc", "daemon/commands/make_keys.cc", "daemon/control/*.cc"], None),
    (r"idn2\.h", ["mail/address.cc"], None),
    (r"uni(norm|case|str)\.h", ["mail/local_part.cc"], None),
]

MAX_FILES = 45  # in one folder, at one level
MAX_PROGRAMS = 19

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.M)


def allowed_rooms():
    """For each room: room -> None (all its headers) or the set of header names."""
    table = {}
    for room, line in ROOMS.items():
        table[room] = {}
        for word in re.findall(r"[a-z_/]+(?:\([a-z_,]+\))?", line):
            name, _, only = word.partition("(")
            table[room][name] = set(only.rstrip(")").split(",")) if only else None
    return table


def room_of(path):
    """The longest folder of `path` that has a line in the table, or None."""
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in ROOMS:
            return "/".join(parts)
        parts.pop()
    return None


def sources(root):
    for top in sorted({room.split("/")[0] for room in ROOMS}):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path.relative_to(root).as_posix(), path


def circles(table):
    """Rooms that reach themselves, each named once."""
    found = []

    def walk(room, trail):
        if room in trail:
            found.append(" -> ".join(trail[trail.index(room):] + [room]))
            return
        for other in table[room]:
            walk(other, trail + [room])

    for room in table:
        walk(room, [])
        if found:
            break
    return found[:1]


def check_floors(root):
    table = allowed_rooms()
    findings = [f"the table itself has a circle: {circle}" for circle in circles(table)]
    findings += [f"the table names a room that it has no line for: {other}" for room in table for other in table[room]
                 if other not in table]
    users = {pattern: set() for pattern, _, _ in HOMES}
    sizes = {}
    for name, path in sources(root):
        room = room_of(name)
        folder = name.rpartition("/")[0]
        sizes[folder] = sizes.get(folder, 0) + 1
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            other = room_of(included)
            if included.startswith("tests/"):
                findings.append(f"{name}: includes {included}: the product does not know its tests")
            elif other and other != room:
                header = pathlib.PurePath(included).stem
                if other not in table[room] or (table[room][other] is not None and header not in table[room][other]):
                    findings.append(f"{name}: includes {included}: {room} may include {ROOMS[room] or 'nothing'}")
            for pattern, homes, _ in HOMES:
                if re.match(pattern, included):
                    users[pattern].add(name)
                    if not any(pathlib.PurePath(name).match(home) for home in homes):
                        findings.append(f"{name}: includes {included}: its home is {' '.join(homes)}")
    for pattern, _, most in HOMES:
        if most is not None and len(users[pattern]) > most:
            findings.append(f"{' '.join(sorted(users[pattern]))}: each includes {pattern}: one file may")
    for folder, count in sorted(sizes.items()):
        most = MAX_PROGRAMS if folder == "programs" else MAX_FILES
        if count > most:
            findings.append(f"{folder}/ has {count} files at one level, at most {most} are readable: which two things is it?")
    return findings, sum(sizes.values())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    width = max(map(len, ROOMS))
    for room, line in ROOMS.items():
        print(f"{room:{width}}  {line or '-'}")
    findings, seen = check_floors(pathlib.Path(sys.argv[1]).resolve())
    for finding in findings:
        print(finding)
    print(f"{seen} files, {len(findings)} findings")
    sys.exit(1 if findings or seen == 0 else 0)


if __name__ == "__main__":
    main()
