// The rows. To add a command: a row here, a handler in the file of its family, a case in
// tests/daemon/commands/*_test.cc; `help` and docs/control.md follow.
#include "daemon/commands/table.h"

#include "daemon/commands/handlers.h"

namespace signpost::daemon::commands {
namespace {

using enum ValueKind;

Argument option(std::string_view key, ValueKind kind, std::string_view shown) {
  return {key, kind, shown, false};
}

const Argument kReason = option("reason", reason, "R");
const Argument kTenant = option("tenant", name, "T");
const Argument kStream = option("stream", name, "S");
const Argument kNewTenantHole = {"NAME", name};

/// The parts that a limit's key can have, as options that choose one bucket.
std::vector<Argument> bucket_options() {
  std::vector<Argument> options;
  for (const std::string_view part :
       {"tenant", "stream", "login", "sender", "sender_domain", "client", "rcpt_domain", "rcpt_provider"}) {
    options.push_back(option(part, text, "VALUE"));
  }
  return options;
}

std::vector<Command> suppress_commands() {
  return {
      {"suppress add",
       Level::write,
       {{"ADDRESS|@DOMAIN", listing}},
       {option("reason", reason, "manual"), kTenant, kStream, option("ttl", duration, "30d"),
        option("note", text, "\"…\""), option("hashed", yes, "yes"), option("subdomains", yes, "yes")},
       "Lists an address or a domain.",
       "The scope is one tenant's stream, one tenant, or everywhere if none is named. Complaints, "
       "unsubscribes and soft "
       "bounces should name the tenant whose mail it was; on a site with one tenant they are its own unless "
       "`tenant=-` says everywhere. `ok added` or `ok changed` means that "
       "it is on disk. "
       "`ttl` lets the entry end by itself; `subdomains=yes` is for @DOMAIN. `hashed=yes` keeps "
       "a keyed hash instead of the address; ADDRESS may also be such a hash, hmac:KEYID:HEX.",
       suppress_add},
      {"suppress del",
       Level::write,
       {{"ADDRESS|@DOMAIN", listing}},
       {kReason, kTenant, kStream},
       "Takes entries off the list.",
       "Without options all entries of the address are taken off; each option narrows that; `tenant=-` means "
       "the entries that hold everywhere.",
       suppress_del},
      {"suppress check",
       Level::read,
       {{"ADDRESS", address}},
       {kTenant, kStream},
       "Tells whether an address is listed, also by its domain.",
       "Without `stream` any entry that has not ended counts; with it only those that block the stream. "
       "Answers `ok listed n=2` "
       "and the entries, or `ok not-listed`.",
       suppress_check},
      {"suppress list",
       Level::read,
       {},
       {option("after", key, "KEY"), option("limit", number, "100"), kReason, kTenant,
        option("domain", domain, "D")},
       "Shows entries, a page at a time.",
       "A last line with `next=KEY` means that more follow: ask again with `after=KEY`. At most 1000 a page.",
       suppress_list},
      {"suppress import",
       Level::write,
       {},
       {option("reason", reason, "manual"), kTenant, kStream, option("mode", mode, "add"),
        option("dry-run", yes, "yes"), option("force", yes, "yes")},
       "Adds the entries that follow, one a line, up to a line \".\".",
       "A line is an address or @DOMAIN; or the first line names columns (address, reason, tenant, stream, "
       "created, expires, note, subdomains), separated by tabs or commas as the lines after it. Exports of "
       "Amazon SES, SendGrid, Mailgun, Postmark, SparkPost and Postal are known by their header line. The "
       "options stand in for columns that are missing or empty. Without `tenant=` and a tenant column the "
       "scope is "
       "as with `suppress add`; where there is such a column, an empty one is everywhere. Nothing is listed "
       "before the \".\"; a "
       "connection that ends earlier lists nothing. Bad lines are counted and named, good ones are kept. "
       "The answer, also a refusal, comes after the \".\". With `mode=replace` the lines become all that is "
       "listed for this reason and tenant, at one moment; what others add to it from the command on stays. "
       "If less than half would be left it wants "
       "`force=yes`. `dry-run=yes` only counts. One import at a time; `status` shows how far it is.",
       suppress_import,
       true},
      {"suppress export",
       Level::read,
       {},
       {kReason, kTenant},
       "Writes all entries in the form that `suppress import` reads.",
       "",
       suppress_export,
       false,
       true},
      {"suppress forget",
       Level::write,
       {{"ADDRESS|@DOMAIN", listing}},
       {},
       "Keeps what is listed for an address as keyed hashes only.",
       "The mail stays blocked; address, spelling and notes are gone. Wants suppression.key_file.",
       suppress_forget},
      {"subject show",
       Level::write,
       {{"ADDRESS", address}},
       {},
       "Shows everything that is stored about a person.",
       "For who asks: each line begins with what it is. It is a command for those who may write, since it "
       "shows "
       "more than the list. The policy log is a file of its own; see docs/privacy.md.",
       subject_show},
      {"subject erase",
       Level::write,
       {{"ADDRESS", address}},
       {},
       "Erases everything that is stored about a person.",
       "Blocks stay, as keyed hashes (see suppress forget), so that nobody writes to them again; "
       "`suppress del` first lets them go too.",
       subject_erase},
      {"suppress stats", Level::read, {}, {}, "Counts the entries by reason.", "", suppress_stats},
      {"hash",
       Level::read,
       {{"ADDRESS|@DOMAIN", listing}},
       {},
       "Shows an address as its keyed hash, hmac:KEYID:HEX.",
       "Under the active key of suppression.key_file: what hashed entries are listed under and what the log "
       "shows "
       "with log.addresses = \"hashed\".",
       hash_address},
      {"backup",
       Level::write,
       {{"FILE", path}},
       {},
       "Copies the store to a new file on the daemon's machine while it runs.",
       "The path is absolute; an existing file is replaced. The daemon's user must be able to write there.",
       backup},
  };
}

std::vector<Command> limit_commands() {
  return {
      {"limit list", Level::read, {}, {}, "Shows all limits with the rates in force.", "", limit_list},
      {"limit show",
       Level::read,
       {{"NAME", name}},
       bucket_options(),
       "Shows one limit and its fullest buckets.",
       "Options choose the buckets whose key has that value.",
       limit_show},
      {"limit set",
       Level::write,
       {{"NAME", name}},
       {{"rate", rates, "RATE[,RATE…]", true}, option("for", duration, "2h")},
       "Changes the rates of a limit while the daemon runs.",
       "It wins over the configuration, over restarts too, until the time given ends or `limit reset NAME`.",
       limit_set},
      {"limit reset",
       Level::write,
       {{"NAME", name}},
       bucket_options(),
       "Empties buckets of a limit.",
       "Without options all its buckets are emptied and a `limit set` is taken back.",
       limit_reset},
      {"limit top",
       Level::read,
       {{"N", number, {}, false}},
       {},
       "Shows the fullest buckets of all limits.",
       "Ten if N is not given.",
       limit_top},
  };
}

std::vector<Command> link_commands() {
  const std::vector<Argument> which = {option("host", domain, "H"), kTenant, option("campaign", text, "C"),
                                       option("msg", name, "ID"), option("kid", number, "K")};
  std::vector<Argument> with_note = which;
  with_note.push_back(option("note", text, "\"…\""));
  return {
      {"link block",
       Level::write,
       {},
       with_note,
       "Switches tracking links off: they are answered 410 and lead nowhere.",
       "One of the options says which: those to a host and the names below it, those of a tenant, of a "
       "campaign, of one "
       "message (the id= of its log line; known only to links from the mode `pseudonymous` up), or those "
       "sealed "
       "with one key. It holds for mail already sent. Unsubscribe links stay open, except by `kid`.",
       link_block},
      {"link unblock", Level::write, {}, which, "Switches them on again.", "", link_unblock},
      {"link blocked", Level::read, {}, {}, "Shows what is switched off.", "", link_blocked},
      {"report campaign",
       Level::read,
       {{"NAME", text}},
       {kTenant, kStream, option("hours", yes, "yes"), option("picture", yes, "yes")},
       "Shows what became of a campaign: recipients, clicks, opens and unsubscribes, and each link's clicks.",
       "The name is that of the header `Signpost-Campaign`; \"\" is mail without one. Only people count as "
       "`clicks` and "
       "`opens`; prefetching mail services and scanners are counted beside them. `hours=yes` adds a line for "
       "each "
       "hour, `picture=yes` what is kept of the message's look (`signpostctl report map` draws it). Clicks "
       "in the mode `anonymous` on campaigns of fewer than ten recipients are counted together "
       "under "
       "\"(under ten recipients)\". Each stream the campaign went out in has a line with its recipients and "
       "unsubscribes (`stream=S`: that one alone); clicks and opens are in it if there is one stream only, "
       "since "
       "a link does not tell its stream.",
       report_campaign},
  };
}

std::vector<Command> tenant_commands() {
  return {
      {"explain recipient",
       Level::read,
       {{"ADDRESS", address}},
       {option("sender", text, "A"), option("login", text, "L"), option("client", ip, "IP"),
        option("role", name, "R"), kStream, option("state", yes, "yes")},
       "Tells what would happen to a recipient, and which listing or limit decides.",
       "Changes and charges nothing. Each step of judging has its line, in order; `decides=yes` marks the "
       "one "
       "that "
       "gives the verdict. Without login and client it is mail of this machine. `sender` is the envelope "
       "sender, <> "
       "for none; `role` is the port's: submit, egress or inbound. `what=message` tells what is certain of "
       "the "
       "message before it is seen: checks of its header are `unknown`, a limit of bytes is `full` if not one "
       "byte "
       "passes. `state=yes` adds what `signpostctl message run` needs: pauses, changed rates, buckets.",
       explain_recipient},
      {"dkim list",
       Level::read,
       {},
       {},
       "Shows the signing keys and where each stands.",
       "`state` is waiting (for its DNS record), active, retiring (replaced, its record still needed) or "
       "retired; "
       "`signs` says whether it signs now. `type` is `-` for a key that nothing was signed with yet.",
       dkim_list},
      {"dkim check",
       Level::read,
       {{"DOMAIN", domain, {}, false}},
       {},
       "Looks up the DNS records of the keys, of one domain or of all.",
       "`record` is matches, absent, differs, revoked, unusable or unknown (no answer); `problems` are "
       "words: "
       "several-records, bad-record, key-type, testing (t=y), weak-key, unreadable (the key "
       "file), "
       "strict-dmarc (a key for subdomains, but adkim=s). Changes nothing.",
       dkim_check},
      {"dkim rotate",
       Level::write,
       {{"DOMAIN", domain}},
       {option("from", name, "SELECTOR"), option("to", name, "SELECTOR"), option("type", name, "rsa2048")},
       "Makes a key that replaces one of the domain as soon as its record is seen.",
       "The key goes to where `dkim.key_files` finds it; the reply has the record to publish. Until then the "
       "old "
       "key signs; afterwards its record must stay for `dkim.overlap`. `type` is rsa2048, rsa3072, rsa4096 "
       "or "
       "ed25519, otherwise as the old one.",
       dkim_rotate},
      {"tenant list", Level::read, {}, {}, "Shows all tenants.", "", tenant_list},
      {"tenant show", Level::read, {kNewTenantHole}, {}, "Shows one tenant's rules.", "", tenant_show},
      {"tenant pause",
       Level::write,
       {kNewTenantHole},
       {option("for", duration, "1h")},
       "Defers all mail of a tenant (451 4.7.1).",
       "It lasts, over restarts too, until the time given ends or `tenant resume`.",
       tenant_pause},
      {"tenant resume", Level::write, {kNewTenantHole}, {}, "Ends a pause.", "", tenant_resume},
  };
}

std::vector<Command> daemon_commands() {
  return {
      {"stats", Level::read, {}, {}, "Shows totals since the start.", "", show_stats},
      {"metrics", Level::read, {}, {}, "The same totals as Prometheus text.", "", show_metrics, false, true},
      {"status",
       Level::read,
       {},
       {},
       "Tells whether the daemon is well.",
       "`state=ok`, or `state=degraded` with a `problem` line for each reason.",
       show_status},
      {"reload",
       Level::write,
       {},
       {},
       "Reads the configuration and the keys again.",
       "Everything is checked first: `ok generation=7`, or the errors, and the running configuration stays. "
       "What only a restart changes "
       "is named.",
       reload},
      {"version", Level::read, {}, {}, "Shows the version.", "", show_version},
      {"log level",
       Level::write,
       {{"LEVEL", ValueKind::log_level}},
       {},
       "Sets how much the daemon's own log tells, until the restart.",
       "error, warning, info or debug. The policy log is not affected.",
       daemon::commands::log_level},
      {"help",
       Level::read,
       {{"COMMAND", words, {}, false}},
       {},
       "Lists the commands, or explains one.",
       "",
       help,
       false,
       true},
  };
}

std::vector<Command> all_commands() {
  std::vector<Command> all;
  for (const auto& family :
       {suppress_commands(), limit_commands(), link_commands(), tenant_commands(), daemon_commands()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = all_commands();
  return all;
}

}  // namespace signpost::daemon::commands
