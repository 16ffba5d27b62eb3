// Rows of the commands about tenants and what is decided for them: explain …, dkim …, tenant ….
#include "daemon/commands/handlers.h"
#include "daemon/commands/rows/rows.h"

namespace signpost::daemon::commands {

namespace {

using enum ValueKind;

}  // namespace

std::vector<Command> tenant_rows() {
  return {
      {.words = "explain recipient",
       .needs = Right::read,
       .holes = {{"ADDRESS", address}},
       .options = {option("sender", text, "A"), option("login", text, "L"), option("client", ip, "IP"),
                   option("role", name, "R"), option("origin", name, "O"), kStreamOption,
                   option("state", yes, "yes")},
       .summary = "Shows what would happen to a recipient, and which listing or limit decides.",
       .details =
           R"(Changes and charges nothing. Each step of the decision has a line, in order; `decides=yes` marks the one
that gives the verdict. Where the MTA may deliver to other addresses than the one named (`bob%example.net@localhost`),
they are judged too and have lines `what=reading`. Without login and client the mail is taken for a local submission. `sender` is the
envelope sender, <> for none; `role` is the role of the port: submit, egress or inbound; `origin` is login,
made-here, trusted, own-dsn, sealed, reinjected or foreign (if absent, what login and client say). `what=message` shows
what is certain about the message before it is seen: checks of its header are `unknown`, and so is signing where
`dkim.unsigned` or a setting beside it can stop mail; a limit of bytes is `full` if not even one byte passes.
`state=yes` adds what `signpostctl message run` needs: pauses, changed rates and buckets.)",
       .run = explain_recipient,
       .body = Body::list},
      {.words = "why",
       .needs = Right::read,
       .holes = {{"ID", text}},
       .summary =
           "Shows the whole life of a message: decisions, changes, signature, deliveries, what came back.",
       .details =
           R"(ID is a queue id of the MTA, a Message-ID (with or without <>), or the `id=` of the policy log. A line for each
event, in the order of time, with the keys of docs/log.md; `event` is its id. Where another server refused the message,
`means` and `remedy` say what that is and what to do about it (see also `signpostctl diagnose`). Passes of one message
through several ports are shown together. Looks back as far as `retention.events` and `retention.events_size` keep
them: the newest day first, so that an id which does not exist takes longest. Deliveries are known where
`feedback.mail_log` is set.)",
       .run = show_why,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "dkim list",
       .needs = Right::read,
       .summary = "Shows the signing keys and the state of each.",
       .details =
           R"(`state` is waiting (for its DNS record), active, retiring (replaced, but its record is still needed) or
retired; `signs` says whether the key signs now. `type` is `-` for a key that has not signed anything yet.)",
       .run = dkim_list,
       .body = Body::list},
      {.words = "dkim check",
       .needs = Right::read,
       .holes = {{"DOMAIN", domain, {}, false}},
       .summary = "Looks up the DNS records of the keys, of one domain or of all.",
       .details =
           R"(`record` is matches, absent, differs, revoked, unusable or unknown (no answer); `problems` are
words: several-records, bad-record, key-type, testing (t=y), weak-key, unreadable (the key file), strict-dmarc
(a key for subdomains, but adkim=s). `wrong` counts the keys whose record does not match or that have problems, but for a
missing record of a key that waits for it or has retired; the exit code of `signpostctl` is 1 if there are any.
Changes nothing.)",
       .run = dkim_check,
       .body = Body::list},
      {.words = "dkim rotate",
       .needs = Right::admin,
       .holes = {{"DOMAIN", domain}},
       .options = {option("from", name, "SELECTOR"), option("to", name, "SELECTOR"),
                   option("type", name, "rsa2048")},
       .summary = "Makes a key that replaces one of the domain's keys as soon as its record is seen.",
       .details =
           R"(The key is written where `dkim.key_files` finds it; the reply shows the record to publish. The old key
signs until the record is seen; after that its own record must stay for `dkim.overlap`. `type` is rsa2048,
rsa3072, rsa4096 or ed25519; if absent, the type of the old key.)",
       .run = dkim_rotate},
      {.words = "tenant list",
       .needs = Right::read,
       .summary = "Shows all tenants.",
       .run = tenant_list,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "tenant show",
       .needs = Right::read,
       .holes = {{"NAME", tenant}},
       .summary = "Shows one tenant's rules, and what became of its mail in the last 24 hours.",
       .details =
           R"(The line with `last-hours=24` has the columns of `report bounces`, of all streams together, in whole hours.)",
       .run = tenant_show,
       .for_tenant = ForTenant::narrowed},
      {.words = "tenant pause",
       .needs = Right::write,
       .holes = {{"NAME", tenant}},
       .options = {option("for", duration, "1h")},
       .summary = "Defers all mail of a tenant (451 4.7.1).",
       .details = "The pause lasts until the given time has passed or `tenant resume`, also across restarts.",
       .run = tenant_pause},
      {.words = "tenant resume",
       .needs = Right::write,
       .holes = {{"NAME", tenant}},
       .summary = "Ends a pause.",
       .run = tenant_resume},
  };
}

}  // namespace signpost::daemon::commands
