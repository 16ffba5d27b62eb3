"""A milter as small as can be: lets everything pass, and holds the messages that it is told to hold. Stands in for signpostd where
only the hold queue matters."""
import pathlib
import socket
import struct
import threading

ADD_QUARANTINE = 0x20
UNWANTED_STEPS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40  # no connect, HELO, MAIL, RCPT, body, header, end of header


class HoldMilter:
    """Serves on `address`: the path of a unix socket, or a port on loopback. At end of message `decide(queue_id, macros)` runs in a thread of the connection while the MTA waits; the
    message is held if it returns something true, refused for now if it raises."""

    def __init__(self, address, decide):
        self.decide = decide
        self.errors = []
        if isinstance(address, int):
            self.listener = socket.create_server(("127.0.0.1", address))
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(address))
            pathlib.Path(address).chmod(0o666)
        self.listener.listen(100)
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        macros = {}
        with connection, connection.makefile("rb") as stream:
            while True:
                head = stream.read(4)
                if len(head) < 4:
                    return
                packet = stream.read(struct.unpack(">I", head)[0])
                command, payload = packet[:1], packet[1:]
                if command == b"O":
                    steps = struct.unpack(">III", payload)[2] & UNWANTED_STEPS
                    send(connection, b"O", struct.pack(">III", 6, ADD_QUARANTINE, steps))
                elif command == b"D":
                    words = payload[1:].decode(errors="replace").split("\0")
                    macros.update(zip((name.strip("{}") for name in words[::2]), words[1::2]))
                elif command == b"E":
                    self.end_of_message(connection, macros)
                elif command == b"Q":
                    return
                elif command == b"A":
                    macros.pop("i", None)
                elif command not in (b"K",):
                    send(connection, b"c")

    def end_of_message(self, connection, macros):
        try:
            held = self.decide(macros.get("i", ""), macros)
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(error)
            send(connection, b"t")
            return
        if held:
            send(connection, b"q", b"held by a test\0")
        send(connection, b"c")


def send(connection, command, payload=b""):
    connection.sendall(struct.pack(">I", len(payload) + 1) + command + payload)
