#!/usr/bin/python3
"""signpost-release beside a real Postfix: it frees, deletes and returns what it was told of at end of message, by a milter that
stands in for signpostd, and nothing that anybody else held; through its own death, and while the administrator uses postsuper."""
import pathlib
import re
import subprocess
import sys
import threading
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import cases  # noqa: E402
import postfix  # noqa: E402
from hold_milter import HoldMilter  # noqa: E402
from lab import Lab, run, wait_for  # noqa: E402
from release import Release  # noqa: E402
from sink import Sink  # noqa: E402

MANY = 1000


class ReleaseScenario(unittest.TestCase):
    """Each test has a laboratory of its own: what is held is the state of all."""

    settings = {}

    def setUp(self):
        reason = postfix.why_not()
        if reason:
            self.skipTest(reason)
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.sink = self.lab.add(Sink())
        self.ids = []  # as the milter saw them, in order
        self.answers = []  # to `held`
        self.lock = threading.Lock()
        self.milter = self.lab.add(HoldMilter(self.lab.directory / "milter.sock", self.at_end_of_message))
        self.postfix = postfix.Postfix(self.lab, self.sink.port, f"unix:{self.lab.directory}/milter.sock", self.settings)
        self.lab.add(self.postfix)
        self.postfix.start()
        self.release = self.lab.add(Release(self.lab, "--postfix", f"main={self.postfix.config}"))
        self.release.start()
        self.tells, self.holds = True, True

    def at_end_of_message(self, queue_id, _):
        answer = self.release.ask(f"held {queue_id}") if self.tells else ""
        with self.lock:
            self.ids.append(queue_id)
            self.answers.append(answer)
        return self.holds

    def send(self, *subjects, tells=True, holds=True):
        """Their queue ids."""
        self.tells, self.holds = tells, holds
        before = len(self.ids)
        with self.postfix.client() as client:
            for subject in subjects:
                client.sendmail("news@shop.example", ["ann@example.org"], f"Subject: {subject}\r\n\r\nhello\r\n".encode())
        self.assertEqual(self.milter.errors, [])
        if tells:
            self.assertEqual(set(self.answers[before:]), {"ok held"})
        return self.ids[before:]

    def postsuper(self, *words):
        return run("/usr/sbin/postsuper", "-c", self.postfix.config, *words)

    def held(self):
        return set(self.postfix.queue_ids()["hold"])

    def ask(self, request):
        return self.release.ask(request)

    def told(self):
        client = self.release.client()
        try:
            return client.list()
        finally:
            client.close()

    def arrived(self, subject):
        def mine():
            return [one for one in self.sink.all() if one.field("Subject") == subject]
        return wait_for(mine, f"the message '{subject}'")[0]

    def subjects(self):
        return {one.field("Subject") for one in self.sink.all()}


class Released(ReleaseScenario):
    def test_what_was_told_is_released_once(self):
        one, two, three = self.send("one", "two", "three")
        self.assertEqual(self.told(), {one: "hold", two: "hold", three: "hold"})
        client = self.release.client()
        client.send(f"release {two}", f"release main:{one}", f"release {two}", "list")
        self.assertEqual([client.receive() for _ in range(2)], ["ok released"] * 2)
        # Asked before the first answer was there: it was gone by then, or not told any more.
        self.assertRegex(client.receive(), r"^ok gone$|^ok released$|^error not-told ")
        self.assertEqual(client.receive().split(" ")[1::2], [three, "hold"])
        self.assertEqual(client.receive(), "ok 1")
        client.close()
        self.arrived("one")
        self.arrived("two")
        self.assertEqual(self.held(), {three})
        self.assertRegex(self.ask(f"release {one}"), "^error not-told ")

    def test_local_mail(self):
        self.postfix.submit_locally("Subject: local\nTo: ann@example.org\n\nhello\n", "orders@shop.example")
        wait_for(lambda: self.held(), "the message to be held")
        self.assertEqual(self.answers, ["ok held"])
        self.assertEqual(self.ask(f"release {self.ids[0]}"), "ok released")
        self.arrived("local")

    def test_dropped(self):
        one, two = self.send("one", "two")
        self.assertEqual(self.ask(f"drop {one}"), "ok dropped")
        self.assertEqual(self.held(), {two})
        self.assertEqual(self.told(), {two: "hold"})
        self.assertEqual(self.sink.all(), [])

    def test_refused(self):
        queue_id, = self.send("one")
        self.assertEqual(self.ask(f"refuse {queue_id}"), "ok refused")
        notice = wait_for(self.sink.all, "the notice")[0]
        self.assertEqual((notice.sender, notice.recipients), ("", ["news@shop.example"]))
        for words in ("message is administratively expired", "Action: failed", "Status: 4.7.0", "Subject: one"):
            self.assertIn(words.encode(), notice.raw)
        self.postfix.wait_until_empty()
        self.assertEqual(len(self.sink.all()), 1)
        self.assertEqual(self.told(), {})

    def test_many_in_batches(self):
        first = self.postfix.log().count("Released from hold:")
        ids = self.send(*[f"message {number}" for number in range(MANY)])
        self.assertEqual(len(self.held()), MANY)
        client = self.release.client()
        answers = []
        for begin in range(0, MANY, 500):
            client.send(*[f"release {queue_id}" for queue_id in ids[begin:begin + 500]])
            answers += [client.receive() for _ in range(500)]
        client.close()
        self.assertEqual(set(answers), {"ok released"})
        self.assertEqual(self.held(), set())
        self.postfix.wait_until_empty(120)
        self.assertEqual(len(self.sink.all()), MANY)
        self.assertLess(self.postfix.log().count("Released from hold:") - first, 50, "calls of postsuper")


class NotOurs(ReleaseScenario):
    def refused_everywhere(self, queue_id, answer):
        for verb in ("release", "drop", "refuse"):
            self.assertRegex(self.ask(f"{verb} {queue_id}"), answer)
        self.assertIn(queue_id, self.held())

    def test_held_without_being_told(self):
        other, = self.send("other", tells=False)
        self.refused_everywhere(other, "^error not-told ")
        self.assertEqual(self.told(), {})

    def test_told_too_late(self):
        other, = self.send("other", tells=False)
        self.assertRegex(self.ask(f"held {other}"), "^error conflict ")
        self.refused_everywhere(other, "^error not-told ")

    def test_not_a_message(self):
        for queue_id in ("0123456789", "4jcT3F6frFz1bcYb"):
            self.assertRegex(self.ask(f"held {queue_id}"), "^error not-found ")

    def test_told_and_not_held_and_then_held_by_the_administrator(self):
        self.sink.refuse["ann@example.org"] = "451 4.7.1 later"
        queue_id, = self.send("one", holds=False)
        wait_for(lambda: self.told() == {queue_id: "gone"}, "it to be seen that it was not held")
        self.postsuper("-h", queue_id)
        self.assertEqual(self.ask(f"release {queue_id}"), "ok gone")
        self.refused_everywhere(queue_id, "^error not-told ")
        self.assertRegex(self.ask(f"held {queue_id}"), "^error conflict ")

    def test_released_by_the_administrator_and_held_by_him_again(self):
        self.sink.refuse["ann@example.org"] = "451 4.7.1 later"
        queue_id, = self.send("one")
        self.assertEqual(self.told(), {queue_id: "hold"})
        self.postsuper("-H", queue_id)
        wait_for(lambda: queue_id not in self.held(), "it to leave the hold queue")
        self.postsuper("-h", queue_id)
        self.assertIn(queue_id, self.held())
        self.assertEqual(self.told(), {queue_id: "gone"})
        self.assertEqual(self.ask(f"release {queue_id}"), "ok gone")
        self.refused_everywhere(queue_id, "^error not-told ")

    def test_touched_by_the_administrator(self):
        queue_id, = self.send("one")
        self.assertEqual(self.told(), {queue_id: "hold"})
        (self.postfix.queue / "hold" / queue_id).touch()
        self.assertEqual(self.told(), {queue_id: "gone"})
        self.assertEqual(self.ask(f"release {queue_id}"), "ok gone")
        self.refused_everywhere(queue_id, "^error not-told ")
        self.postsuper("-H", queue_id)
        self.arrived("one")

    def test_another_message_with_the_same_id(self):
        queue_id, = self.send("one")
        other, = self.send("other", tells=False)
        self.assertEqual(self.told(), {queue_id: "hold"})
        hold = self.postfix.queue / "hold"
        (hold / other).rename(hold / queue_id)  # in place of the first
        self.assertEqual(self.told(), {queue_id: "gone"})
        self.assertEqual(self.ask(f"drop {queue_id}"), "ok gone")
        self.refused_everywhere(queue_id, "^error not-told ")

    def test_deleted_by_the_administrator(self):
        one, two = self.send("one", "two")
        self.postsuper("-d", one)
        self.assertEqual(self.told(), {one: "gone", two: "hold"})
        self.assertEqual(self.ask(f"release {one}"), "ok gone")
        self.assertEqual(self.told(), {two: "hold"})

    def test_hostile_requests(self):
        ours, = self.send("ours")
        other, = self.send("other", tells=False)
        client = self.release.client()
        for verb in ("held", "release", "drop", "refuse"):
            for word in ("ALL", "-", "-d", "--", "", " ", "../active/x", f"{ours} {other}", f"{ours},{other}", f"{ours} hold", "hold",
                         f"{ours}\r", f"{ours};id", f"main:-{ours}", f"main::{ours}", f":{ours}", f"-c:{ours}", f"other:{ours}",
                         "A" * 33, "0" * 400, ours.lower(), f"{ours}\0", "Ａ123456789"):
                self.assertRegex(client.ask(f"{verb} {word}"), "^error invalid ", (verb, word))
        for line in ("", "list all", "LIST", "quit", "held", "exec id", "list "):
            self.assertRegex(client.ask(line), "^error invalid ", line)
        client.send("x" * 600)
        self.assertRegex(client.receive(), "^error invalid ")
        self.assertEqual(client.receive(), "", "closed")
        client.close()
        self.assertEqual(self.held(), {ours, other})
        self.assertEqual(self.told(), {ours: "hold"})

    def test_other_users(self):
        ours, = self.send("ours")
        script = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
                  "s.sendall(sys.argv[2].encode()); print(s.recv(100))")

        def ask_as(user):
            return subprocess.run(["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", "/usr/bin/python3", "-c", script,
                                   str(self.release.socket), f"release {ours}\n"], capture_output=True, text=True, check=False)
        self.assertEqual(self.release.socket.stat().st_mode & 0o777, 0o600)
        self.assertIn("PermissionError", ask_as("daemon").stderr)
        self.release.socket.chmod(0o666)  # even then
        self.assertNotIn("ok", ask_as("daemon").stdout)
        self.assertIn(ours, self.held())
        self.assertIn("refused user", self.release.child.text())
        self.assertIn("ok released", ask_as("nobody").stdout)


class Restarts(ReleaseScenario):
    def test_killed_between_held_and_release(self):
        one, two = self.send("one", "two")
        self.release.kill()
        self.release.start()
        self.assertEqual(self.told(), {one: "hold", two: "hold"})
        self.assertEqual(self.ask(f"release {one}"), "ok released")
        self.arrived("one")
        self.release.kill()
        self.release.start()
        self.assertEqual(self.told(), {two: "hold"})
        self.assertEqual(self.release.stop(), 0)

    def test_killed_between_held_and_the_end_of_the_message(self):
        def kill(queue_id, _):
            held = self.at_end_of_message(queue_id, _)
            self.release.kill()
            return held
        self.milter.decide = kill
        queue_id, = self.send("one")
        self.release.start()
        self.assertEqual(self.told(), {queue_id: "hold"})
        self.assertEqual(self.ask(f"release {queue_id}"), "ok released")
        self.arrived("one")

    def test_a_torn_last_line(self):
        one, = self.send("one")
        self.told()
        self.release.stop()
        with open(self.release.state, "ab") as state:
            state.write(b"0123456789abcdef coming main 0123")
        self.release.start()
        self.assertEqual(self.told(), {one: "hold"})
        two, = self.send("two")
        self.release.kill()
        self.release.start()
        self.assertEqual(self.told(), {one: "hold", two: "hold"})

    def test_a_damaged_state_is_an_error(self):
        self.send("one", "two")
        self.release.stop()
        lines = self.release.state.read_bytes().splitlines(True)
        self.release.state.write_bytes(b"".join([lines[0], lines[1].replace(b"coming", b"cOming"), *lines[2:]]))
        done = subprocess.run([str(word) for word in self.release.command], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 65)
        self.assertRegex(done.stderr, r"told': line 2: .*stays in the hold queue until you release it")

    def test_only_one(self):
        done = subprocess.run([str(word) for word in self.release.command], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 75)
        self.assertIn("in use by another signpost-release", done.stderr)


class LongIds(Released):
    """The same with ids that are not given again, in hashed directories."""
    settings = {"enable_long_queue_ids": "yes", "hash_queue_names": "incoming, hold, deferred", "hash_queue_depth": "2"}


class SlowQueueRuns(ReleaseScenario):
    """As Postfix is set up usually: the queue manager looks into the deferred queue every five minutes."""
    settings = {"queue_run_delay": "300s", "minimal_backoff_time": "300s", "maximal_backoff_time": "4000s"}

    def test_what_is_released_goes_out_at_once(self):
        one, two = self.send("one", "two")
        self.assertEqual(self.ask(f"release {one}"), "ok released")
        self.arrived("one")
        self.assertEqual(self.ask(f"refuse {two}"), "ok refused")
        self.arrived("Undelivered Mail Returned to Sender")

    def test_other_mail_is_not_tried_before_its_time(self):
        self.sink.refuse["ann@example.org"] = "451 4.7.1 later"
        waits, = self.send("waits", tells=False, holds=False)
        self.postfix.wait_for_log(f"{waits}: .*status=deferred")
        self.sink.refuse.clear()
        ours, = self.send("ours")
        self.assertEqual(self.ask(f"release {ours}"), "ok released")
        self.arrived("ours")
        self.assertNotIn("waits", self.subjects())


class CommandLine(unittest.TestCase):
    def setUp(self):
        reason = postfix.why_not()
        if reason:
            self.skipTest(reason)
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def outcome(self, *options):
        release = Release(self.lab, *options)
        return subprocess.run([str(word) for word in release.command], capture_output=True, text=True, check=False, timeout=60)

    def test_version_and_help(self):
        self.assertRegex(self.outcome("-V").stdout, r"^signpost-release \d")
        self.assertIn("--postfix NAME=DIR", self.outcome("--help").stdout)

    def test_wrong(self):
        for options in (("--what",), ("extra",), ("--postfix", "/etc/postfix"), ("--postfix", "-x=/etc/postfix"),
                        ("--postfix", "a=/x", "--postfix", "a=/y")):
            self.assertEqual(self.outcome(*options).returncode, 64, options)
        self.assertEqual(self.outcome("--user", "no-such-user").returncode, 78)
        self.assertEqual(self.outcome("--postfix", "main=/nonexistent").returncode, 78)
        self.assertEqual(self.outcome("--postfix", "main=relative").returncode, 78)
        self.assertEqual(self.outcome("--postconf", "/nonexistent").returncode, 78)

    def test_check(self):
        server = postfix.Postfix(self.lab, 1)
        missing = self.outcome("--postfix", f"main={server.config}", "-t")
        self.assertEqual(missing.returncode, 78)
        self.assertIn("/incoming", missing.stderr)
        run("postfix", "-c", server.config, "check")
        good = self.outcome("--postfix", f"main={server.config}", "-t")
        self.assertEqual((good.returncode, good.stderr), (0, "signpost-release: no error\n"))

    def test_only_root(self):
        program = Release(self.lab).program
        done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", str(program), "-t"], capture_output=True,
                              text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 77)


if __name__ == "__main__":
    cases.main()
