#!/usr/bin/python3
"""A message's whole life, told by `signpostctl why`: what was decided and changed, what Postfix' log says of each recipient, what
came back; over a rotated log and while signpostd is down; and a person who is erased from it."""
import re

from returns_e2e import BLOCKED, ReturnsHouse  # first: it also finds tests/support
import cases
from lab import wait_for
from scenario import CONFIG, FEEDBACK


class Why(ReturnsHouse):
    config = CONFIG + FEEDBACK + 'mail_log = "{dir}/../postfix/log/maillog"\n'

    def queue_id(self, recipient):
        """Of the newest message to it, once Postfix has logged what became of it."""
        self.postfix.wait_for_log(rf"to=<{re.escape(recipient)}>.*status=")
        found = re.findall(rf"postfix/\w+\[\d+\]: (\w+): to=<{re.escape(recipient)}>", self.postfix.log())
        return found[-1]

    def why(self, name):
        return self.signpostd.ctl("why", name)

    def wait_for_why(self, name, pattern):
        wait_for(lambda: re.search(pattern, self.why(name)), f"{pattern} in the life of {name}")
        return self.why(name)

    def counted(self, what):
        found = re.search(rf"tenant=shop stream=bulk.* {what}=(\d+)", self.signpostd.ctl("report", "bounces", "tenant=shop"))
        return int(found.group(1)) if found else 0

    def by_provider(self):
        return self.signpostd.ctl("report", "bounces", "tenant=shop", "by=provider")

    def test_a_delivered_message(self):
        self.newsletter_to("ann@example.org")
        queue_id = self.queue_id("ann@example.org")
        life = self.wait_for_why(queue_id, "stage=delivery")
        self.assertRegex(life, rf"qid={queue_id} stage=message action=accept .* dkim=rsa1:shop.example")
        self.assertRegex(life, r"stage=delivery action=accept tenant=shop stream=bulk to=ann@example.org relay=\S+ status=2")
        message_id = re.search(r"msgid=(\S+)", life).group(1)
        self.assertEqual(self.why(message_id), life)
        self.assertGreaterEqual(self.counted("delivered"), 1)

    def test_a_refused_one_with_what_it_means(self):
        self.sink.refuse["gone@example.org"] = "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown"
        self.newsletter_to("gone@example.org")
        queue_id = self.queue_id("gone@example.org")
        self.wait_for_why(queue_id, "stage=bounce")
        life = self.wait_for_why(queue_id, "stage=delivery")
        self.assertRegex(life, r"stage=delivery action=refuse .* class=hard class_reason=no-such-user .*means=.*remedy=")
        self.assertRegex(life, r"stage=bounce action=accept .*to=gone@example.org")
        self.sink.refuse["blocked@example.org"] = BLOCKED
        self.newsletter_to("blocked@example.org")
        life = self.wait_for_why(self.queue_id("blocked@example.org"), "stage=delivery")
        self.assertRegex(life, r"class=block class_reason=blocklist .*Spamhaus")
        self.assertRegex(self.by_provider(), r"tenant=shop stream=bulk provider=other .* hard=[1-9]\d* .* refusals=[1-9]\d* "
                                             r"refused-for=blocklist:[1-9]\d* hard-rate=- complaint-rate=-")

    def test_what_happens_meanwhile_counts_once(self):
        self.return_path_to("mia@example.org")
        queue_id = self.queue_id("mia@example.org")
        self.wait_for_why(queue_id, "stage=delivery")
        self.sink.refuse["late@example.org"] = "451 4.3.0 later"
        self.newsletter_to("late@example.org")
        late = self.queue_id("late@example.org")
        self.wait_for_why(late, "stage=delivery action=defer")
        before = self.counted("delivered")
        self.signpostd.kill()
        del self.sink.refuse["late@example.org"]
        self.postfix.wait_for_log(rf"{late}: to=<late@example.org>.*status=sent")
        log = self.postfix.log_file
        log.rename(log.with_name("maillog.1"))
        self.signpostd.start()
        self.newsletter_to("after@example.org")  # Postfix makes its log anew
        self.wait_for_why(late, "stage=delivery action=accept")
        wait_for(lambda: self.counted("delivered") >= before + 2, "both deliveries")
        self.assertEqual(self.counted("delivered"), before + 2)

    def test_a_person_is_erased(self):
        self.newsletter_to("eve@example.org")
        queue_id = self.queue_id("eve@example.org")
        self.wait_for_why(queue_id, "stage=delivery")
        self.assertIn("what=event", self.signpostd.ctl("subject", "show", "eve@example.org"))
        self.assertRegex(self.signpostd.ctl("subject", "erase", "eve@example.org"), r"what=event erased=[1-9]")
        self.assertNotIn("eve@example", self.why(queue_id))
        for path in (self.signpostd.directory / "store" / "events").iterdir():
            self.assertNotIn(b"eve@example.org", path.read_bytes())

    def test_the_records_to_publish(self):
        said = self.signpostd.ctl("feedback", "records", "host=mail.example.com", "ip=192.0.2.1,2001:db8::1")
        self.assertIn('name=bounce.example.com type=MX value="10 mail.example.com."', said)
        self.assertIn('type=TXT value="v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"', said)
        self.assertIn("not-aligned=", said)


if __name__ == "__main__":
    cases.main()
