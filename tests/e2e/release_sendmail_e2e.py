#!/usr/bin/python3
"""signpost-release beside a real Sendmail: it takes out of quarantine what it was told of at end of message, and nothing else;
Sendmail has no command to delete or to return a quarantined message."""
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import cases  # noqa: E402
import sendmail  # noqa: E402
from hold_milter import HoldMilter  # noqa: E402
from lab import free_port, run, wait_for  # noqa: E402
from release import Release  # noqa: E402

HOST = "mx.example"
# As sendmail.Sendmail.start does it: sendmail sleeps for a minute where the host's name has no dot.
WITH_NAME = ("unshare", "--uts", "sh", "-c", f'hostname {HOST} && exec "$0" "$@"')


class SendmailRelease(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sendmail.laboratory(cls)
        port = free_port()
        cls.milter = cls.lab.add(HoldMilter(port, cls.at_end_of_message))
        cls.server = sendmail.Sendmail(cls.lab, cls.sink.port, more=f"INPUT_MAIL_FILTER(`hold', `S=inet:{port}@127.0.0.1, F=T')dnl")
        cls.lab.add(cls.server.start())
        cls.cf = cls.server.directory / "sendmail.cf"
        cls.queue = cls.server.directory / "queue"
        cls.release = cls.lab.add(Release(cls.lab, "--sendmail", f"mta={cls.cf}:{cls.queue}", "--sendmail-program", sendmail.PROGRAM,
                                          wrapper=WITH_NAME))
        cls.release.start()

    @classmethod
    def at_end_of_message(cls, queue_id, _):
        cls.ids.append(queue_id)
        if cls.tells:
            cls.answers.append(cls.release.ask(f"held {queue_id}"))
        return cls.holds

    def send(self, *subjects, tells=True, holds=True):
        cls = type(self)
        cls.ids, cls.answers, cls.tells, cls.holds = [], [], tells, holds
        with self.server.client() as client:
            for subject in subjects:
                client.sendmail("news@shop.example", ["ann@example.org"], f"Subject: {subject}\r\n\r\nhello\r\n".encode())
        self.assertEqual(self.milter.errors, [])
        self.assertEqual(self.answers, ["ok held"] * len(subjects) if tells else [])
        return self.ids

    def held(self):
        return {path.name[2:] for path in self.queue.glob("hf*")}

    def told(self):
        client = self.release.client()
        try:
            return client.list()
        finally:
            client.close()

    def forget(self, *ids):
        """The queue as it was for the next test."""
        for queue_id in ids:
            for path in self.queue.glob(f"?f{queue_id}"):
                path.unlink()
            self.release.ask(f"release {queue_id}")

    def delivered(self, subject):
        wait_for(lambda: any(one.field("Subject") == subject for one in self.sink.all()), f"the message '{subject}'")

    def test_check(self):
        self.assertIn("no error", self.release.test())

    def test_what_was_told_is_released(self):
        one, two, three = self.send("one", "two", "three")
        self.assertEqual(self.told(), {one: "hold", two: "hold", three: "hold"})
        client = self.release.client()
        client.send(f"release {one}", f"release mta:{three}")
        self.assertEqual([client.receive() for _ in range(2)], ["ok released"] * 2)
        client.close()
        self.delivered("one")
        self.delivered("three")
        self.assertEqual(self.held(), {two})
        self.assertEqual(self.told(), {two: "hold"})
        self.forget(two)

    def test_what_was_not_told_is_not(self):
        other, = self.send("other", tells=False)
        self.assertRegex(self.release.ask(f"release {other}"), "^error not-told ")
        self.assertRegex(self.release.ask(f"held {other}"), "^error conflict ")
        self.assertIn(other, self.held())
        self.forget(other)

    def test_neither_deleted_nor_returned(self):
        one, = self.send("kept")
        for verb in ("drop", "refuse"):
            self.assertRegex(self.release.ask(f"{verb} {one}"), "^error unsupported ")
        self.assertIn(one, self.held())
        self.forget(one)

    def test_released_and_held_anew_by_the_administrator(self):
        one, = self.send("again")
        self.assertEqual(self.told(), {one: "hold"})
        run(*WITH_NAME, sendmail.PROGRAM, "-C", self.cf, "-qQ", f"-qI{one}", "-Qmine")
        self.assertEqual(self.told(), {one: "gone"})
        self.assertEqual(self.release.ask(f"release {one}"), "ok gone")
        self.assertIn(one, self.held())
        self.forget(one)

    def test_deleted_by_the_administrator(self):
        one, = self.send("deleted")
        self.assertEqual(self.told(), {one: "hold"})
        for path in self.queue.glob(f"?f{one}"):
            path.unlink()
        self.assertEqual(self.told(), {one: "gone"})
        self.assertEqual(self.release.ask(f"release {one}"), "ok gone")

    def test_not_an_id(self):
        for word in ("ALL", "-", "6AT0l9B702708x", "!6AT0l9B702708", "E9825A74470"):
            self.assertRegex(self.release.ask(f"release {word}"), "^error invalid ")


if __name__ == "__main__":
    cases.main()
