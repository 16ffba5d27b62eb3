#!/usr/bin/python3
"""signpost-web as it is installed: one process, its spool and its files, without the daemon."""
import re
import resource
import signal
import socket
import urllib.parse

from web_scenario import TARGET, WebScenario  # first: it also finds tests/support
import cases
from lab import is_listening, run, wait_for


class Alone(WebScenario):
    def test_a_click_redirects_and_is_kept(self):
        web = self.start()
        path = web.mint("click", TARGET, "anonymous")
        answer = web.ask("GET", path + "?utm_source=x")
        self.assertEqual(answer.status, 302)
        self.assertEqual(answer.fields["Location"], TARGET)
        self.assertEqual(answer.fields["Cache-Control"], "no-store")
        self.assertEqual(answer.fields["Referrer-Policy"], "no-referrer")
        self.assertEqual(answer.fields["X-Robots-Tag"], "noindex")
        self.assertEqual(web.ask("GET", web.mint("open", "anonymous")).fields["Content-Type"], "image/gif")
        for method in ("HEAD", "OPTIONS", "POST", "PUT"):
            web.ask(method, path, body="x=1" if method in ("POST", "PUT") else None)
        self.assertEqual(web.child.stop(), 0)
        hits = web.hits()
        self.assertEqual([hit.split()[:3] for hit in hits],
                         [["click", "human", "browser"], ["open", "human", "mail-client"]])
        self.assertEqual("/c/" + hits[0].split()[3], path)
        self.assertEqual(web.hits(), [], "read once")

    def test_an_unsubscribe_is_on_disk_before_its_answer(self):
        web = self.start()
        path = web.mint("unsubscribe", "ann@example.org")
        page = web.ask("GET", path)
        self.assertEqual(page.status, 200)
        self.assertNotIn("ann@", page.body)
        self.assertNotIn("<script", page.body)
        answer = web.ask("POST", path, "List-Unsubscribe=One-Click")
        self.assertEqual(answer.status, 200)
        web.child.stop(signal.SIGKILL)
        self.assertEqual([hit.split()[:3] for hit in web.hits()], [["unsubscribe", "human", "one-click"]])

        web = self.start()
        undo = re.search(r'name="undo" value="([^"]+)"', answer.body).group(1)
        self.assertEqual(web.ask("POST", path, urllib.parse.urlencode({"undo": undo})).status, 200)
        other = web.mint("unsubscribe", "bob@example.org")
        self.assertEqual(web.ask("POST", other, urllib.parse.urlencode({"undo": undo})).status, 404)
        web.child.stop(signal.SIGKILL)
        self.assertEqual([hit.split()[0] for hit in web.hits()], ["undo"])

    def test_what_cannot_be_kept_is_not_said_to_be_done(self):
        no_room = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))  # noqa: E731
        web = self.start(preexec_fn=no_room)
        answer = web.ask("POST", web.mint("unsubscribe", "ann@example.org"), "unsubscribe=yes")
        self.assertEqual(answer.status, 503)
        self.assertIn("Retry-After", answer.fields)
        self.assertEqual(web.ask("GET", web.mint("click", TARGET, "anonymous")).status, 302, "links still lead on")
        self.assertEqual(web.ask("GET", "/healthz").status, 503)

    def test_only_identified_links_keep_an_address(self):
        web = self.start()
        for mode in ("anonymous", "pseudonymous", "identified"):
            web.ask("GET", web.mint("click", TARGET, mode), X_Forwarded_For="203.0.113.9, 192.0.2.7")
        web.child.stop()
        self.assertEqual([hit.split("client=")[1] for hit in web.hits()], ["", "", "192.0.2.7"])

    def test_the_kill_switch_outlives_its_file(self):
        web = self.start()
        path = web.mint("click", TARGET, "anonymous")
        self.assertEqual(web.ask("GET", path).status, 302)
        web.write_blocks("host shop.example")
        wait_for(lambda: web.ask("GET", path).status == 410, "the switch")
        self.assertEqual(web.ask("GET", "/healthz").status, 200)
        web.blocks.unlink()
        wait_for(lambda: web.ask("GET", "/healthz").status == 503, "red health")
        self.assertEqual(web.ask("GET", path).status, 410)
        web.child.stop()
        self.start()
        self.assertEqual(web.ask("GET", path).status, 410, "also after a restart")
        web.write_blocks()
        wait_for(lambda: web.ask("GET", path).status == 302, "the switch to open")
        wait_for(lambda: "working again" in web.log(), "the word that it is")

    def test_pages_speak_the_readers_language_and_name_the_sender(self):
        web = self.web
        web.write_config('page_name = "Example Mailing"\npage_contact = "post@example.com"',
                         '[[tenant]]\nname = "default"\ntracking = { page_name = "Acme Shop" }')
        self.start()
        page = web.ask("GET", web.mint("unsubscribe", "ann@example.org"), Accept_Language="de-AT, en;q=0.5").body
        for text in ('<html lang="de">', ">Abmelden</button>", "post@example.com"):
            self.assertIn(text, page)
        self.assertIn("Sender: Example Mailing<", web.ask("GET", "/", Accept_Language="fi").body)

    def test_apps_find_their_files_and_links(self):
        web = self.web
        apple, android = '{"applinks": {"details": []}}', "[]"
        for name, text in (("apple", apple), ("android", android)):
            (web.directory / name).write_text(text)
        web.write_config(f'apple_app_site_association = "{web.directory}/apple"\nassetlinks = "{web.directory}/android"')
        self.start()
        for path, text in (("apple-app-site-association", apple), ("assetlinks.json", android)):
            answer = web.ask("GET", "/.well-known/" + path)
            self.assertEqual((answer.status, answer.fields["Content-Type"], answer.body), (200, "application/json", text))
        answer = web.ask("GET", web.mint("click", TARGET, "anonymous").replace("/c/", "/a/", 1))
        self.assertEqual((answer.status, answer.fields["Location"]), (302, TARGET))

    def test_reload_takes_over_or_changes_nothing(self):
        web = self.start()
        path = web.mint("click", TARGET, "anonymous")
        web.write_config('hosts = ["click.example.com", "more.example.com"]')
        self.assertEqual(web.ask("GET", path, host="more.example.com").status, 421)
        web.child.send_signal(signal.SIGHUP)
        wait_for(lambda: web.ask("GET", path, host="more.example.com").status == 302, "the new host")
        web.write_config('hosts = ["click.example.com"]\nhostz = []')
        web.child.send_signal(signal.SIGHUP)
        wait_for(lambda: "the running one stays in use" in web.log(), "the error")
        self.assertIn("did you mean 'hosts'?", web.log())
        self.assertEqual(web.ask("GET", path, host="more.example.com").status, 302)

    def test_old_links_outlive_a_rotation_until_their_key_is_revoked(self):
        web = self.start()
        old = web.mint("click", TARGET, "anonymous")
        run(web.programs / "signpostctl", "key", "rotate", web.ring)
        new = web.mint("click", TARGET, "anonymous")
        self.assertEqual(web.ask("GET", new).status, 404, "a key that it has not read yet")
        web.child.send_signal(signal.SIGHUP)
        wait_for(lambda: web.ask("GET", new).status == 302, "the new key")
        self.assertEqual(web.ask("GET", old).status, 302)
        run(web.programs / "signpostctl", "key", "revoke", web.ring)
        web.child.send_signal(signal.SIGHUP)
        wait_for(lambda: web.ask("GET", old).status == 404, "the revoked key to end")
        self.assertEqual(web.ask("GET", new).status, 302)

    def test_pages_can_be_replaced(self):
        pages = self.web.directory / "pages"
        pages.mkdir(exist_ok=True)
        (pages / "unsubscribe.html").write_text('<!DOCTYPE html><html lang="de"><title>Abmelden</title>'
                                                '<form method="post" action="{{action}}"><input type="hidden" '
                                                'name="unsubscribe" value="ja"><button>Abmelden</button></form>')
        self.web.write_config(f'pages = "{pages}"')
        web = self.start()
        path = web.mint("unsubscribe", "ann@example.org")
        self.assertIn(f'action="{path}"', web.ask("GET", path).body)
        self.assertIn("Abmelden", web.ask("GET", path).body)
        (pages / "unsubscribe.html").write_text("no form")
        code, text = web.check()
        self.assertEqual(code, 78)
        self.assertIn("unsubscribe.html: the page 'unsubscribe' needs the placeholder {{action}}", text)

    def test_metrics_have_their_own_listener(self):
        web = self.start()
        web.ask("GET", web.mint("click", TARGET, "anonymous"))
        self.assertEqual(web.ask("GET", "/metrics").status, 404)
        answer = web.ask("GET", "/metrics", port=web.ports[1], host="localhost")
        self.assertEqual(answer.status, 200)
        self.assertIn('signpost_web_hits_total{kind="click",grade="human"} 1', answer.body)
        self.assertIn('signpost_web_responses_total{status="302"} 1', answer.body)

    def test_a_stop_ends_what_has_begun(self):
        web = self.start()
        with socket.create_connection(("127.0.0.1", web.ports[0])) as half:
            half.sendall(b"GET / HTTP/1.1\r\nHost: click.example.com\r\n")
            wait_for(lambda: "signpost_web_connections_open 2" in
                     web.ask("GET", "/metrics", port=web.ports[1]).body, "the connection")
            web.child.send_signal(signal.SIGTERM)
            wait_for(lambda: not is_listening(web.ports[0]), "the door to close")
            half.sendall(b"\r\n")
            answer = half.makefile("rb").read()
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer[:200])
        self.assertIn(b"Connection: close\r\n", answer)
        self.assertEqual(web.child.stop(), 0)

    def test_it_knows_nothing_of_store_milter_and_signing_keys(self):
        libraries = run("readelf", "-d", self.web.programs / "signpost-web")
        for name in ("lmdb", "milter"):
            self.assertNotIn(name, libraries)
        # A key that nobody could read, and a table that signpostd would refuse, are none of its business.
        self.web.write_config(tables='[milter]\nmode = "nonsense"\n[[dkim.key]]\ndomain = "shop.example"\n'
                                     'selector = "s1"\nfile = "/nonexistent/key.pem"\n')
        self.assertEqual(self.web.check()[0], 0)
        self.assertIn("no error", self.web.check()[1])

    def test_errors_name_their_place(self):
        for web, code, text in (('listen = "8880"', 78, "signpost.toml"),
                                ('hosts = ["https://click.example.com"]', 78, "expected a host name alone"),
                                ('trusted_proxies = ["nobody"]', 78, "web.trusted_proxies")):
            config = self.web.config.read_text()
            name = web.split(" ")[0]
            lines = [line for line in config.splitlines() if not line.startswith(name)]
            self.web.config.write_text("\n".join(lines) + "\n" + web + "\n")
            self.assertEqual(self.web.check()[0], code, web)
            self.assertIn(text, self.web.check()[1])
            self.web.write_config()
        self.web.config.rename(self.web.directory / "away.toml")
        self.assertEqual(self.web.check()[0], 66)

    def test_a_missing_spool_is_an_error_at_the_start(self):
        self.web.write_config()
        self.web.config.write_text(self.web.config.read_text().replace(str(self.web.spool), "/nonexistent/spool"))
        web = self.start()
        self.assertEqual(web.child.process.wait(timeout=20), 73)
        self.assertIn("web.spool: /nonexistent/spool", web.log())


if __name__ == "__main__":
    cases.main()
