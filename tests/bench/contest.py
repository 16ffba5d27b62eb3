"""What the benchmark scripts share: where the optimised programs are, four limits that never refuse, and the CPU of a process."""
import os
import pathlib
import sys

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "e2e")]
BENCH = pathlib.Path(os.environ.get("SIGNPOST_BENCH_BUILD", TESTS.parent / "build" / "bench"))
os.environ["SIGNPOST_PROGRAMS"] = str(BENCH / "programs")

LIMITS = """\
[[limit]]
name = "login"
key  = ["login"]
rate = ["1000M/h", "1000M/d"]
[[limit]]
name = "domain"
key  = ["login", "rcpt_domain"]
rate = ["1000M/h"]
[[limit]]
name  = "pace"
key   = ["tenant"]
rate  = ["1M/s"]
burst = 1000000
[[limit]]
name   = "volume"
key    = ["tenant"]
rate   = ["100000GB/d"]
weight = "bytes"
"""


def cpu_seconds(pid):
    """That the process has used: what counts where other work shares the machine."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
