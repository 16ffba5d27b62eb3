"""Compares what became of a generated message with what tests/support/origin_reference.py expects."""
import dataclasses
import re

from origin_reference import ENTRIES, HOST, LIST, PROGRAMS, domain_of, is_attached
from verify import dkimpy_verdicts

SIGNATURE = re.compile(r"(?im)^DKIM-Signature:.*\n(?:[ \t].*\n)*")
SEAL = re.compile(r"(?im)^Signpost-Seal:.*\n(?:[ \t].*\n)*")


@dataclasses.dataclass
class Found:
    """`reply`: SMTP's, (code, text), or the output of a program. `deliveries`: where it was sent; `reports`: to its sender.
    `charges`: recipient's domain -> tenant -> number. `lines`: of the daemon's log, that name the message."""
    submitted: str
    reply: object
    deliveries: list
    reports: list
    charges: dict
    lines: list


def signatures(delivery, zone, before=""):
    """(d=, valid) of each signature that does not stand in the text before."""
    old = squeezed_fields(SIGNATURE, before)
    fields = squeezed_fields(SIGNATURE, delivery.raw.decode("latin-1"))
    verdicts = dkimpy_verdicts(delivery.raw, zone)
    return [(re.search(r"[:;]d=([^;]*)", field).group(1), verdict is True)
            for field, verdict in zip(fields, verdicts) if field not in old]


def outcome(message, found, zone):
    """In two words, for the counts."""
    who = "stranger" if message.way == "network" else "own"
    if any(valid for delivery in found.deliveries for _, valid in signatures(delivery, zone, found.submitted)):
        return f"{who} signed"
    return f"{who} passed" if found.deliveries else f"{who} undeliverable" if message.undeliverable else f"{who} refused"


def faults(setup, message, expected, found, zone):
    """In words; none if all is as expected."""
    return [*faults_of_way(setup, message, expected, found), *faults_of_charges(message, expected, found),
            *(fault for delivery in found.deliveries for fault in faults_of_delivery(setup, message, expected, found, delivery, zone)),
            *(faults_of_reports(found.reports, zone) if message.undeliverable and setup.reports else [])]


def faults_of_way(setup, message, expected, found):
    by_smtp = message.way not in PROGRAMS
    hears = by_smtp and is_attached(setup, message)  # else a report says it
    if by_smtp and (found.reply[0] == 250) != (expected.accepted or not hears):
        yield f"the reply was {found.reply}"
    if by_smtp and 400 <= found.reply[0] < 500 and not expected.may_wait:
        yield "it was held up"
    arrives = 1 if expected.accepted and not message.undeliverable else 0
    if len(found.deliveries) != arrives:
        yield f"{len(found.deliveries)} copies arrived instead of {arrives}"
    told = bool(message.sender and not message.copied) and (message.undeliverable if expected.accepted else not hears)
    if len(found.reports) != told:
        yield f"{len(found.reports)} reports went to the sender instead of {int(told)}"
    if any(" action=defer " in line for line in found.lines) and not expected.may_wait:
        yield "it was deferred"


def faults_of_charges(message, expected, found):
    first = found.charges.get(f"{message.tag}.box.example", {})
    last = found.charges.get(f"{message.tag}.example.org", {})
    if first != expected.first:
        yield f"at the mailbox: charged {first} instead of {expected.first}"
    if last != expected.last and (not expected.posted or last != expected.posted):
        yield f"charged {last} instead of {expected.last}"


def faults_of_delivery(setup, message, expected, found, delivery, zone):
    fresh = signatures(delivery, zone, found.submitted)
    valid = [domain for domain, is_valid in fresh if is_valid]
    wanted = [expected.signed] if expected.signed else []
    if expected.posted:
        valid = sorted(set(valid))  # the list's fields can ask for one more
        may_be_posted = valid in ([], [domain_of(LIST)]) if message.back == "list-munged" else valid == [domain_of(message.author)]
        wanted = valid if may_be_posted else wanted
    if valid != wanted:
        yield f"signatures (domain, valid) {fresh} instead of {wanted}"
    elif len(fresh) > len(wanted) and not message.back.startswith("list"):
        yield f"{len(fresh)} signatures were added"
    seals = squeezed_fields(SEAL, delivery.raw.decode("latin-1"))
    if seals and not expected.seal_may_leave:
        yield "a seal has left"
    from_outside = message.way == "login" or (setup.port_25 and message.way in ("network", "trusted"))
    given = squeezed_fields(SEAL, found.submitted)
    # In front of a proxy filter nothing can be taken off.
    if from_outside and ENTRIES[message.entry].filter != "proxy" and set(given).intersection(seals):
        yield "a seal that its sender wrote is still there"


def faults_of_reports(reports, zone):
    for report in reports:
        if [domain for domain, valid in signatures(report, zone) if valid] != [HOST]:
            yield "the report is not signed once"


def describe(message, expected, found):
    """Everything that is known of it."""
    return "\n".join([
        f"  {message}", f"  {expected}", f"  reply {found.reply}", "  submitted:", indented(found.submitted),
        *(f"  arrived, from <{one.sender}> to {one.recipients}:\n" + indented(one.header.decode("latin-1")) for one in found.deliveries),
        "  the daemon's log:", *("    " + line for line in found.lines)])


def squeezed_fields(pattern, text):
    header = text.replace("\r\n", "\n").partition("\n\n")[0] + "\n"
    return [re.sub(r"\s+", "", field) for field in pattern.findall(header)]


def indented(text):
    return "\n".join("    " + line for line in text.replace("\r\n", "\n").rstrip("\n").split("\n"))
