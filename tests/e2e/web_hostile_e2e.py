#!/usr/bin/python3
"""signpost-web among clients that mean harm. SIGNPOST_HOSTILE=5000 is the long run of docs/web.md; it prints what it cost."""
import os
import pathlib
import resource
import socket

from web_scenario import HOST, TARGET, WebScenario  # first: it also finds tests/support
import cases
from lab import wait_for

CLIENTS = int(os.environ.get("SIGNPOST_HOSTILE", "500"))
BYTES = 60 << 20
HEAD = f"Host: {HOST}\r\nUser-Agent: Mozilla/5.0 Firefox/140.0\r\n"

# Requests that two programs could read as different ones. None may be answered as if it were plain, nor may what follows
# it be answered at all.
SMUGGLING = {
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "equal lengths twice": "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": "Content-Length: 5, 5\r\n\r\nhello",
    "a signed length": "Content-Length: +5\r\n\r\nhello",
    "a negative length": "Content-Length: -5\r\n\r\nhello",
    "a hexadecimal length": "Content-Length: 0x5\r\n\r\nhello",
    "a huge length": "Content-Length: 99999999999999999999999\r\n\r\nhello",
    "length and coding": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding and length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "another coding": "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "an odd coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "blank before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded coding": "Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\nhello",
    "a control byte in the name": "Transfer\x00-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare CR": "X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk size": "Transfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n",
    "a huge chunk size": "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
}


class Hostile(WebScenario):
    def setUp(self):
        super().setUp()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.start()
        self.path = self.web.mint("click", TARGET, "anonymous")

    def tearDown(self):
        self.polite()
        self.assertEqual(self.web.child.stop(), 0)

    def connect(self, receive_buffer=None):
        client = socket.socket()
        self.addCleanup(client.close)
        client.settimeout(30)
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.connect(("127.0.0.1", self.web.ports[0]))
        return client

    def polite(self):
        self.assertEqual(self.web.ask("GET", self.path).status, 302)

    def metric(self, name):
        text = self.web.ask("GET", "/metrics", port=self.web.ports[1]).body
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"signpost_web_{name} "))

    def memory(self):
        status = pathlib.Path(f"/proc/{self.web.child.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def get(self, close=False):
        return f"GET {self.path} HTTP/1.1\r\n{HEAD}{'Connection: close' if close else 'X: y'}\r\n\r\n".encode()

    def test_half_open_requests(self):
        before = self.memory()
        clients = [self.connect() for _ in range(CLIENTS)]
        for number, client in enumerate(clients):
            client.sendall(self.get()[:1 + number % 90])
        wait_for(lambda: self.metric("connections_open") > CLIENTS, "all to be there")
        self.polite()
        print(f"{CLIENTS} half-open requests: {(self.memory() - before) / CLIENTS:.1f} KiB each", flush=True)
        wait_for(lambda: self.metric("connections_open") < 10, "all to be ended")
        self.assertGreater(self.metric("timed_out_total"), CLIENTS - 10)

    def test_slow_readers(self):
        for _ in range(CLIENTS // 50):
            client = self.connect(receive_buffer=2048)
            client.setblocking(False)
            try:
                while True:  # until the server stops, or has had its thousand requests
                    client.send(self.get() * 64)
            except (BlockingIOError, ConnectionError):
                pass
        self.polite()
        wait_for(lambda: self.metric("connections_open") < 10, "all to be ended", 60)

    def test_pipelined_requests_are_answered_in_order(self):
        others = [self.web.mint("click", f"https://shop.example/{number}", "anonymous") for number in range(20)]
        client = self.connect()
        client.sendall("".join(f"GET {path} HTTP/1.1\r\n{HEAD}\r\n" for path in others).encode() + self.get(close=True))
        text = client.makefile("rb").read().decode()
        places = [line.split("/")[-1] for line in text.split("\r\n") if line.startswith("Location: https://shop.example/")]
        self.assertEqual(places[:20], [str(number) for number in range(20)])
        self.assertEqual(text.count("HTTP/1.1 302"), 21)

    def test_requests_of_two_lengths_are_answered_once(self):
        for name, rest in SMUGGLING.items():
            with self.subTest(name):
                client = self.connect()
                client.sendall(f"POST / HTTP/1.1\r\n{HEAD}{rest}".encode("latin-1") + self.get() * 3)
                text = client.makefile("rb").read().decode("latin-1")
                self.assertRegex(text, r"\AHTTP/1\.1 4\d\d ")
                self.assertIn("\r\nConnection: close\r\n", text)
                self.assertNotIn("302", text)

    def test_sixty_megabytes_without_a_line_end(self):
        before = self.memory()
        for opening in (b"", b"GET /", f"GET / HTTP/1.1\r\n{HEAD}X: ".encode(),
                        f"POST / HTTP/1.1\r\n{HEAD}Content-Length: {BYTES}\r\n\r\n".encode(),
                        f"POST / HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode()):
            client = self.connect()
            sent = 0
            try:
                client.sendall(opening)
                while sent < BYTES:
                    sent += client.send(b"a" * 65536)
            except (ConnectionError, TimeoutError):
                pass
            self.assertLess(sent, 16 << 20, "the server stops listening")
        self.assertLess(self.memory() - before, 16 << 10)
        self.polite()

    def test_garbage_and_resets(self):
        dice = os.urandom(1 << 16)
        for number in range(min(CLIENTS, 500)):
            client = self.connect()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close() resets
            client.sendall(dice[number * 100:][:1 + number % 997] if number % 2 else self.get()[:number % 150 + 1])
            client.close()
        wait_for(lambda: self.metric("connections_open") < 10, "nothing to be left")


if __name__ == "__main__":
    cases.main()
