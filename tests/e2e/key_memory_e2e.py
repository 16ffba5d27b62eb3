#!/usr/bin/python3
"""Where the secret parts of signing keys lie in a running signpostd: they are looked for in all of its memory, as the machine and
as a file would write them. Locked, readable by nobody else, gone when the key goes, and in no log."""
import os
import re
import struct
import unittest

from scenario import CONFIG  # first: it also finds tests/support
import cases
from lab import Child, Lab, free_port, run, wait_for
from signpostd import Signpostd

NOBODY = 65534
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
LOCKED, DUMPED_NEVER = {"lo"}, {"dd"}  # flags in smaps
CAP_IPC_LOCK = 14
UNIT = 16  # octets of a secret that are found in one piece or not at all
KEYLESS = re.sub(r"\[\[dkim\.key\]\].*?(?=\[tracking\])", "", CONFIG, flags=re.S)
ENCRYPTED = '[[dkim.key]]\ndomain = "safe.example"\nselector = "rsa1"\nfile = "{dir}/keys/safe.example.rsa1.pem"\n' \
    'password_file = "{dir}/keys/password"\n\n[tracking]'
ED25519 = '[[dkim.key]]\ndomain = "ed.example"\nselector = "ed1"\nfile = "{dir}/keys/ed.example.ed1.pem"\n\n[tracking]'
PASSWORD = "sesame-open-sesame-shut"


def holds_capability(number):
    with open("/proc/self/status") as status:
        return int(re.search(r"CapPrm:\s*(\w+)", status.read()).group(1), 16) >> number & 1


def secrets_of(path):
    """The secret numbers of a key file by name, most significant octet first."""
    text = run("openssl", "pkey", "-in", path, "-noout", "-text")
    found = re.findall(r"^(private\w*|priv|prime1|prime2|exponent1|exponent2|coefficient):\n((?:    .*\n)+)", text, re.M | re.I)
    return {name: bytes.fromhex(re.sub(r"[:\s]", "", digits)).lstrip(b"\0") for name, digits in found}


def pieces_of(secret):
    """What is looked for: the number in units, each in both orders of octets."""
    for at in range(0, len(secret) - UNIT + 1, UNIT):
        yield secret[at:at + UNIT]
        yield secret[at:at + UNIT][::-1]


class Memory:
    """The memory of a process as it is now. Needs root."""

    def __init__(self, pid):
        self.pid = pid

    def regions(self):
        """(first address, one behind the last, flags) of each region that can be written."""
        with open(f"/proc/{self.pid}/smaps") as smaps:
            for line in smaps:
                words = line.split()
                if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                    first, last = (int(address, 16) for address in words[0].split("-"))
                    writable = words[1].startswith("rw")
                elif words[0] == "VmFlags:" and writable:
                    yield first, last, words[1:]

    def present(self, first, last):
        """The same range as ranges of pages that are there; looking at others would make them."""
        page = os.sysconf("SC_PAGE_SIZE")
        with open(f"/proc/{self.pid}/pagemap", "rb") as pagemap:
            pagemap.seek(first // page * 8)
            entries = pagemap.read((last - first) // page * 8)
        begin = None
        for index, (entry, ) in enumerate(struct.iter_unpack("<Q", entries)):
            there = entry >> 62  # present or swapped out
            if there and begin is None:
                begin = first + index * page
            elif not there and begin is not None:
                yield begin, first + index * page
                begin = None
        if begin is not None:
            yield begin, last

    def find(self, pieces):
        """(what, flags of the region it is in) for each region that has one of `pieces`, a dictionary of piece to what."""
        hits = set()
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            for first, last, flags in self.regions():
                for begin, end in self.present(first, last):
                    memory.seek(begin)
                    content = memory.read(end - begin)
                    hits |= {(what, " ".join(flags)) for piece, what in pieces.items() if piece in content}
        return hits

    def locked_kib(self):
        with open(f"/proc/{self.pid}/status") as status:
            return int(re.search(r"VmLck:\s*(\d+) kB", status.read()).group(1))


class KeyMemory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("reading the daemon's memory and giving it a user of its own needs root")

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.signpostd = self.lab.add(Signpostd(self.lab, CONFIG.replace("[tracking]", ED25519).replace("[tracking]", ENCRYPTED),
                                              port=free_port()))
        for domain in ("shop.example", "mx.example", "safe.example"):
            self.signpostd.genkey(domain, "rsa1")
        self.signpostd.genkey("ed.example", "ed1", "ed25519")
        self.signpostd.new_ring("tracking.keys")
        self.secrets = {path.name: secrets_of(path) for path in (self.signpostd.directory / "keys").glob("*.pem")}
        self.encrypt(self.signpostd.key_file("safe.example", "rsa1"))
        run("chown", "-R", NOBODY, self.signpostd.directory)

    def encrypt(self, path):
        (self.signpostd.directory / "keys" / "password").write_text(PASSWORD + "\n")
        (self.signpostd.directory / "keys" / "password").chmod(0o600)
        run("openssl", "pkcs8", "-topk8", "-in", path, "-out", f"{path}.new", "-passout", f"pass:{PASSWORD}")
        os.rename(f"{path}.new", path)

    def start(self, may_lock):
        """As a user of its own, who may lock memory without a limit, or none at all."""
        if may_lock and not holds_capability(CAP_IPC_LOCK):
            self.skipTest("locking memory is forbidden here (no CAP_IPC_LOCK, RLIMIT_MEMLOCK cannot be raised)")
        rights = "-all,+ipc_lock" if may_lock else "-all"
        self.signpostd.start(wrapper=["prlimit", "--memlock=0", *AS_NOBODY, f"--inh-caps={rights}",
                                      f"--ambient-caps={rights}"])
        return Memory(self.signpostd.child.pid)

    def pieces(self):
        return {piece: f"{file}: {name}" for file, numbers in self.secrets.items() for name, number in numbers.items()
                for piece in pieces_of(number)}

    def assert_guarded(self, memory, flags):
        """Every secret number lies in memory with these flags, and nowhere else; but for the copies of the primes that OpenSSL
        calculates with."""
        found = memory.find(self.pieces())
        guarded = {what for what, has in found if flags <= set(has.split())}
        self.assertEqual(guarded, {f"{file}: {name}" for file, numbers in self.secrets.items() for name in numbers})
        outside = {what for what, has in found if not flags <= set(has.split())}
        self.assertEqual([what for what in outside if "prime" not in what], [])

    def test_locked_and_in_no_dump(self):
        memory = self.start(may_lock=True)
        self.assertGreaterEqual(memory.locked_kib(), 1 << 20, "the secure heap")
        self.assert_guarded(memory, LOCKED | DUMPED_NEVER)
        self.assertNotIn("may be swapped out", self.signpostd.child.text())

    def test_where_locking_is_forbidden_it_is_said(self):
        memory = self.start(may_lock=False)
        self.assertEqual(memory.locked_kib(), 0)
        self.assert_guarded(memory, DUMPED_NEVER)
        self.assertIn("private keys may be swapped out: LimitMEMLOCK", self.signpostd.child.text())

    def test_wiped_when_the_keys_go(self):
        memory = self.start(may_lock=True)
        pieces = self.pieces()
        self.assertTrue(memory.find(pieces))
        self.signpostd.write_config(KEYLESS)
        self.signpostd.ctl("reload")
        wait_for(lambda: not memory.find(pieces), "memory without keys")

    def test_a_process_of_the_same_user_cannot_read_it(self):
        self.start(may_lock=False)
        other = self.lab.add(Child([*AS_NOBODY, "sleep", "600"], self.lab.directory / "sleep.out"))
        wait_for(lambda: os.stat(f"/proc/{other.pid}").st_uid == NOBODY, "the other process to be nobody's")
        look = [*AS_NOBODY, "cat"]
        run(*look, f"/proc/{other.pid}/environ")  # the rule that protects it is the one for ptrace, mem and maps
        with self.assertRaisesRegex(RuntimeError, "Permission denied"):
            run(*look, f"/proc/{self.signpostd.child.pid}/environ")

    def test_no_log_has_them(self):
        texts = [line for path in (self.signpostd.directory / "keys").glob("*.pem") for line in path.read_text().splitlines()
                 if "-" not in line] + [PASSWORD]
        self.start(may_lock=False)
        (self.signpostd.directory / "keys" / "password").write_text("wrong-" + PASSWORD + "\n")
        damaged = self.signpostd.key_file("shop.example", "rsa1")
        damaged.write_text(damaged.read_text().replace("BEGIN", "BEGUN"))
        with self.assertRaises(RuntimeError) as refused:
            self.signpostd.ctl("reload")
        said = str(refused.exception) + self.signpostd.child.text() + self.signpostd.log_file.read_text()
        self.assertIn("shop.example.rsa1.pem", said)
        self.assertEqual([text for text in texts if text in said], [])


if __name__ == "__main__":
    cases.main()
