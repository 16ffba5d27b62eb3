"""A milter client as small as can be: one connection of an MTA that asks about recipients, and sends a small message if told."""
import socket
import struct

VERSION = 6
ACTIONS = 0x1FF
STEPS = 0x1FFFFF  # all that a filter may skip or leave unanswered
UNWANTED = {b"C": 0x1 | 0x1000, b"H": 0x2 | 0x2000, b"M": 0x4 | 0x4000}  # for this client both are the same

ACCEPT, CONTINUE = b"a", b"c"


class Milter:
    def __init__(self, address):
        """`address`: the path of a unix socket, or a port on loopback."""
        port = isinstance(address, int)
        self.socket = socket.socket(socket.AF_INET if port else socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", address) if port else str(address))
        self.send(b"O", struct.pack(">III", VERSION, ACTIONS, STEPS))
        command, payload = self.receive()
        assert command == b"O", command
        self.steps, = struct.unpack(">I", payload[8:12])

    def send(self, command, payload=b""):
        self.socket.sendall(struct.pack(">I", len(payload) + 1) + command + payload)

    def receive(self):
        size, = struct.unpack(">I", self.exactly(4))
        packet = self.exactly(size)
        return packet[:1], packet[1:]

    def exactly(self, size):
        data = b""
        while len(data) < size:
            some = self.socket.recv(size - len(data))
            if not some:
                raise EOFError("the filter closed the connection")
            data += some
        return data

    def step(self, command, payload, **macros):
        """The answer, if one is given, has to be to go on."""
        if macros:
            self.send(b"D", command + b"".join(f"{{{name}}}\0{value}\0".encode() for name, value in macros.items()))
        self.send(command, payload)
        answer = CONTINUE if self.steps & UNWANTED[command] else self.receive()[0]
        assert answer == CONTINUE, answer

    def begin(self, login, sender):
        """Up to MAIL FROM."""
        self.step(b"C", b"client.example\0" + b"4" + struct.pack(">H", 40000) + b"127.0.0.1\0")
        self.step(b"H", b"client.example\0")
        self.step(b"M", f"<{sender}>".encode() + b"\0", auth_authen=login)
        return self

    def ask_rcpt(self, recipient):
        self.send(b"R", f"<{recipient}>".encode() + b"\0")

    def answer(self):
        """None if the recipient is taken, else the reply."""
        command, payload = self.receive()
        return None if command == CONTINUE else payload.rstrip(b"\0").decode() or command.decode()

    def rcpt(self, recipient):
        self.ask_rcpt(recipient)
        return self.answer()

    def send_message(self, fields, chunks):
        """After a recipient was taken; every field and chunk in a write of its own, so that over TCP each is a small segment.
        The last packet of the answer, and how many changes came before it."""
        for name, value in fields:
            self.send(b"L", f"{name}\0 {value}\0".encode())
        self.send(b"N")
        for chunk in chunks:
            self.send(b"B", chunk)
        self.send(b"E")
        changes = 0
        while True:
            command, _ = self.receive()
            if command in b"acrtdy":
                return command, changes
            changes += 1

    def close(self):
        self.socket.close()
