"""A private Postfix: own configuration, queue and data directories, one loopback port, nothing of the system's own touched.
Needs root (its master insists) and the package postfix.
"""
import os
import pathlib
import re
import shutil
import smtplib

from lab import Child, free_port, is_listening, run, wait_for

DAEMONS = pathlib.Path("/usr/lib/postfix/sbin")

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix n - n 1 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 1 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def why_not():
    """Why Postfix cannot be run here, or ''."""
    if os.geteuid() != 0:
        return "a private Postfix needs root"
    if not (DAEMONS / "master").exists():
        return "Postfix is not installed"
    return ""


class Postfix:
    """`sink_port` takes all its mail. Set `milter` (as smtpd_milters takes it), `settings` and `services` (master.cf
    lines; a service that MASTER has too replaces that), then start()."""

    def __init__(self, lab, sink_port, milter="", settings=None, services="", port=None):
        self.directory = lab.directory / "postfix"
        self.config, self.queue, self.data = (self.directory / name for name in ("etc", "spool", "data"))
        self.log_file = self.directory / "log" / "maillog"
        self.port = port or free_port()
        self.services = services
        self.master = None
        self.settings = {
            "compatibility_level": "3.6",
            "config_directory": self.config, "queue_directory": self.queue, "data_directory": self.data,
            "command_directory": "/usr/sbin", "daemon_directory": DAEMONS, "meta_directory": "/etc/postfix",
            "shlib_directory": "/usr/lib/postfix", "mail_owner": "postfix", "setgid_group": "postdrop",
            "maillog_file": self.log_file, "maillog_file_prefixes": lab.directory,
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "myhostname": "mx.example", "mydomain": "example", "myorigin": "mx.example", "mydestination": "",
            "mynetworks": "127.0.0.0/8", "relayhost": f"[127.0.0.1]:{sink_port}", "disable_dns_lookups": "yes",
            "alias_maps": "", "alias_database": "", "local_recipient_maps": "",
            "smtpd_peername_lookup": "no", "smtpd_relay_restrictions": "permit_mynetworks,permit_sasl_authenticated,reject",
            "smtp_tls_security_level": "none", "smtpd_tls_security_level": "none",
            "in_flow_delay": "0", "anvil_rate_time_unit": "1s", "message_size_limit": "104857600",
            "minimal_backoff_time": "1s", "maximal_backoff_time": "1s", "queue_run_delay": "1s",
            "smtpd_hard_error_limit": "1000", "smtpd_soft_error_limit": "1000",
            "disable_mime_output_conversion": "yes", "smtp_connection_cache_on_demand": "no",
            "milter_default_action": "tempfail", "smtpd_milters": milter, "non_smtpd_milters": milter,
        }
        self.settings.update(settings or {})
        self.prepare()

    def prepare(self):
        for path in (self.config, self.queue, self.data, self.log_file.parent):
            path.mkdir(parents=True, exist_ok=True)
        shutil.chown(self.data, "postfix")
        for path in pathlib.Path("/etc/postfix").glob("dynamicmaps.cf*"):
            (shutil.copytree if path.is_dir() else shutil.copy)(path, self.config / path.name)
        for path in pathlib.Path("/etc/postfix").glob("postfix-files*"):
            (shutil.copytree if path.is_dir() else shutil.copy)(path, self.config / path.name)
        self.write_config()

    def write_config(self):
        lines = [f"{name} = {value}" for name, value in self.settings.items()]
        (self.config / "main.cf").write_text("\n".join(lines) + "\n")
        own = {tuple(line.split()[:2]) for line in self.services.splitlines() if re.match(r"[^\s#]", line)}
        kept = [line for line in MASTER.format(port=self.port).splitlines() if tuple(line.split()[:2]) not in own]
        (self.config / "master.cf").write_text("\n".join(kept) + "\n" + self.services)

    def use_sasl(self, socket_path):
        self.settings.update({
            "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": socket_path,
            "smtpd_sasl_security_options": "noanonymous",
        })
        self.write_config()

    def start(self):
        # `postfix check` makes the queue directories; then its master runs as our own child.
        run("postfix", "-c", self.config, "check")
        self.master = Child([DAEMONS / "master", "-c", self.config, "-d"], self.directory / "master.out")
        wait_for(lambda: not self.master.is_running() or is_listening(self.port), "Postfix to listen")
        if not self.master.is_running():
            raise RuntimeError("Postfix did not start: " + self.master.text() + self.log())
        return self

    def stop(self):
        if self.master:
            self.master.stop()

    def client(self, login=None, password="secret"):
        """A connected SMTP client, after EHLO and, with a login, AUTH."""
        client = smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example", timeout=60)
        try:
            client.ehlo()
            if login:
                client.login(login, password)
        except smtplib.SMTPException:
            client.close()
            raise
        return client

    def submit_locally(self, message, sender):
        """As a local program does, by sendmail -t into the maildrop."""
        return run("/usr/sbin/sendmail", "-C", self.config, "-t", "-i", "-f", sender, input=message)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def wait_for_log(self, pattern, seconds=30):
        return wait_for(lambda: re.search(pattern, self.log()), f"'{pattern}' in the mail log:\n{self.log()[-3000:]}", seconds)

    def queue_ids(self):
        """Files in the queue, by queue name."""
        names = ("maildrop", "incoming", "active", "deferred", "hold")
        return {name: [path.name for path in (self.queue / name).rglob("*") if path.is_file()] for name in names}

    def wait_until_empty(self, seconds=60):
        wait_for(lambda: not any(self.queue_ids().values()), "an empty queue", seconds)
