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
                   option("role", name, "R"), kStreamOption, option("state", yes, "yes")},
       .summary = "Tells what would happen to a recipient, and which listing or limit decides.",
       .details =
           R"(Changes and charges nothing. Each step of judging has its line, in order; `decides=yes` marks the
one that gives the verdict. Without login and client it is mail of this machine. `sender` is the envelope
sender, <> for none; `role` is the port's: submit, egress or inbound. `what=message` tells what is certain of
the message before it is seen: checks of its header are `unknown`, a limit of bytes is `full` if not one byte
passes. `state=yes` adds what `signpostctl message run` needs: pauses, changed rates, buckets.)",
       .run = explain_recipient,
       .body = Body::list},
      {.words = "dkim list",
       .needs = Right::read,
       .summary = "Shows the signing keys and where each stands.",
       .details =
           R"(`state` is waiting (for its DNS record), active, retiring (replaced, its record still needed)
or retired; `signs` says whether it signs now. `type` is `-` for a key that nothing was signed with yet.)",
       .run = dkim_list,
       .body = Body::list},
      {.words = "dkim check",
       .needs = Right::read,
       .holes = {{"DOMAIN", domain, {}, false}},
       .summary = "Looks up the DNS records of the keys, of one domain or of all.",
       .details =
           R"(`record` is matches, absent, differs, revoked, unusable or unknown (no answer); `problems` are
words: several-records, bad-record, key-type, testing (t=y), weak-key, unreadable (the key file), strict-dmarc
(a key for subdomains, but adkim=s). `wrong` counts the keys with either; `signpostctl` ends with 1 if there is
one. Changes nothing.)",
       .run = dkim_check,
       .body = Body::list},
      {.words = "dkim rotate",
       .needs = Right::admin,
       .holes = {{"DOMAIN", domain}},
       .options = {option("from", name, "SELECTOR"), option("to", name, "SELECTOR"),
                   option("type", name, "rsa2048")},
       .summary = "Makes a key that replaces one of the domain as soon as its record is seen.",
       .details =
           R"(The key goes to where `dkim.key_files` finds it; the reply has the record to publish. Until
then the old key signs; afterwards its record must stay for `dkim.overlap`. `type` is rsa2048, rsa3072, rsa4096
or ed25519, otherwise as the old one.)",
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
       .summary = "Shows one tenant's rules.",
       .run = tenant_show,
       .for_tenant = ForTenant::narrowed},
      {.words = "tenant pause",
       .needs = Right::write,
       .holes = {{"NAME", tenant}},
       .options = {option("for", duration, "1h")},
       .summary = "Defers all mail of a tenant (451 4.7.1).",
       .details = "It lasts, over restarts too, until the time given ends or `tenant resume`.",
       .run = tenant_pause},
      {.words = "tenant resume",
       .needs = Right::write,
       .holes = {{"NAME", tenant}},
       .summary = "Ends a pause.",
       .run = tenant_resume},
  };
}

}  // namespace signpost::daemon::commands
