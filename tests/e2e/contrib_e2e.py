#!/usr/bin/python3
"""What contrib/postfix gives to administrators, as it stands there: the two main.cf fragments, master.cf, and the demonstration."""
import os
import re
import subprocess

from scenario import CONFIG, Scenario  # first: it also finds tests/support
import cases
from lab import SOURCE, free_port, run, wait_for
from postfix import Postfix
from signpostd import Signpostd
from verify import expect_valid

FRAGMENTS = SOURCE / "contrib" / "postfix"


def settings_of(name):
    """The settings of a main.cf fragment."""
    lines = (FRAGMENTS / name).read_text().splitlines()
    return dict(re.split(r"\s*=\s*", line, maxsplit=1) for line in lines if line and not line.startswith("#"))


class Fragments(Scenario):
    """Signpost's socket is below the queue directory, and named relative to it, as the fragment has it."""

    @classmethod
    def make_signpostd(cls):
        directory = cls.lab.directory / "postfix" / "spool" / "signpost"
        directory.mkdir(parents=True)
        return Signpostd(cls.lab, cls.config, socket_path=directory / "milter.sock")


class Minimal(Fragments):
    settings = settings_of("main.cf.minimal")

    def test_mail_is_signed_and_many_refusals_do_not_end_the_session(self):
        listed = [f"gone{number}@example.org" for number in range(30)]
        for address in listed:
            self.signpostd.ctl("suppress", "add", address)
        refused = self.send(listed + ["ann@example.org"])
        self.assertEqual({code for code, _ in refused.values()}, {550})
        self.assertEqual(sorted(refused), sorted(listed))
        delivery, = self.delivered(1)
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)


class Full(Fragments):
    config = CONFIG + """
[clients]
trusted = ["127.0.0.1"]

[[limit]]
name = "sender-hour"
key  = ["sender_domain"]
rate = ["2/h"]
"""
    # Faster than the fragment's minute.
    settings = settings_of("main.cf.minimal") | settings_of("main.cf.full") | {
        "minimal_backoff_time": "1s", "maximal_backoff_time": "1s", "queue_run_delay": "1s"}

    @classmethod
    def make_postfix(cls):
        port = str(free_port())
        services = (FRAGMENTS / "master.cf.full").read_text().replace("10026", port)
        settings = {name: value.replace("10026", port) for name, value in cls.settings.items()}
        return Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, settings, services)

    def test_mail_above_a_limit_waits_in_the_queue(self):
        everyone = [f"r{number}@example.org" for number in range(3)]
        self.assertEqual(self.send(everyone), {}, "the client hears of no limit")
        self.signpostd.wait_for(stage="rcpt", action="defer", reason="limit", rule="sender-hour")
        self.postfix.wait_for_log(r"status=deferred .*Limit sender-hour reached")
        wait_for(lambda: len(self.sink.recipients()) == 2, "two recipients at the sink")
        self.signpostd.ctl("limit", "reset", "sender-hour")
        for delivery in self.delivered(2):
            expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertEqual(self.sink.recipients(), everyone)


class Demonstration(Scenario):
    """Needs no laboratory of its own: the demo makes one."""

    @classmethod
    def setUpClass(cls):
        cls.require_postfix()

    def test_it_goes_as_it_tells(self):
        shown = run("/usr/bin/python3", FRAGMENTS / "try_demo.py")
        for expected in ("550 5.7.1 Recipient suppressed (hard-bounce)", "451 4.7.1 Limit per-hour reached",
                         "s=demo: pass", "fail, as it should", "https://click.example.com/c/", "stage=message action=accept"):
            self.assertIn(expected, shown)

    def test_kept_running_and_ended(self):
        shown = run("/usr/bin/python3", FRAGMENTS / "try_demo.py", "--keep")
        pid = int(re.search(r"kill (\d+)", shown).group(1))
        directory = re.search(r"below (/\S+):", shown).group(1)
        try:
            listing = re.search(r"(\S+signpostctl -s \S+) suppress list", shown).group(1)
            self.assertIn("bob@example.net", run(*listing.split(), "suppress", "list"))
        finally:
            subprocess.run(["kill", str(pid)], check=True)
        wait_for(lambda: not os.path.exists(directory), "the demo to clean up")


if __name__ == "__main__":
    cases.main()
