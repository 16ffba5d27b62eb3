"""A private laboratory below one temporary directory: free ports, child processes that are ended by their own pid, waiting for
conditions. What runs in it (Postfix, sendmail, a sink, signpostd) is in the modules beside this one.
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def programs_directory():
    """Where the built signpostd and signpostctl are: SIGNPOST_PROGRAMS, else the newest of build/*/programs."""
    if "SIGNPOST_PROGRAMS" in os.environ:
        return pathlib.Path(os.environ["SIGNPOST_PROGRAMS"])
    built = sorted(SOURCE.glob("build/*/programs/signpostd"), key=lambda path: path.stat().st_mtime)
    if not built:
        raise FileNotFoundError("no build/*/programs/signpostd; set SIGNPOST_PROGRAMS")
    return built[-1].parent


def wait_for(condition, what, seconds=30):
    """Calls `condition` until it gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


def free_port():
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run(*command, **options):
    """Runs to the end; output as text; raises with the output if it failed."""
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("timeout", 120)
    if "input" in options:
        options.pop("stdin")
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


class Child:
    """A child process; output goes to a file in the laboratory."""

    def __init__(self, command, output, **options):
        self.output = pathlib.Path(output)
        with open(self.output, "ab") as stream:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=stream,
                                            stderr=stream, **options)
        self.pid = self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=30):
        """Sends the signal, waits, and returns the exit code. What does not go in time is killed."""
        if self.is_running():
            self.process.send_signal(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def text(self):
        return self.output.read_text(errors="replace")


class Lab:
    """The directory and everything started in it. Use as context manager; parts are stopped last first."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-lab-"))
        # Postfix and sendmail drop their privileges and must still reach their directories.
        self.directory.chmod(0o755)
        self.parts = []

    def add(self, part):
        """Registers anything with stop()."""
        self.parts.append(part)
        return part

    def close(self):
        for part in reversed(self.parts):
            part.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
