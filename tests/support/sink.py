"""The far side of the MTA: an SMTP server that takes messages, remembers their raw bytes, and refuses by address if told to."""
import re
import socketserver
import threading

from lab import wait_for


class Delivery:
    """One message as it came over the wire (CRLF, dots unstuffed)."""

    def __init__(self, sender, recipients, raw):
        self.sender = sender
        self.recipients = recipients
        self.raw = raw

    @property
    def header(self):
        return self.raw.split(b"\r\n\r\n", 1)[0] + b"\r\n"

    @property
    def body(self):
        return self.raw.split(b"\r\n\r\n", 1)[1]

    def field(self, name):
        """The unfolded value of the first field of that name, or None."""
        match = re.search(rb"(?im)^" + re.escape(name.encode()) + rb":((?:.*\r\n)(?:[ \t].*\r\n)*)", self.header)
        return re.sub(r"\r\n(?=[ \t])", "", match.group(1).decode("utf-8", "replace")).strip() if match else None


class Sink:
    """Listens on a free loopback port. `refuse` maps an address to the reply its RCPT gets; with a `directory`, each message is
    also kept there as a file."""

    def __init__(self, eight_bit_mime=True, directory=None):
        self.deliveries = []
        self.directory = directory
        self.refuse = {}
        self.eight_bit_mime = eight_bit_mime
        self.lock = threading.Lock()
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                Conversation(sink, self.rfile, self.wfile).run()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, delivery):
        with self.lock:
            self.deliveries.append(delivery)
            if self.directory:
                (self.directory / f"{len(self.deliveries):02}.eml").write_bytes(delivery.raw)

    def all(self):
        with self.lock:
            return list(self.deliveries)

    def wait(self, count, seconds=60):
        """Waits until `count` messages are there; returns them."""
        wait_for(lambda: len(self.all()) >= count, f"{count} messages at the sink", seconds)
        return self.all()

    def recipients(self):
        """Every recipient of every message, sorted."""
        return sorted(address for delivery in self.all() for address in delivery.recipients)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Conversation:
    """One SMTP session with the sink."""

    def __init__(self, sink, reader, writer):
        self.sink, self.reader, self.writer = sink, reader, writer
        self.sender, self.recipients = None, []

    def say(self, line):
        self.writer.write(line.encode() + b"\r\n")

    def run(self):
        try:
            self.say("220 sink.example ESMTP")
            for line in self.reader:
                if not self.answer(line.decode("latin-1").rstrip("\r\n")):
                    return
        except (ConnectionError, TimeoutError):
            return

    def answer(self, line):
        verb = line[:4].upper()
        if verb == "EHLO":
            lines = ["sink.example", "PIPELINING"] + (["8BITMIME"] if self.sink.eight_bit_mime else [])
            for text in lines:
                self.say("250-" + text)
            self.say("250 ENHANCEDSTATUSCODES")
        elif verb == "MAIL":
            self.sender, self.recipients = re.search(r"<(.*?)>", line).group(1), []
            self.say("250 2.1.0 Ok")
        elif verb == "RCPT":
            address = re.search(r"<(.*?)>", line).group(1)
            refusal = self.sink.refuse.get(address)
            if refusal is None:
                self.recipients.append(address)
            self.say(refusal or "250 2.1.5 Ok")
        elif verb == "DATA":
            self.say("354 Go on")
            raw = self.read_data()
            self.sink.take(Delivery(self.sender, self.recipients, raw))
            self.say("250 2.0.0 Taken")
        elif verb == "QUIT":
            self.say("221 2.0.0 Bye")
            return False
        else:
            self.say("250 2.0.0 Ok")
        return True

    def read_data(self):
        lines = []
        for line in self.reader:
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
        raise ConnectionError("the message ended before its dot")

