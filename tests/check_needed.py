#!/usr/bin/python3
"""Whether each program loads the libraries that are its own business, and no others.

  check_needed.py PROGRAM_DIR

Reads the NEEDED entries of the built programs (readelf -d, binutils). signpost-web faces the internet, and signpost-release
runs as root: what they do not call must not be in their processes, also not by way of another library, so what ldd lists is
read too. Prints what each program loads. Exit status 0, or 1 with one line a finding.
"""
import pathlib
import re
import subprocess
import sys

LANGUAGE = {"libc", "libm", "libstdc++", "libgcc_s"}
ALLOWED = {
    "signpost-web": {"libcrypto", "libidn2", "libunistring", "libnettle"},
    "signpost-release": {"libcrypto"},
    "signpostd": {"libcrypto", "libidn2", "libunistring", "libnettle", "libsodium", "liblmdb", "libmilter", "libspdlog", "libfmt",
                  "libunbound"},
    "signpostctl": {"libcrypto", "libidn2", "libunistring", "libnettle", "libsodium", "liblmdb", "libmilter", "libspdlog", "libfmt",
                    "libunbound"},
}
# Not even by way of another library.
NEVER = {"signpost-web": {"libunbound", "libevent", "libsodium", "libspdlog", "libfmt", "liblmdb", "libmilter"},
         "signpost-release": {"libunbound", "libevent", "libsodium", "libspdlog", "libfmt", "liblmdb", "libmilter", "libidn2",
                              "libnettle"}}
# What a sanitizer's build brings.
SANITIZERS = {"libasan", "libubsan", "libtsan", "liblsan", "libpthread", "libdl", "librt", "libresolv"}


def stem(library):
    return re.split(r"[-.]\d|\.so", library, maxsplit=1)[0]


def needed(program):
    listing = subprocess.run(["readelf", "-d", str(program)], check=True, capture_output=True, text=True).stdout
    return {stem(name) for name in re.findall(r"\(NEEDED\).*\[(.+)\]", listing)} - SANITIZERS


def loaded(program):
    listing = subprocess.run(["ldd", str(program)], check=True, capture_output=True, text=True).stdout
    return {stem(line.split()[0].rpartition("/")[2]) for line in listing.splitlines() if line.strip()}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    findings = []
    for name, allowed in ALLOWED.items():
        program = pathlib.Path(sys.argv[1]) / name
        found = needed(program)
        print(f"{name}: {' '.join(sorted(found))}")
        if "libc" not in found:
            findings.append(f"{name}: needs no libc: is {program} the program?")
        findings += [f"{name} needs {library}, which is not its business" for library in sorted(found - allowed - LANGUAGE)]
        findings += [f"{name} loads {library}, which it must not" for library in sorted(loaded(program) & NEVER.get(name, set()))]
    for finding in findings:
        print(finding, file=sys.stderr)
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
