#!/usr/bin/python3
"""A newsletter's whole way: sent through Postfix, its link clicked and its unsubscribe used at signpost-web, and what
signpostd makes of both, with either program down in between."""
import http.client
import random
import re
import shutil
import signal
import urllib.parse

from scenario import Scenario, body_of  # first: it also finds tests/support
import cases
from browser import browse
from postfix import Postfix
from lab import Child, free_port, is_listening, run, wait_for

HOST = "click.example.com"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class Hits(Scenario):
    @classmethod
    def prepare(cls):
        (cls.signpostd.directory / "web-spool").mkdir()
        cls.ports = (free_port(), free_port())
        cls.smtp_port = free_port()
        ring = cls.signpostd.directory / "keys" / "list.keys"
        run(cls.signpostd.programs / "signpostctl", "key", "new", ring)
        cls.signpostd.write_config(cls.config + f"""
[suppression]
key_file = "{ring}"
[unsubscribe]
notify = "ops@shop.example"
smtp   = "127.0.0.1:{cls.smtp_port}"
[web]
listen  = "127.0.0.1:{cls.ports[0]}"
metrics = "127.0.0.1:{cls.ports[1]}"
""")
        cls.starts = 0
        cls.start_web()
        cls.addClassCleanup(lambda: cls.web.is_running() and cls.web.stop())

    @classmethod
    def make_postfix(cls):
        return Postfix(cls.lab, cls.sink.port, cls.signpostd.milter, cls.settings, port=cls.smtp_port)

    def notices(self, campaign):
        """What Postfix has delivered to the tenant about a campaign."""
        return [delivery for delivery in self.sink.all()
                if delivery.recipients == ["ops@shop.example"] and f'"campaign {campaign}"' in body_of(delivery.raw)]

    @classmethod
    def start_web(cls):
        cls.starts += 1
        cls.web = Child([cls.signpostd.programs / "signpost-web", "-c", cls.signpostd.config_file],
                        cls.lab.directory / f"web-{cls.starts}.out")
        wait_for(lambda: is_listening(cls.ports[0]) or not cls.web.is_running(), "signpost-web to listen")
        if not cls.web.is_running():
            raise RuntimeError("signpost-web did not start: " + cls.web.text())

    def ask(self, method, url, body=None):
        parts = urllib.parse.urlsplit(url)
        self.assertEqual(parts.netloc, HOST)
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=20)
        headers = {"Host": HOST, "User-Agent": BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, parts.path, body=body, headers=headers)
        response = connection.getresponse()
        answer = response.status, response.headers, response.read().decode()
        connection.close()
        return answer

    def newsletters(self, recipients, campaign):
        """Sends one to each; the deliveries by recipient."""
        extra = f"Signpost-Campaign: {campaign}\r\n".encode()
        for recipient in recipients:
            self.assertEqual(self.send([recipient], extra + self.newsletter(recipient), "news@shop.example"), {})
        return {delivery.recipients[0]: delivery for delivery in self.delivered(len(recipients))}

    def report(self, campaign):
        """The numbers of the campaign's first line; none as long as nothing is counted."""
        try:
            line = self.signpostd.ctl("report", "campaign", campaign).splitlines()[1]
        except RuntimeError:
            return {}
        return {key: int(value) for key, value in re.findall(r"(\S+)=(\d+)", line)}

    def check_map(self, campaign, *options):
        """The click map of three clicks on the one link of the message, as it is written and as a browser shows it."""
        out = self.lab.directory / "map.html"
        self.signpostd.ctl("report", "map", campaign, "-o", out, *options)
        self.expect_three_clicks(out.read_text(), campaign)
        with self.subTest("in a browser"):
            if not shutil.which("chromium"):
                self.skipTest("no chromium")
            shown = browse(self.lab.directory, out, "--dump-dom")
            self.expect_three_clicks(shown, campaign)

    def expect_three_clicks(self, text, campaign):
        self.assertIn(f"<h1>{campaign}</h1>", text)
        self.assertRegex(text, r'<a class="l k5" href="#link-1" aria-label="Link 1: 100 % of the clicks">')
        self.assertRegex(text, r'<td class="u">shop.example/november</td>\s*<td class="d">3</td>')
        self.assertIn("0 opens and 3 clicks from", text)

    def test_clicks_are_counted(self):
        people = [f"p{number}@example.org" for number in range(10)]
        deliveries = self.newsletters(people, "november")
        links = {re.search(r'href="(https://click[^"]+)"', body_of(delivery.raw)).group(1)
                 for delivery in deliveries.values()}
        self.assertEqual(len(links), 1, "anonymous links tell nobody apart")
        link = links.pop()
        for _ in range(3):
            status, fields, _ = self.ask("GET", link)
            self.assertEqual((status, fields["Location"]), (302, "https://shop.example/november?a=1&b=2"))
        self.ask("HEAD", link)
        wait_for(lambda: self.report("november").get("clicks") == 3, "three clicks in the report")
        self.assertEqual(self.report("november")["recipients"], 10)
        streams = self.signpostd.ctl("report", "campaign", "november", "stream=bulk").splitlines()
        self.assertIn("tenant=shop stream=bulk recipients=10 clicks=3 ", streams[1])
        self.assertEqual(len(streams), 3)
        self.assertIn("place=https://shop.example/november", self.signpostd.ctl("report", "campaign", "november"))
        wait_for(lambda: "picture=" in self.signpostd.ctl("report", "campaign", "november", "picture=yes"),
                 "the picture to be kept")
        self.check_map("november")
        sample = self.lab.directory / "sample.eml"
        sample.write_bytes(next(iter(deliveries.values())).raw)
        self.check_map("november", "--sample", sample, "--keys", self.signpostd.directory / "keys/tracking.keys")
        store = (self.signpostd.directory / "store" / "list.mdb").read_bytes()
        for person in people:
            self.assertNotIn(person.split("@")[0].encode() + b"@", store)

    def test_one_click_unsubscribe_and_its_undo(self):
        delivery = self.newsletters(["ann@example.org"], "leave")["ann@example.org"]
        self.assertEqual(delivery.field("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click")
        signature = delivery.field("DKIM-Signature")
        self.assertIn("list-unsubscribe", signature)
        url = delivery.field("List-Unsubscribe").strip("<>")
        for method in ("GET", "HEAD", "OPTIONS"):
            self.assertLess(self.ask(method, url)[0], 300)
        self.assertEqual(self.send(["ann@example.org"], self.newsletter(), "news@shop.example"), {}, "nothing has changed")
        status, _, page = self.ask("POST", url, "List-Unsubscribe=One-Click")
        self.assertEqual(status, 200)
        self.assertNotIn("ann@", page)
        self.signpostd.wait_for(stage="unsubscribe", action="accept", to="ann@example.org", campaign="leave")
        refused = self.refusals(["ann@example.org"], message=self.newsletter(), sender="news@shop.example")
        self.assertEqual(refused["ann@example.org"][0], 550)
        self.assertEqual(self.send(["ann@example.org"]), {}, "other streams still reach her")
        self.assertEqual(self.report("leave")["unsubscribes"], 1)

        undo = re.search(r'name="undo" value="([^"]+)"', page).group(1)
        self.assertEqual(self.ask("POST", url, urllib.parse.urlencode({"undo": undo}))[0], 200)
        self.signpostd.wait_for(stage="unsubscribe", reason="undo")
        self.assertEqual(self.send(["ann@example.org"], self.newsletter(), "news@shop.example"), {})

    def test_who_is_erased_at_once_has_left_all_the_same(self):
        delivery = self.newsletters(["eva@example.org"], "erased")["eva@example.org"]
        url = delivery.field("List-Unsubscribe").strip("<>")
        self.assertEqual(self.ask("POST", url, "List-Unsubscribe=One-Click")[0], 200)
        self.assertIn("kind=unsubscribe", self.signpostd.ctl("subject", "show", "eva@example.org"))
        self.assertIn("what=listing erased=1", self.signpostd.ctl("subject", "erase", "eva@example.org"))
        shown = self.signpostd.ctl("subject", "show", "eva@example.org")
        self.assertIn("address=hmac:", shown)
        self.assertNotIn("what=hit", shown)
        spool = b"".join(file.read_bytes() for file in (self.signpostd.directory / "web-spool").glob("*.spool"))
        self.assertNotIn(url.rsplit("/", 1)[1].encode(), spool)
        refused = self.refusals(["eva@example.org"], message=self.newsletter(), sender="news@shop.example")
        self.assertEqual(refused["eva@example.org"][0], 550)
        # What she asks once more from another mail of the same day stays a hash.
        self.assertEqual(self.ask("POST", url, "List-Unsubscribe=One-Click")[0], 200)
        wait_for(lambda: self.report("erased").get("unsubscribes") == 2, "the second time")
        self.assertNotIn("address=eva@", self.signpostd.ctl("subject", "show", "eva@example.org"))

    def test_the_tenant_is_told_of_an_unsubscribe(self):
        deliveries = self.newsletters([f"{name}@example.org" for name in ("dora", "emil", "fred")], "told")

        def leave(person):
            url = deliveries[person].field("List-Unsubscribe").strip("<>")
            self.assertEqual(self.ask("POST", url, "List-Unsubscribe=One-Click")[0], 200)
            self.signpostd.wait_for(stage="unsubscribe", action="accept", to=person)

        leave("dora@example.org")
        wait_for(lambda: self.notices("told"), "the mail to the tenant")
        notice = self.notices("told")[0]
        self.assertEqual((notice.sender, notice.field("To"), notice.field("Auto-Submitted")),
                         ("", "<ops@shop.example>", "auto-generated"))
        self.assertIn("tenant=shop stream=bulk", body_of(notice.raw))
        self.assertNotIn(b"dora", notice.raw, "the mode is anonymous")
        self.assertEqual(self.report("told")["unsubscribes"], 1)

        self.postfix.stop()  # nobody to tell it to: the listing stands all the same, and nothing waits
        leave("emil@example.org")
        wait_for(lambda: "unsubscribe.notify: 127.0.0.1:" in self.signpostd.child.text(), "the failure in the daemon's log")
        leave("fred@example.org")
        self.postfix.start()

    def test_either_side_may_be_down(self):
        delivery = self.newsletters(["bob@example.org"], "down")["bob@example.org"]
        url = delivery.field("List-Unsubscribe").strip("<>")
        self.signpostd.kill()
        self.assertEqual(self.ask("POST", url, "unsubscribe=yes")[0], 200, "the web program keeps it")
        self.web.stop(signal.SIGKILL)
        self.signpostd.start()
        self.signpostd.wait_for(stage="unsubscribe", action="accept", to="bob@example.org")
        self.refusals(["bob@example.org"], message=self.newsletter(), sender="news@shop.example")
        self.start_web()
        self.assertEqual(self.report("down")["unsubscribes"], 1)

    def test_killed_again_and_again_each_click_counts_once(self):
        people = [f"k{number}@example.org" for number in range(10)]
        delivery = self.newsletters(people, "kills")[people[0]]
        link = re.search(r'href="(https://click[^"]+)"', body_of(delivery.raw)).group(1)
        wait_for(lambda: self.report("kills").get("recipients") == 10, "the recipients in the report")
        chance = random.Random(8)
        clicks = 0
        for _ in range(8):
            for _ in range(chance.randrange(1, 40)):
                self.assertEqual(self.ask("GET", link)[0], 302)
                clicks += 1
            self.signpostd.kill()  # wherever it is with those
            self.signpostd.start()
        wait_for(lambda: self.report("kills")["clicks"] >= clicks, "all clicks in the report")
        self.web.stop()
        self.signpostd.kill()
        self.signpostd.start()
        wait_for(lambda: not list((self.signpostd.directory / "web-spool").glob("hits-*")), "the spool to be empty")
        self.start_web()
        self.assertEqual(self.report("kills")["clicks"], clicks)

    def test_blocked_links_lead_nowhere(self):
        delivery = self.newsletters(["carl@example.org"], "phish")["carl@example.org"]
        link = re.search(r'href="(https://click[^"]+)"', body_of(delivery.raw)).group(1)
        self.assertEqual(self.ask("GET", link)[0], 302)
        self.signpostd.ctl("link", "block", "campaign=phish", "note=taken over")
        wait_for(lambda: self.ask("GET", link)[0] == 410, "the link to be switched off")
        self.assertIn("taken over", self.signpostd.ctl("link", "blocked"))
        self.signpostd.ctl("link", "unblock", "campaign=phish")
        wait_for(lambda: self.ask("GET", link)[0] == 302, "the link to be switched on again")


if __name__ == "__main__":
    cases.main()
