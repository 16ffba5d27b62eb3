#!/usr/bin/python3
"""signpost-web behind nginx and Caddy, with the snippets of contrib/."""
import os
import shutil
import socket
import ssl

from web_scenario import BROWSER, HOST, TARGET, WebScenario  # first: it also finds tests/support
import cases
from lab import SOURCE, Child, free_port, is_listening, run, wait_for


def make_certificate(directory):
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
        "-out", certificate, "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
    return key, certificate


class BehindAProxy(WebScenario):
    """The snippets of contrib/, as they stand there but for ports, files and names."""

    def speak(self, port, certificate, request):
        context = ssl.create_default_context(cafile=str(certificate))
        with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname=HOST) as secure:
                secure.sendall(request)
                return secure.makefile("rb").read()

    def check_proxy(self, port, certificate, files):
        web = self.web
        path = web.mint("click", TARGET, "identified")
        request = (f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {BROWSER}\r\nX-Forwarded-For: 203.0.113.9\r\n"
                   "Connection: close\r\n\r\n")
        answer = self.speak(port, certificate, request.encode()).decode()
        self.assertIn(f"ocation: {TARGET}\r\n", answer)
        unsubscribe = web.mint("unsubscribe", "ann@example.org")
        body = "List-Unsubscribe=One-Click"
        request = (f"POST {unsubscribe} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                   f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}")
        self.assertIn("You are unsubscribed", self.speak(port, certificate, request.encode()).decode())
        web.child.stop()
        # The backend is gone: what the proxy then writes must not hold a token either.
        self.assertIn(" 502 ", self.speak(port, certificate, request.encode()).decode().splitlines()[0] + " ")
        hits = web.hits()
        self.assertEqual([hit.split()[0] for hit in hits], ["click", "unsubscribe"])
        self.assertIn("client=127.0.0.1", hits[0], "the client's own X-Forwarded-For is not believed")
        for file in files:
            if file.exists():
                for token in (path[3:], unsubscribe[3:]):
                    self.assertNotIn(token, file.read_text(errors="replace"), file)

    def test_nginx(self):
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if nginx is None:
            self.skipTest("no nginx")
        web = self.start()
        directory = self.lab.directory / "nginx"
        directory.mkdir()
        key, certificate = make_certificate(directory)
        ports = (free_port(), free_port())
        text = (SOURCE / "contrib/nginx/signpost-web.conf").read_text()
        for old, new in (("127.0.0.1:8880", f"127.0.0.1:{web.ports[0]}"), ("listen 443", f"listen 127.0.0.1:{ports[0]}"),
                         ("listen 80;", f"listen 127.0.0.1:{ports[1]};"),
                         ("/var/log/nginx/signpost-web.error.log", str(directory / "site.log")),
                         ("/etc/ssl/click.example.com.pem", str(certificate)),
                         ("/etc/ssl/private/click.example.com.key", str(key))):
            self.assertIn(old, text)
            text = text.replace(old, new)
        text = "\n".join(line for line in text.splitlines() if "listen [::]" not in line)
        scratch = "".join(f"{name}_temp_path {directory};\n"
                          for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (directory / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {directory}/pid;\nerror_log {directory}/error.log;\nevents {{}}\n"
            f"http {{\naccess_log {directory}/access.log;\n{scratch}{text}\n}}\n")
        proxy = Child([nginx, "-c", directory / "nginx.conf", "-p", directory], directory / "output")
        self.addCleanup(proxy.stop)
        wait_for(lambda: is_listening(ports[0]) or not proxy.is_running(), "nginx to listen")
        self.assertTrue(proxy.is_running(), proxy.output.read_text())
        self.check_proxy(ports[0], certificate, [directory / "access.log", directory / "error.log", directory / "site.log",
                                                  proxy.output])

    def test_caddy(self):
        caddy = shutil.which("caddy")
        if caddy is None:
            self.skipTest("no caddy")
        web = self.start()
        directory = self.lab.directory / "caddy"
        directory.mkdir()
        key, certificate = make_certificate(directory)
        ports = (free_port(), free_port())
        text = (SOURCE / "contrib/caddy/Caddyfile").read_text()
        for old, new in (("127.0.0.1:8880", f"127.0.0.1:{web.ports[0]}"),
                         ("click.example.com {", f"{HOST}:{ports[0]} {{\n\ttls {certificate} {key}"),
                         ("{\n\tlog", f"{{\n\tadmin off\n\thttp_port {ports[1]}\n\thttps_port {ports[0]}\n\tlog")):
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        (directory / "Caddyfile").write_text(text)
        home = dict(os.environ, HOME=str(directory), XDG_DATA_HOME=str(directory), XDG_CONFIG_HOME=str(directory))
        proxy = Child([caddy, "run", "--config", directory / "Caddyfile", "--adapter", "caddyfile"], directory / "output",
                      env=home)
        self.addCleanup(proxy.stop)
        wait_for(lambda: is_listening(ports[0]) or not proxy.is_running(), "Caddy to listen")
        self.assertTrue(proxy.is_running(), proxy.output.read_text())
        self.check_proxy(ports[0], certificate, [proxy.output])


if __name__ == "__main__":
    cases.main()
