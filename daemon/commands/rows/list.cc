// Rows of the commands about the list: suppress …, subject …, hash, backup.
#include "daemon/commands/handlers.h"
#include "daemon/commands/rows/rows.h"

namespace signpost::daemon::commands {

namespace {

using enum ValueKind;

}  // namespace

std::vector<Command> list_rows() {
  return {
      {.words = "suppress add",
       .needs = Right::write,
       .holes = {{"ADDRESS|@DOMAIN", listing}},
       .options = {option("reason", reason, "manual"), kTenantOption, kStreamOption,
                   option("ttl", duration, "30d"), option("note", text, "\"…\""),
                   option("hashed", yes, "yes"), option("subdomains", yes, "yes")},
       .summary = "Lists an address or a domain.",
       .details = R"(The scope is one tenant's stream, one tenant, or everywhere if none is named. Complaints,
unsubscribes and soft bounces should name the tenant whose mail it was; on a site with one tenant they are its
own unless `tenant=-` says everywhere. `ok added` or `ok changed` means that it is on disk. `ttl` lets the entry
end by itself; `subdomains=yes` is for @DOMAIN. `hashed=yes` keeps a keyed hash instead of the address; ADDRESS
may also be such a hash, hmac:KEYID:HEX.)",
       .run = suppress_add,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress del",
       .needs = Right::write,
       .holes = {{"ADDRESS|@DOMAIN", listing}},
       .options = {kReasonOption, kTenantOption, kStreamOption},
       .summary = "Takes entries off the list.",
       .details =
           R"(Without options all entries of the address are taken off; each option narrows that; `tenant=-`
means the entries that hold everywhere.)",
       .run = suppress_del,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress check",
       .needs = Right::read,
       .holes = {{"ADDRESS", address}},
       .options = {kTenantOption, kStreamOption},
       .summary = "Tells whether an address is listed, also by its domain.",
       .details =
           R"(Without `stream` any entry that has not ended counts; with it only those that block the stream.
Answers `ok listed n=2` and the entries, or `ok not-listed`; `signpostctl` ends with 0 or 1.)",
       .run = suppress_check,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress list",
       .needs = Right::read,
       .options = {option("after", key, "KEY"), option("limit", number, "100"), kReasonOption, kTenantOption,
                   option("domain", domain, "D")},
       .summary = "Shows entries, a page at a time.",
       .details =
           R"(A last line with `next=KEY` means that more follow: ask again with `after=KEY`. At most 1000 a
page.)",
       .run = suppress_list,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress import",
       .needs = Right::write,
       .options = {option("reason", reason, "manual"), kTenantOption, kStreamOption,
                   option("mode", mode, "add"), option("dry-run", yes, "yes"), option("force", yes, "yes")},
       .summary = "Adds the entries that follow, one a line, up to a line \".\".",
       .details =
           R"(A line is an address or @DOMAIN; or the first line names columns (address, reason, tenant,
stream, created, expires, note, subdomains), separated by tabs or commas as the lines after it. Exports of
Amazon SES, SendGrid, Mailgun, Postmark, SparkPost and Postal are known by their header line. The options stand
in for columns that are missing or empty. Without `tenant=` and a tenant column the scope is as with
`suppress add`; where there is such a column, an empty one is everywhere. Nothing is listed before the ".";
a connection that ends earlier lists nothing. Bad lines are counted and named, good ones are kept. The answer,
also a refusal, comes after the ".". With `mode=replace` the lines become all that is listed for this reason and
tenant, at one moment; what others add to it from the command on stays. If less than half would be left it needs
`force=yes`. `dry-run=yes` only counts. One import at a time; `status` shows how far it is.)",
       .run = suppress_import,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed,
       .takes_lines = true},
      {.words = "suppress export",
       .needs = Right::read,
       .options = {kReasonOption, kTenantOption},
       .summary = "Writes all entries in the form that `suppress import` reads.",
       .run = suppress_export,
       .body = Body::text,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress forget",
       .needs = Right::write,
       .holes = {{"ADDRESS|@DOMAIN", listing}},
       .summary = "Keeps what is listed for an address as keyed hashes only.",
       .details =
           R"(The mail stays blocked; address, spelling and notes are gone. Needs suppression.key_file.)",
       .run = suppress_forget},
      {.words = "subject show",
       .needs = Right::write,
       .holes = {{"ADDRESS", address}},
       .summary = "Shows everything that is stored about a person.",
       .details =
           R"(For the person who asks: each line begins with what it is. It is a command for those who may
write, since it shows more than the list. The policy log is a file of its own; see docs/privacy.md.)",
       .run = subject_show,
       .body = Body::list},
      {.words = "subject erase",
       .needs = Right::write,
       .holes = {{"ADDRESS", address}},
       .summary = "Erases everything that is stored about a person.",
       .details = R"(Blocks stay, as keyed hashes (see suppress forget), so that nobody writes to them again;
`suppress del` first lets them go too.)",
       .run = subject_erase,
       .body = Body::list},
      {.words = "suppress stats",
       .needs = Right::read,
       .summary = "Counts the entries by reason.",
       .run = suppress_stats},
      {.words = "hash",
       .needs = Right::read,
       .holes = {{"ADDRESS|@DOMAIN", listing}},
       .summary = "Shows an address as its keyed hash, hmac:KEYID:HEX.",
       .details =
           R"(Under the active key of suppression.key_file: what hashed entries are listed under and what
the log shows with log.addresses = "hashed".)",
       .run = hash_address},
      {.words = "backup",
       .needs = Right::admin,
       .holes = {{"FILE", path}},
       .summary = "Copies the store to a new file on the daemon's machine while it runs.",
       .details =
           R"(The path is absolute; an existing file is replaced. The daemon's user must be able to write
there.)",
       .run = backup},
  };
}

}  // namespace signpost::daemon::commands
