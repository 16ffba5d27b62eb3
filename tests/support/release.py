"""A private signpost-release beside a private Postfix or Sendmail, and a client that speaks its protocol."""
import pathlib
import signal
import socket

from lab import Child, programs_directory, run, wait_for

USER = "nobody"  # stands for the daemon's


class Client:
    """One connection; requests may be sent ahead of their answers."""

    def __init__(self, path, timeout=120):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.stream = self.socket.makefile("rb")

    def send(self, *requests):
        self.socket.sendall("".join(request + "\n" for request in requests).encode())

    def receive(self):
        """The next line; '' at the end."""
        return self.stream.readline().decode().rstrip("\n")

    def ask(self, request):
        self.send(request)
        return self.receive()

    def list(self):
        """id -> state"""
        self.send("list")
        told = {}
        while True:
            words = self.receive().split(" ")
            if words[0] != "told":
                assert words == ["ok", str(len(told))], words
                return told
            told[words[1]] = words[3]

    def close(self):
        self.stream.close()
        self.socket.close()


class Release:
    def __init__(self, lab, *options, wrapper=()):
        self.directory = lab.directory / "release"
        self.directory.mkdir(exist_ok=True)
        self.socket = self.directory / "release.sock"
        self.state = self.directory / "told"
        self.program = pathlib.Path(programs_directory()) / "signpost-release"
        self.command = [*wrapper, self.program, "--socket", self.socket, "--state", self.state, "--user", USER, *options]
        self.child = None

    def start(self):
        self.child = Child(self.command, self.directory / "release.out")
        wait_for(lambda: not self.child.is_running() or self.is_serving(), "signpost-release to listen")
        if not self.child.is_running():
            raise RuntimeError("signpost-release did not start: " + self.child.text())
        return self

    def is_serving(self):
        try:
            Client(self.socket).close()
        except OSError:
            return False
        return True

    def kill(self):
        self.child.stop(signal.SIGKILL)

    def stop(self):
        return self.child.stop() if self.child else None

    def test(self):
        """Output of -t; raises if it fails."""
        return run(*self.command, "-t")

    def client(self):
        return Client(self.socket)

    def ask(self, request):
        client = self.client()
        try:
            return client.ask(request)
        finally:
            client.close()
