"""Debian's chromium without a window. Now and then it never ends on a busy machine: it is tried again, with a profile of its own."""
import os
import signal
import subprocess
import tempfile

TRIES = 3


def browse(directory, page, *options, seconds=50):
    """What it prints for the page with these options; `directory` takes its profile. `seconds`: for one try."""
    for attempt in range(1, TRIES + 1):
        profile = tempfile.mkdtemp(prefix="browser-", dir=directory)
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}",
                   *map(str, options), f"file://{page}"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as child:
            try:
                out, errors = child.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
                if attempt == TRIES:
                    raise
                continue
        if child.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {child.returncode}\n{errors.decode(errors='replace')[-3000:]}")
        return out.decode()
    return None
