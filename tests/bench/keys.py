#!/usr/bin/env python3
"""How long signpostd takes with many keys in files: start, reload, memory; and what mail notices of a reload.

usage: keys.py PROGRAMS_DIRECTORY [NUMBER_OF_DOMAINS]   (needs openssl; uses a private directory, 4 KiB a domain)
"""
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True

from contest import cpu_seconds  # noqa: E402

programs = sys.argv[1]
domains = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000


def packet(command, data=b""):
    return struct.pack(">I", len(data) + 1) + command + data


def read_packet(peer):
    head = peer.recv(5, socket.MSG_WAITALL)
    size = struct.unpack(">I", head[:4])[0] - 1
    return head[4:], peer.recv(size, socket.MSG_WAITALL) if size else b""


def send_message(path, domain):
    """One message over the milter protocol; the seconds it took, and whether it was signed."""
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.connect(path)
        peer.sendall(packet(b"O", struct.pack(">III", 6, 0x1FF, 0x1FFFFF)))
        read_packet(peer)
        macros = b"M{auth_authen}\0app\0"
        peer.sendall(packet(b"C", b"client.example\x004" + struct.pack(">H", 4711) + b"192.0.2.7\0"))
        peer.sendall(packet(b"D", macros) + packet(b"M", b"<a@%s>\0" % domain))
        peer.sendall(packet(b"R", b"<b@example.org>\0"))
        read_packet(peer)
        peer.sendall(packet(b"L", b"From\0 a@%s\0" % domain) + packet(b"L", b"Subject\0 x\0"))
        peer.sendall(packet(b"N") + packet(b"B", b"body\r\n") + packet(b"E"))
        signed = False
        while True:
            command, data = read_packet(peer)
            signed = signed or (command == b"i" and b"DKIM-Signature" in data)
            if command in b"acdrty":
                return time.monotonic() - began, signed


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def control(directory, command):
    began = time.monotonic()
    done = subprocess.run([programs + "/signpostctl", "-s", directory + "/control.sock", *command.split()],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    return time.monotonic() - began


def main():
    directory = tempfile.mkdtemp(prefix="signpost-keys-")
    daemon = None
    try:
        keys = directory + "/keys"
        os.mkdir(keys, 0o755)
        pem = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                             capture_output=True, check=True).stdout
        for number in range(domains):
            fd = os.open(f"{keys}/d{number}.example.s1.pem", os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, pem)
            os.close(fd)
        with open(directory + "/signpost.toml", "w") as config:
            config.write(f"""[milter]
socket = "unix:{directory}/milter.sock"
[control]
socket = "{directory}/control.sock"
[store]
path = "{directory}/store"
[log]
file = "{directory}/policy.log"
[dkim]
key_files = "{keys}/*.pem"
""")
        for run in ("first start", "next start"):
            began = time.monotonic()
            daemon = subprocess.Popen([programs + "/signpostd", "-c", directory + "/signpost.toml",
                                       "-o", "milter.socket_group=root", "-o", "control.admin_group=root",
                                       "-o", "control.read_group=root"], stderr=subprocess.DEVNULL)
            while not os.path.exists(directory + "/milter.sock"):
                assert daemon.poll() is None, "signpostd ended"
                time.sleep(0.005)
            print(f"{run}: {time.monotonic() - began:.2f} s ({cpu_seconds(daemon.pid):.2f} s CPU), {resident(daemon.pid)} MiB resident")
            if run == "first start":
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(60)

        socket_path = directory + "/milter.sock"
        took = sorted(send_message(socket_path, b"d%d.example" % number) for number in range(min(2000, domains)))
        assert all(signed for _, signed in took)
        print(f"first message of a domain: median {took[len(took) // 2][0] * 1000:.1f} ms; of {len(took)} domains: "
              f"{resident(daemon.pid)} MiB resident")
        latencies, stop = [], threading.Event()

        def traffic():
            while not stop.is_set():
                latencies.append(send_message(socket_path, b"d7.example")[0])

        sender = threading.Thread(target=traffic)
        sender.start()
        while len(latencies) < 1000:
            sender.join(0.01)
        quiet = sorted(latencies)
        latencies.clear()
        reloads = [control(directory, "reload") for _ in range(5)]
        stop.set()
        sender.join()
        before = cpu_seconds(daemon.pid)
        control(directory, "reload")
        reload_cpu = cpu_seconds(daemon.pid) - before
        busy = sorted(latencies)
        print(f"reload: {min(reloads):.2f} to {max(reloads):.2f} s ({reload_cpu:.2f} s CPU), {resident(daemon.pid)} MiB resident")
        print(f"messages: median {quiet[len(quiet) // 2] * 1000:.1f} ms, longest {quiet[-1] * 1000:.1f} ms; during "
              f"reloads: median {busy[len(busy) // 2] * 1000:.1f} ms, longest {busy[-1] * 1000:.1f} ms "
              f"({len(busy)} messages)")
    finally:
        if daemon is not None and daemon.poll() is None:
            daemon.terminate()
            daemon.wait(60)
        shutil.rmtree(directory)


main()
