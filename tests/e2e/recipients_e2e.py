#!/usr/bin/python3
"""Recipients refused, deferred and dropped through a real Postfix: what the client is told, what is delivered, what is logged."""

from scenario import CONFIG, MX, Scenario
import cases
from verify import expect_valid


class Suppression(Scenario):
    def test_one_refused_among_accepted(self):
        self.signpostd.ctl("suppress", "add", "bob@example.org", "reason=hard-bounce")
        refused = self.send(["ann@example.org", "bob@example.org", "carl@example.net"])
        self.assertEqual(list(refused), ["bob@example.org"])
        code, text = refused["bob@example.org"]
        self.assertEqual(code, 550)
        self.assertTrue(text.startswith(b"5.7.1"), text)
        delivery, = self.delivered(1)
        self.assertEqual(sorted(delivery.recipients), ["ann@example.org", "carl@example.net"])
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.signpostd.wait_for(stage="rcpt", action="refuse", reason="suppressed", to="bob@example.org")
        self.signpostd.wait_for(stage="message", action="accept", rcpts="2", dropped="0")

    def test_all_refused(self):
        self.signpostd.ctl("suppress", "add", "@gone.example", "reason=dead-domain", "subdomains=yes")
        before = len(self.signpostd.find(stage="message", reason="all-refused"))
        refused = self.refusals(["x@gone.example", "y@mail.gone.example"])
        self.assertEqual([code for code, _ in refused.values()], [550, 550])
        self.delivered(0)
        self.signpostd.wait_for(before + 1, stage="message", action="refuse", reason="all-refused")

    def test_listing_deleted_again(self):
        self.signpostd.ctl("suppress", "add", "eve@example.org", "reason=manual")
        self.refusals(["eve@example.org"])
        self.signpostd.ctl("suppress", "del", "eve@example.org")
        self.assertEqual(self.send(["eve@example.org"]), {})
        self.delivered(1)

    def test_local_submission_drops(self):
        self.signpostd.ctl("suppress", "add", "bob@example.org", "reason=hard-bounce")
        self.submit("bob@example.org, ann@example.org")
        delivery, = self.delivered(1)
        self.assertEqual(delivery.recipients, ["ann@example.org"])
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        self.signpostd.wait_for(stage="message", action="accept", rcpts="1", dropped="1", client="local")

    def test_local_submission_all_suppressed_bounces(self):
        self.signpostd.ctl("suppress", "add", "bob@example.org", "reason=hard-bounce")
        self.submit("bob@example.org")
        self.signpostd.wait_for(stage="message", action="refuse", reason="suppressed", client="local")
        # Postfix tells the local sender, and keeps nothing in the maildrop.
        self.postfix.wait_for_log(r"to=<bob@example\.org>.*status=bounced")
        self.postfix.wait_until_empty()

    def submit(self, to):
        self.postfix.submit_locally(
            f"From: root@mx.example\nTo: {to}\nSubject: {self.subject}\n\nlocal\n", sender="root@mx.example")


class Connections(Scenario):
    settings = MX

    def test_two_messages_on_one_connection(self):
        self.signpostd.ctl("suppress", "add", "bob@example.org", "reason=trap")
        client = self.postfix.client("shop")
        self.assertEqual(list(client.sendmail("orders@shop.example", ["ann@example.org", "bob@example.org"], self.text())),
                         ["bob@example.org"])
        self.assertEqual(client.sendmail("orders@shop.example", ["carl@example.org"], self.text()), {})
        client.quit()
        for delivery in self.delivered(2):
            expect_valid(self, delivery.raw, self.zone, self.lab.directory)
        conns = {line["conn"] for line in self.signpostd.wait_for(2, stage="message", action="accept")[-2:]}
        self.assertEqual(len(conns), 1, "both came over one milter connection")

    def test_refusal_by_the_far_side_bounces(self):
        self.sink.refuse["nobody@example.org"] = "550 5.1.1 No such user"
        self.assertEqual(self.send(["nobody@example.org", "ann@example.org"]), {})
        self.delivered(1)
        notices = [delivery for delivery in self.sink.all() if delivery.sender == ""]
        self.assertEqual([notice.recipients for notice in notices], [["orders@shop.example"]])
        self.assertIn(b"550 5.1.1 No such user", notices[0].body)

    def test_reset_between(self):
        client = self.postfix.client("shop")
        self.assertEqual(client.mail("orders@shop.example")[0], 250)
        self.assertEqual(client.rcpt("first@example.org")[0], 250)
        self.assertEqual(client.rset()[0], 250)
        client.sendmail("orders@shop.example", ["second@example.org"], self.text())
        client.quit()
        delivery, = self.delivered(1)
        self.assertEqual(delivery.recipients, ["second@example.org"])
        self.signpostd.wait_for(stage="message", action="pass", reason="aborted")

    def test_mail_from_outside_passes_untouched(self):
        self.signpostd.ctl("suppress", "add", "dave@example.org", "reason=trap")
        self.assertEqual(self.stranger("orders@shop.example", recipients=["dave@example.org"]), {})
        delivery, = self.delivered(1)
        self.assertIsNone(delivery.field("DKIM-Signature"))
        self.signpostd.wait_for(stage="message", action="pass", reason="not-outbound")


class Limits(Scenario):
    config = CONFIG + """
[[limit]]
name = "login-hour"
key  = ["login"]
rate = ["3/h"]
"""

    def test_1_deferred_above_the_limit(self):
        everyone = [f"r{number}@example.org" for number in range(5)]
        refused = self.send(everyone)
        self.assertEqual(sorted(refused), ["r3@example.org", "r4@example.org"])
        for code, text in refused.values():
            self.assertEqual(code, 451)
            self.assertRegex(text.decode(), r"^4\.7\.1 .*Limit login-hour reached, retry in \d+ s")
        delivery, = self.delivered(1)
        self.assertEqual(sorted(delivery.recipients), everyone[:3])
        self.signpostd.wait_for(2, stage="rcpt", action="defer", reason="limit", rule="login-hour")

    def test_2_kept_over_a_restart(self):
        self.signpostd.stop()
        self.signpostd.start()
        refused = self.refusals(["again@example.org"])
        self.assertEqual(refused["again@example.org"][0], 451)

    def test_3_reset_by_the_operator(self):
        self.signpostd.ctl("limit", "reset", "login-hour")
        self.assertEqual(self.send(["again@example.org"]), {})
        self.delivered(1)

    def test_4_an_aborted_message_gives_back(self):
        self.signpostd.ctl("limit", "reset", "login-hour")
        client = self.postfix.client("shop")
        client.mail("orders@shop.example")
        for number in range(3):
            self.assertEqual(client.rcpt(f"a{number}@example.org")[0], 250)
        self.assertEqual(client.rcpt("one-too-many@example.org")[0], 451)
        client.rset()
        client.quit()
        self.assertEqual(self.send([f"b{number}@example.org" for number in range(3)]), {})
        self.delivered(1)


class Cap(Scenario):
    """More recipients than one message may have: a client sends to the rest anew, the sendmail command gets a bounce."""
    config = CONFIG.replace("[[tenant]]\n", "[[tenant]]\nmax_recipients = 2\n", 1)

    def test_a_client_hears_452(self):
        refused = self.send(["a@example.org", "b@example.org", "c@example.org"])
        self.assertEqual(list(refused), ["c@example.org"])
        code, text = refused["c@example.org"]
        self.assertEqual(code, 452)
        self.assertRegex(text.decode(), r"^4\.5\.3 .*Too many recipients")
        delivery, = self.delivered(1)
        self.assertEqual(sorted(delivery.recipients), ["a@example.org", "b@example.org"])
        self.assertEqual(self.send(["c@example.org"]), {})
        self.delivered(2)

    def test_local_submission_bounces_as_a_whole(self):
        self.postfix.submit_locally(
            "From: root@shop.example\nTo: a@example.org, b@example.org, c@example.org\n"
            f"Subject: {self.subject}\n\nlocal\n", sender="root@shop.example")
        self.signpostd.wait_for(stage="message", action="refuse", reason="too-many-recipients", client="local")
        self.postfix.wait_for_log(r"to=<a@example\.org>.*status=bounced")
        self.postfix.wait_until_empty()
        self.delivered(0)


if __name__ == "__main__":
    cases.main()
