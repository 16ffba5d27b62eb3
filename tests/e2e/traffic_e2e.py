#!/usr/bin/python3
"""Eight connections at once, ten thousand listings, four limits: every client's answer, the policy log and the sink must tell the
same story, and every delivered message must be signed and have its link rewritten.
"""
import collections
import random
import smtplib
import threading

from scenario import CONFIG, NEWSLETTER, Scenario, wire
import cases
from verify import dkimpy_verdicts

CONNECTIONS = 8
MESSAGES = 25


class Traffic(Scenario):
    config = CONFIG + """
[[limit]]
name = "login-hour"
key  = ["login"]
rate = ["100k/h"]
[[limit]]
name = "domain-hour"
key  = ["login", "rcpt_domain"]
rate = ["60/h", "500/d"]
when = { stream = ["bulk"] }
[[limit]]
name  = "pace"
key   = ["tenant"]
rate  = ["10k/s"]
burst = 1000
[[limit]]
name   = "volume"
key    = ["tenant"]
rate   = ["1GB/d"]
weight = "bytes"
"""

    def test_log_and_sink_agree(self):
        listed = [f"user{number}@example{number % 50}.net" for number in range(10000)]
        imported = self.signpostd.directory / "list"
        imported.write_text("\n".join(listed) + "\n")
        self.signpostd.ctl("suppress", "import", imported, "reason=hard-bounce")
        answers, lock = {}, threading.Lock()

        def worker(number):
            choose = random.Random(number)
            client = self.postfix.client("shop")
            for turn in range(MESSAGES):
                subject = f"traffic {number}-{turn}"
                recipients = [f"u{number}-{turn}-{i}@d{choose.randrange(4)}.example.org" for i in range(3)]
                recipients += choose.sample(listed, choose.randrange(3))
                message = wire(NEWSLETTER.format(to="all@example.org", subject=subject))
                try:
                    refused = client.sendmail("news@shop.example", recipients, message)
                except smtplib.SMTPRecipientsRefused as error:
                    refused = error.recipients
                with lock:
                    answers[subject] = {address: refused.get(address, (250, b""))[0] for address in recipients}
            client.quit()

        threads = [threading.Thread(target=worker, args=(number,)) for number in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), CONNECTIONS * MESSAGES)
        self.postfix.wait_until_empty()

        self.check_sink(answers)
        self.check_answers(answers, set(listed))
        self.check_log(answers)

    def check_sink(self, answers):
        arrived = collections.defaultdict(set)
        for delivery in self.sink.all():
            arrived[delivery.field("Subject")].update(delivery.recipients)
            self.assertEqual(dkimpy_verdicts(delivery.raw, self.zone), [True])
            self.assertIn(b"https://click.example.com/c/", delivery.body.replace(b"=\r\n", b""))
        accepted = {subject: {a for a, code in codes.items() if code == 250} for subject, codes in answers.items()}
        self.assertEqual({s: a for s, a in accepted.items() if a}, dict(arrived))

    def check_answers(self, answers, listed):
        by_domain = collections.Counter()
        for codes in answers.values():
            for address, code in codes.items():
                self.assertEqual(code == 550, address in listed, (address, code))
                if code == 250:
                    by_domain[address.partition("@")[2]] += 1
        # Four domains share 600 unlisted recipients: each is cut off at exactly its quota.
        self.assertEqual(set(by_domain.values()), {60}, by_domain)

    def check_log(self, answers):
        total = CONNECTIONS * MESSAGES
        self.signpostd.wait_for(total, stage="message")
        refused = sum(code == 550 for codes in answers.values() for code in codes.values())
        deferred = sum(code == 451 for codes in answers.values() for code in codes.values())
        accepted = sum(code == 250 for codes in answers.values() for code in codes.values())
        self.assertEqual(len(self.signpostd.find(stage="rcpt", action="refuse", reason="suppressed")), refused)
        self.assertEqual(len(self.signpostd.find(stage="rcpt", action="defer", rule="domain-hour")), deferred)
        lines = self.signpostd.find(stage="message")
        self.assertEqual(len(lines), total)
        self.assertEqual(len({line["id"] for line in lines}), total)
        self.assertEqual(sum(int(line["rcpts"]) for line in lines), accepted)
        for line in lines:
            if line["action"] == "accept":
                self.assertEqual((line["rewritten"], line["dkim"]), ("1", "rsa1:shop.example"), line)


if __name__ == "__main__":
    cases.main()
