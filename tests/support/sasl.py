"""Logins for the private Postfix: the server side of Dovecot's authentication protocol, PLAIN only."""
import base64
import os
import socketserver
import threading


class FakeSasl:
    """Listens on a unix socket below `path`'s directory. `users` maps login to password."""

    def __init__(self, path, users):
        self.users = users

        class Handler(socketserver.StreamRequestHandler):
            def handle(handler):
                self.talk(handler.rfile, handler.wfile)

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        self.server = Server(str(path), Handler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def talk(self, reader, writer):
        writer.write(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\n"
                     b"COOKIE\t0123456789abcdef0123456789abcdef\nDONE\n")
        for line in reader:
            words = line.rstrip(b"\n").split(b"\t")
            if words[0] != b"AUTH":
                continue
            response = next((word[5:] for word in words if word.startswith(b"resp=")), b"")
            _, login, password = (base64.b64decode(response).split(b"\0") + [b"", b"", b""])[:3]
            if self.users.get(login.decode()) == password.decode():
                writer.write(b"OK\t" + words[1] + b"\tuser=" + login + b"\n")
            else:
                writer.write(b"FAIL\t" + words[1] + b"\treason=wrong password\n")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
