"""What the scenarios of signpost-web share: the program with its ring, spool and files in a laboratory, and the daemon's side of both."""
import http.client
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from lab import Child, Lab, free_port, is_listening, programs_directory, run, wait_for  # noqa: E402

HOST = "click.example.com"
TARGET = "https://shop.example/sale?a=1&b=2#top"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.fields = response.headers
        self.body = response.read().decode("utf-8", "replace")


class Web:
    """A signpost-web in a laboratory."""

    def __init__(self, lab):
        self.lab = lab
        self.programs = programs_directory()
        self.directory = lab.directory / "web"
        self.spool = self.directory / "spool"
        self.blocks = self.directory / "blocked-links"
        self.ring = self.directory / "tracking.keys"
        self.config = self.directory / "signpost.toml"
        self.spool.mkdir(parents=True)
        self.ports = (free_port(), free_port())
        run(self.programs / "signpostctl", "key", "new", self.ring)
        self.write_config()
        self.write_blocks()
        self.child = None
        self.starts = 0

    def write_config(self, web="", tables=""):
        self.config.write_text(f"""\
{tables}
[tracking]
host     = "{HOST}"
key_file = "{self.ring}"
[web]
listen  = "127.0.0.1:{self.ports[0]}"
metrics = "127.0.0.1:{self.ports[1]}"
spool   = "{self.spool}"
blocked_links = "{self.blocks}"
ingest  = "{self.directory}/ingest.sock"
{web}
""")

    def write_blocks(self, *entries):
        fresh = self.directory / "blocks.new"
        fresh.write_text("signpost-blocks 1\n" + "".join(entry + "\n" for entry in entries) + f"end {len(entries)}\n")
        fresh.rename(self.blocks)

    def check(self):
        """signpost-web -t: exit code and output."""
        done = subprocess.run([self.programs / "signpost-web", "-t", "-c", self.config], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stderr

    def start(self, **options):
        self.starts += 1
        self.child = Child([self.programs / "signpost-web", "-c", self.config],
                           self.lab.directory / f"web-{self.starts}.log", **options)
        wait_for(lambda: is_listening(self.ports[0]) or not self.child.is_running(), "signpost-web to listen")
        return self

    def log(self):
        return self.child.output.read_text()

    def mint(self, *words):
        return run(self.programs / "web_tool", "mint", self.ring, *words).strip()

    def hits(self):
        """The spool as the daemon would read it: lines of kind, grade, reason, token, client."""
        return run(self.programs / "web_tool", "spool", self.spool).splitlines()

    def ask(self, method, path, body=None, host=HOST, port=None, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.ports[0], timeout=20)
        headers = {"Host": host, "User-Agent": BROWSER}
        headers.update({name.replace("_", "-"): value for name, value in fields.items()})
        if body is not None:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, path, body=body, headers=headers)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer


class WebScenario(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.web = Web(cls.lab)

    def setUp(self):
        self.web.write_config()
        self.web.write_blocks()
        self.web.hits()  # those of the test before

    def start(self, **options):
        self.web.start(**options)
        self.addCleanup(lambda: self.web.child.is_running() and self.web.child.stop())
        return self.web
