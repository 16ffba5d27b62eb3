"""A private sendmail 8.17, unpacked from Debian's packages into a directory of its own: installing it would displace Postfix.
Needs root, m4, unshare and a package archive (once: the unpacked tree is kept in build/sendmail).

  sendmail.py fetch       unpacks it now, so that tests need no network
"""
import os
import pathlib
import shutil
import smtplib
import sys
import tempfile
import unittest

import loads
from lab import SOURCE, Child, Lab, free_port, is_listening, run, wait_for
from sink import Sink

PACKAGE_LIST = SOURCE / "contrib" / "debian-packages.txt"
TREE = SOURCE / "build" / "sendmail"
PROGRAM = TREE / "usr/libexec/sendmail/sendmail"

CONFIG = """\
divert(-1)
define(`_USE_ETC_MAIL_')
include(`{tree}/usr/share/sendmail/cf/m4/cf.m4')
divert(0)dnl
OSTYPE(`linux')
undefine(`UUCP_RELAY')dnl
undefine(`BITNET_RELAY')dnl
define(`confDOMAIN_NAME', `{host}')dnl
define(`confPID_FILE', `{dir}/sendmail.pid')dnl
define(`QUEUE_DIR', `{dir}/queue')dnl
define(`STATUS_FILE', `{dir}/statistics')dnl
define(`HELP_FILE', `')dnl
define(`ALIAS_FILE', `')dnl
define(`confCW_FILE', `-o {dir}/local-host-names')dnl
define(`confSERVICE_SWITCH_FILE', `{dir}/service.switch')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confLOG_LEVEL', `0')dnl
define(`confTO_IDENT', `0s')dnl
define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')dnl
define(`SMART_HOST', `{mailer}:[127.0.0.1]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {next_port}')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {next_port}')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Port={port}, Addr=127.0.0.1, Name={name}')dnl
{filter}
{more}
MAILER(`smtp')dnl
"""

# The fragment under test is included where an administrator would include it.
FILTER = f"""\
define(`SIGNPOST_SOCKET', `{{milter}}')dnl
include(`{SOURCE}/contrib/sendmail/signpost.mc')dnl"""


def laboratory(case):
    """For setUpClass: a laboratory with a sink at its far end, as case.lab and case.sink; skips where sendmail cannot run."""
    reason = why_not()
    if reason:
        raise unittest.SkipTest(reason)
    case.lab = Lab()
    case.addClassCleanup(case.lab.close)
    case.sink = case.lab.add(Sink())


def why_not():
    """Why sendmail cannot be run here, or ''. Fetches it if need be."""
    if os.geteuid() != 0:
        return "a private sendmail needs root"
    if not shutil.which("m4") or not shutil.which("unshare"):
        return "m4 or unshare is not installed"
    try:
        fetch()
    except RuntimeError as error:
        return f"sendmail's packages cannot be had: {error}"
    return ""


def packages():
    """What is unpacked: the group `unpacked` of the package list. The libraries they load are in its group `test`."""
    lines = PACKAGE_LIST.read_text().splitlines()
    return [words[1] for words in map(str.split, lines) if words and words[0] == "unpacked"]


def fetch():
    """Unpacks the packages into build/sendmail, unless they are there. Raises RuntimeError, with the names, if anything that
    they load is not installed."""
    if not PROGRAM.exists():
        unpack()
    found = list(loads.findings([TREE]))
    if found:
        raise RuntimeError("\n".join(found) + f"\ninstall the packages that have these libraries and name them in {PACKAGE_LIST}, "
                           "in the group test")


def unpack():
    TREE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TREE.parent) as work:
        # apt drops its privileges for downloads and needs to write here.
        os.chmod(work, 0o777)
        run("apt-get", "-qq", "download", *packages(), cwd=work)
        unpacked = pathlib.Path(work) / "tree"
        for package in sorted(pathlib.Path(work).glob("*.deb")):
            run("dpkg-deb", "-x", package, unpacked)
        os.chmod(unpacked, 0o755)
        unpacked.rename(TREE)


class Sendmail:
    """One daemon on a loopback port; all its mail goes to `next_port`, past the milter if it has one. Two in a row need names of
    their own, or they take each other for a loop. `name` is the port's, which may be a role; the mailer `esmtp` is that for direct delivery; `more`
    is m4 behind the filter's."""

    def __init__(self, lab, next_port, milter="", host="mx.example", name="MTA", mailer="relay", more="dnl"):
        self.directory = lab.directory / f"sendmail.{host}"
        self.host = host
        self.port = free_port()
        self.child = None
        self.directory.mkdir()
        (self.directory / "queue").mkdir(mode=0o700)
        (self.directory / "service.switch").write_text("hosts files\naliases files\npasswd files\n")
        (self.directory / "statistics").touch()
        source = self.directory / "sendmail.mc"
        source.write_text(CONFIG.format(tree=TREE, dir=self.directory, host=host, next_port=next_port, port=self.port, name=name, mailer=mailer,
                                        filter=FILTER.format(milter=milter) if milter else "dnl", more=more))
        compiled = run("m4", f"-D_CF_DIR_={TREE}/usr/share/sendmail/cf/", source)
        (self.directory / "sendmail.cf").write_text(compiled)

    def start(self, delivery="background"):
        """`delivery`: sendmail's DeliveryMode; with "interactive" a message is delivered before DATA is answered."""
        # A busy machine is no reason to refuse connections. A host name with a dot, seen by this process only: without one sendmail sleeps for a minute at start.
        command = f"hostname {self.host} && exec {PROGRAM} -C {self.directory}/sendmail.cf -O RefuseLA=1000 -O QueueLA=1000 -O DeliveryMode={delivery} -bD -q1s"
        self.child = Child(["unshare", "--uts", "sh", "-c", command], self.directory / "sendmail.out")
        wait_for(lambda: not self.child.is_running() or is_listening(self.port), "sendmail to listen")
        if not self.child.is_running():
            raise RuntimeError("sendmail did not start: " + self.child.text())
        return self

    def stop(self):
        if self.child:
            self.child.stop()

    def client(self):
        client = smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example", timeout=60)
        client.ehlo()
        return client


if __name__ == "__main__":
    if sys.argv[1:] != ["fetch"]:
        sys.exit(__doc__)
    try:
        fetch()
    except RuntimeError as error:
        sys.exit(f"sendmail.py: {error}")
    print(f"sendmail is in {TREE}")
