"""Verifiers of DKIM signatures that are not ours, with keys from memory: dkimpy, and opendkim as a verifying milter's own tool."""
import re

import dkim

from lab import run


def signature_count(raw):
    return len(re.findall(rb"(?im)^DKIM-Signature:", raw.split(b"\r\n\r\n", 1)[0]))


def dkimpy_verdicts(raw, zone):
    """True or a complaint for each signature, top first. `zone`: DNS name -> TXT value."""
    def lookup(name, timeout=5):
        text = name.decode() if isinstance(name, bytes) else name
        value = zone.get(text.rstrip("."))
        return value.encode() if value else None

    verdicts = []
    for index in range(signature_count(raw)):
        try:
            verdicts.append(dkim.DKIM(raw).verify(idx=index, dnsfunc=lookup) or "does not verify")
        except dkim.DKIMException as error:
            verdicts.append(str(error))
    return verdicts


def opendkim_verdicts(raw, zone, directory):
    """"pass" or another word for each signature, as opendkim's test mode judges the message. It reads keys and message from
    files, which are made in `directory`."""
    keys, config, message = (directory / name for name in ("opendkim.keys", "opendkim.conf", "opendkim.eml"))
    keys.write_text("".join(f"{name} {value}\n" for name, value in zone.items()))
    config.write_text(f"Mode v\nTestPublicKeys {keys}\nSyslog no\n")
    message.write_bytes(raw)
    return re.findall(r"\bdkim=(\w+)", run("opendkim", "-x", config, "-vvv", "-t", message))


def expect_valid(test, raw, zone, directory, signatures=1):
    """Fails the test unless both verifiers accept every signature, and there are as many as expected."""
    test.assertEqual(dkimpy_verdicts(raw, zone), [True] * signatures, raw.decode("latin-1")[:3000])
    test.assertEqual(opendkim_verdicts(raw, zone, directory), ["pass"] * signatures)
