#!/usr/bin/python3
"""Mail that a limit holds, in a real Postfix with signpostd and signpost-release: it leaves signed, in order, when the limit allows; what
the administrator held himself stays; and nothing is lost when either of the two is killed."""
import datetime
import email.utils
import smtplib
import sys

sys.dont_write_bytecode = True

from scenario import CONFIG, TEXT, Scenario, wire  # first: it also finds tests/support
import cases
from lab import run, wait_for
from release import Release
from verify import expect_valid

HOLD = """
[hold]
socket = "{dir}/../release/release.sock"

[[limit]]
name   = "hourly"
key    = ["login"]
rate   = ["2/h"]
action = "hold"
"""


class Hold(Scenario):
    config = CONFIG + HOLD

    def setUp(self):
        super().setUp()
        self.sent = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.release = cls.lab.add(Release(cls.lab, "--postfix", f"main={cls.postfix.config}"))
        cls.release.start()

    def tearDown(self):
        self.signpostd.ctl("limit", "set", "hourly", "rate=1000/s")
        self.postfix.wait_until_empty()
        self.signpostd.ctl("limit", "reset", "hourly")

    def send_some(self, count):
        """The summary lines of so many messages with numbers in their subjects."""
        before = len(self.signpostd.find(stage="message"))
        with self.postfix.client("shop") as client:
            for _ in range(count):
                self.sent += 1
                text = TEXT.format(to="ann@example.org", subject=f"{self.subject} {self.sent}")
                client.sendmail("orders@shop.example", ["ann@example.org"], wire(text))
        return self.signpostd.wait_for(before + count, stage="message")[before:]

    def held(self):
        return set(self.postfix.queue_ids()["hold"])

    def deliveries(self):
        """The numbers of this test's messages, in the order in which they came."""
        subjects = [(one.field("Subject") or "").split() for one in self.sink.all()]
        return [int(words[1]) for words in subjects if len(words) == 2 and words[0] == self.subject]

    def status(self):
        try:
            return self.signpostd.ctl("status")
        except RuntimeError as unhealthy:
            return str(unhealthy)

    def open_limit(self):
        self.signpostd.ctl("limit", "set", "hourly", "rate=1000/s")

    def test_held_mail_goes_signed_and_in_order_when_the_limit_allows(self):
        lines = self.send_some(6)
        self.assertEqual([line["action"] for line in lines], ["accept"] * 2 + ["hold"] * 4)
        self.assertEqual({(line["reason"], line["rule"]) for line in lines[2:]}, {("limit", "hourly")})
        ids = [line["qid"] for line in lines[2:]]
        wait_for(lambda: self.held() == set(ids) and len(self.deliveries()) == 2, "four held, two delivered")
        listed = self.signpostd.ctl("held", "list")
        self.assertEqual([line.split()[1] for line in listed.splitlines() if line.startswith("id=")], [f"qid={one}" for one in ids])
        self.assertIn("limits=hourly", listed)
        self.open_limit()
        wait_for(lambda: len(self.deliveries()) == 6, "all delivered")
        self.assertEqual([line["qid"] for line in self.signpostd.wait_for(4, stage="release", action="accept")[-4:]], ids)
        for delivery in self.sink.all():
            expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.assertNotIn("qid=", self.signpostd.ctl("held", "list"))

    def test_what_the_administrator_holds_stays(self):
        self.sink.refuse["late@example.org"] = "450 4.2.0 later"
        self.postfix.submit_locally(f"From: ann@mx.example\nTo: late@example.org\nSubject: {self.subject} 9\n\nx\n", "ann@mx.example")
        self.postfix.wait_for_log(r"to=<late@example\.org>.*status=deferred")
        [his] = self.postfix.queue_ids()["deferred"]
        run("/usr/sbin/postsuper", "-c", self.postfix.config, "-h", his)
        lines = self.send_some(3)
        wait_for(lambda: self.held() == {his, lines[2]["qid"]}, "two held")
        with self.assertRaisesRegex(RuntimeError, "no message of that id is held"):
            self.signpostd.ctl("held", "release", his)
        self.open_limit()
        wait_for(lambda: 3 in self.deliveries(), "ours to be delivered")
        self.assertEqual(self.held(), {his})
        del self.sink.refuse["late@example.org"]
        run("/usr/sbin/postsuper", "-c", self.postfix.config, "-d", his)

    def test_both_killed_nothing_is_lost(self):
        lines = self.send_some(5)
        ids = {line["qid"] for line in lines[2:]}
        wait_for(lambda: self.held() == ids, "three held")
        self.signpostd.kill()
        self.release.kill()
        self.signpostd.start()
        self.signpostd.ctl("limit", "set", "hourly", "rate=1000/s")
        wait_for(lambda: "held mail cannot be released" in self.status(), "the daemon to miss signpost-release")
        self.assertEqual(self.held(), ids)
        self.release.start()
        wait_for(lambda: sorted(self.deliveries()) == [1, 2, 3, 4, 5], "all delivered")
        wait_for(lambda: "held mail cannot be released" not in self.status(), "the daemon to be content")

    def test_without_signpost_release_mail_is_deferred(self):
        self.send_some(2)
        self.release.stop()
        with self.postfix.client("shop") as client, self.assertRaises(smtplib.SMTPDataError) as deferred:
            client.sendmail("orders@shop.example", ["ann@example.org"], self.text())
        self.assertEqual(deferred.exception.smtp_code, 451)
        self.signpostd.wait_for(stage="message", action="defer", reason="hold-unavailable")
        self.assertEqual(self.held(), set())
        self.release.start()

    def test_an_operator_releases_and_drops(self):
        lines = self.send_some(5)
        ids = [line["qid"] for line in lines[2:]]
        wait_for(lambda: self.held() == set(ids), "three held")
        self.signpostd.ctl("held", "drop", ids[0])
        self.signpostd.ctl("held", "release", lines[4]["id"])
        wait_for(lambda: self.held() == {ids[1]}, "one held")
        self.signpostd.ctl("held", "release", "all")
        wait_for(lambda: sorted(self.deliveries()) == [1, 2, 4, 5], "all but the dropped one")
        self.assertEqual(len(self.signpostd.find(stage="release", reason="operator", action="drop")), 1)

    def test_who_is_suppressed_meanwhile_gets_nothing(self):
        lines = self.send_some(3)
        wait_for(lambda: self.held() == {lines[2]["qid"]}, "one held")
        self.signpostd.ctl("suppress", "add", "ann@example.org")
        self.open_limit()
        self.signpostd.wait_for(stage="release", action="refuse", reason="suppressed")
        self.signpostd.ctl("suppress", "del", "ann@example.org")
        wait_for(lambda: any(one.recipients == ["orders@shop.example"] for one in self.sink.all()), "a bounce to the sender")
        self.postfix.wait_until_empty()
        self.assertEqual(sorted(self.deliveries()), [1, 2])

    def test_a_message_is_sent_later(self):
        due = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=14)).replace(microsecond=0)
        text = f"Signpost-Send-At: {due.isoformat()}\n" + TEXT.format(to="ann@example.org", subject=f"{self.subject} 1")
        self.send(["ann@example.org"], wire(text))
        line = self.signpostd.wait_for(stage="message", action="hold", reason="send-at")[-1]
        wait_for(lambda: self.held() == {line["qid"]}, "it to be held")
        self.assertIn(f"waits-for=send-at due={due.strftime('%Y-%m-%dT%H:%M:%S')}", self.signpostd.ctl("held", "list"))
        wait_for(lambda: self.deliveries() == [1], "it to be delivered")
        self.assertGreaterEqual(datetime.datetime.now(datetime.timezone.utc), due)
        delivery = self.sink.all()[-1]
        self.assertEqual(email.utils.parsedate_to_datetime(delivery.field("Date")), due)
        self.assertIsNone(delivery.field("Signpost-Send-At"))
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)

    def test_a_time_that_cannot_be_is_refused(self):
        for when in ("2020-01-01T00:00:00Z", "tomorrow"):
            text = f"Signpost-Send-At: {when}\n" + TEXT.format(to="ann@example.org", subject=f"{self.subject} 1")
            with self.assertRaises(smtplib.SMTPDataError) as refused:
                self.send(["ann@example.org"], wire(text))
            self.assertEqual(refused.exception.smtp_code, 550)
            self.assertIn(b"Signpost-Send-At", refused.exception.smtp_error)


if __name__ == "__main__":
    cases.main()
