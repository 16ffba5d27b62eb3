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
       .details =
           R"(The entry holds for one tenant's stream, for one tenant, or everywhere if neither is named. Complaints,
unsubscribes and soft bounces should name the tenant whose mail it was; on a site with one tenant they belong to
that tenant unless `tenant=-` says everywhere. An unsubscribe without a stream holds for all streams but
`transactional`; `stream=!NAME` means all but that one. `ok added` or `ok changed` means that the entry is on disk. `ttl`
is the time after which it ends by itself; `subdomains=yes` is for @DOMAIN. `hashed=yes` keeps a keyed hash
instead of the address; ADDRESS may also be such a hash, hmac:KEYID:HEX. `*@DOMAIN` is @DOMAIN, and `@*.DOMAIN` is
@DOMAIN with subdomains=yes; other patterns are refused.)",
       .run = suppress_add,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress del",
       .needs = Right::write,
       .holes = {{"ADDRESS|@DOMAIN", listing}},
       .options = {kReasonOption, kTenantOption, kStreamOption},
       .summary = "Removes entries from the list.",
       .details =
           R"(Without options all entries of the address are removed; each option narrows that. `tenant=-` means the
entries that hold everywhere. `covered-by=` names domains whose listings still cover the address.)",
       .run = suppress_del,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress check",
       .needs = Right::read,
       .holes = {{"ADDRESS", address}},
       .options = {kTenantOption, kStreamOption},
       .summary = "Shows whether an address is listed, itself or by its domain.",
       .details =
           R"(Without `stream` every entry that has not ended counts; with it, only those that block the stream.
The answer is `ok listed n=2` with the entries, or `ok not-listed`; the exit code of `signpostctl` is 0 or 1.)",
       .run = suppress_check,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress list",
       .needs = Right::read,
       .options = {option("after", key, "KEY"), option("limit", number, "100"), kReasonOption, kTenantOption,
                   option("domain", domain, "D")},
       .summary = "Shows entries, a page at a time.",
       .details =
           R"(A last line with `next=KEY` means that there are more entries: ask again with `after=KEY`. A page has at
most 1000 entries.)",
       .run = suppress_list,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "suppress import",
       .needs = Right::write,
       .options = {option("reason", reason, "manual"), kTenantOption, kStreamOption,
                   option("mode", mode, "add"), option("dry-run", yes, "yes"), option("force", yes, "yes"),
                   option("hashed", yes, "yes"), option("max-bad", number, "N"), option("format", name, "F"),
                   option("columns", text, "address:Email,…"), option("ignore", text, "NAME,…"),
                   option("keep-expired", text, "REASON,…"), option("preview", yes, "yes")},
       .summary = "Adds the entries that follow, one per line, up to a line \".\".",
       .details =
           R"(Each line is an address or @DOMAIN. Alternatively the first line names columns (address, reason,
tenant, stream, created, expires, note, subdomains), which tabs or commas separate in all lines. The options
give the values of columns that are missing or empty. Without `tenant=` and a tenant column the scope is that of
`suppress add`; with such a column, an empty value means everywhere. Nothing is listed before the "."; a
connection that ends earlier lists nothing. Bad lines are counted and named, good ones are listed; with more than
`max-bad=` of them nothing is. The answer, even a refusal, comes after the ".". With `mode=replace` the lines
atomically replace everything listed for this reason and tenant; entries that others add after the command began
are kept, and so are hashed ones that the lines do not name. If less than half would be left, `force=yes` is needed.
An address of which only a keyed hash is kept (`suppress forget`, `subject erase`) stays a hash when a line names it;
`hashed=yes` keeps only the hashes of all lines. `dry-run=yes` only counts. Only one import runs
at a time; `status` shows its progress.
`signpostctl suppress import FILE` also reads the files of other services: CSV with commas, semicolons, tabs or |,
JSON and JSON lines, in UTF-8, UTF-16 or Windows-1252, and tells by their columns what they are (docs/suppression.md
lists the formats). `format=` says it where that is not enough, `columns=` names the columns of any other file,
`ignore=` columns to leave out, `keep-expired=` lists entries of these reasons that have expired, without an end,
`tag:NAME=STREAM` names the stream of a provider's tag, and `--preview` shows what would be done without asking the
daemon. Its exit code is 0 only if every record was taken.)",
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
       .summary = "Replaces the entries of an address with keyed hashes.",
       .details =
           R"(Mail to it stays blocked; the address, its spelling and the notes are erased. Needs suppression.key_file.)",
       .run = suppress_forget},
      {.words = "subject show",
       .needs = Right::write,
       .holes = {{"ADDRESS", address}},
       .summary = "Shows everything that is stored about a person.",
       .details =
           R"(To answer a person who asks what is stored about them. Each line begins with `what`. The command needs
the right to write because it shows more than the list. The policy log is not included; see docs/privacy.md.)",
       .run = subject_show,
       .body = Body::list},
      {.words = "subject erase",
       .needs = Right::write,
       .holes = {{"ADDRESS", address}},
       .summary = "Erases everything that is stored about a person.",
       .details =
           R"(Blocks stay, as keyed hashes (see `suppress forget`), so that the person gets no more mail. To remove
the blocks too, give `suppress del` first. The answer may take some seconds: clicks and opt-outs that wait in the web
program's spool are taken in first. If they cannot be within twenty seconds, all else is erased and an error says so.)",
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
           R"(The hash is made with the active key of suppression.key_file. Hashed entries are listed under it, and
the log shows it with log.addresses = "hashed".)",
       .run = hash_address},
      {.words = "backup",
       .needs = Right::admin,
       .holes = {{"FILE", path}},
       .options = {option("replace", yes, "yes")},
       .summary = "Copies the store to a file on the daemon's machine while it runs.",
       .details =
           R"(The path must be absolute, and not inside store.path. The daemon's user must be able to write there. A
former backup of this store is replaced; another file only with replace=yes.)",
       .run = backup},
  };
}

}  // namespace signpost::daemon::commands
