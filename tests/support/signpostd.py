"""The built signpostd in a laboratory: keys by signpostctl, configuration, start, control commands, policy log."""
import grp
import json
import shlex
import signal
import socket

from lab import Child, is_listening, programs_directory, run, wait_for


class Signpostd:
    """Configuration text may name {dir}. The milter socket is below {dir}/run, open to Postfix by its group, or `port` on
    loopback (sendmail accepts no socket below a directory like /tmp)."""

    def __init__(self, lab, config="", port=None, socket_path=None):
        self.directory = lab.directory / "signpost"
        self.programs = programs_directory()
        self.child = None
        self.starts = 0
        for name, mode in (("", 0o755), ("run", 0o755), ("store", 0o700), ("keys", 0o700), ("log", 0o755)):
            (self.directory / name).mkdir(mode=mode, exist_ok=True)
        self.config_file = self.directory / "signpost.toml"
        self.socket = socket_path or self.directory / "run" / "milter.sock"
        self.control_socket = self.directory / "run" / "control.sock"
        self.log_file = self.directory / "log" / "policy.log"
        self.port = port
        self.write_config(config)

    def write_config(self, config):
        group = 'socket_group = "postfix"' if group_exists("postfix") and not self.port else ""
        conf_d = self.directory / "conf.d"
        conf_d.mkdir(exist_ok=True)
        (conf_d / "50-lab.toml").write_text(f"""\
[milter]
socket = "{self.milter}"
{group}
[control]
socket = "{self.control_socket}"
[store]
path = "{self.directory}/store"
[log]
file = "{self.log_file}"
[web]
spool = "{self.directory}/web-spool"
blocked_links = "{self.directory}/run/blocked-links"
ingest = "{self.directory}/run/ingest.sock"
""")
        self.config_file.write_text(config.replace("{dir}", str(self.directory)))

    @property
    def milter(self):
        """As milter.socket, smtpd_milters and INPUT_MAIL_FILTER name it (Postfix turns an inet one around)."""
        return f"inet:{self.port}@127.0.0.1" if self.port else f"unix:{self.socket}"

    def genkey(self, domain, selector, key_type="rsa2048"):
        """Makes a signing key; returns its DNS name and TXT value, as signpostctl prints them."""
        text = run(self.programs / "signpostctl", "dkim", "genkey", domain, selector, "--type", key_type, "--out",
                   self.directory / "keys")
        return f"{selector}._domainkey.{domain}", txt_value(text)

    def key_file(self, domain, selector):
        return self.directory / "keys" / f"{domain}.{selector}.pem"

    def new_ring(self, name):
        path = self.directory / "keys" / name
        run(self.programs / "signpostctl", "key", "new", path)
        return path

    def start(self, *options, wrapper=()):
        """`wrapper`: a command that becomes signpostd, such as setpriv with its options."""
        self.starts += 1
        self.child = Child([*wrapper, self.programs / "signpostd", "-c", self.config_file, *options],
                           self.directory / f"signpostd.{self.starts}.out")
        wait_for(lambda: not self.child.is_running() or self.answers(), "signpostd to listen")
        if not self.child.is_running():
            raise RuntimeError("signpostd did not start: " + self.child.text())
        return self

    def answers(self):
        paths = [self.control_socket] if self.port else [self.socket, self.control_socket]
        for path in paths:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(str(path)) != 0:
                    return False
        return not self.port or is_listening(self.port)

    def stop(self):
        return self.child.stop() if self.child else 0

    def kill(self):
        self.child.stop(signal.SIGKILL)

    def ctl(self, *words):
        return run(self.programs / "signpostctl", "-s", self.control_socket, *words)

    def log(self):
        """The policy log as one dictionary a line."""
        if not self.log_file.exists():
            return []
        return [parse_line(line) for line in self.log_file.read_text().splitlines()]

    def find(self, **wanted):
        return [line for line in self.log() if all(line.get(key) == value for key, value in wanted.items())]

    def wait_for(self, count=1, **wanted):
        """Waits until at least `count` lines have all these keys; returns them."""
        def enough():
            lines = self.find(**wanted)
            return lines if len(lines) >= count else None
        try:
            return wait_for(enough, f"{count} lines with {wanted}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the log has\n" + "\n".join(json.dumps(line) for line in self.log())) from None


def group_exists(name):
    try:
        return bool(grp.getgrnam(name))
    except KeyError:
        return False


def parse_line(line):
    """Keys of a text log line; addresses without their brackets, the time under "at"."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.quotes = True, "", '"'
    words = list(lexer)
    keys = {"at": words[0]}
    for word in words[1:]:
        key, _, value = word.partition("=")
        keys[key] = value[1:-1] if value.startswith("<") and value.endswith(">") else value
    return keys


def txt_value(genkey_output):
    """The record in single-string form out of what genkey prints: the line that begins with v=DKIM1."""
    for line in genkey_output.splitlines():
        text = line.strip().strip('"')
        if text.startswith("v=DKIM1"):
            return text
    raise ValueError("genkey printed no single-string record:\n" + genkey_output)

