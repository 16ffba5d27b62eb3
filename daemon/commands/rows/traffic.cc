// Rows of the commands about what flows: limit …, link …, report ….
#include "daemon/commands/handlers.h"
#include "daemon/commands/rows/rows.h"

namespace signpost::daemon::commands {
namespace {

using enum ValueKind;

/// The parts that a limit's key can have, as options that choose one bucket.
std::vector<Argument> bucket_options() {
  std::vector<Argument> options;
  for (const std::string_view part :
       {"tenant", "stream", "login", "sender", "sender_domain", "client", "rcpt_domain", "rcpt_provider"}) {
    options.push_back(option(part, text, "VALUE"));
  }
  return options;
}

std::vector<Argument> reset_options() {
  std::vector<Argument> options = bucket_options();
  options.push_back(option("only", name, "rate"));
  return options;
}

std::vector<Argument> link_options() {
  return {option("host", domain, "H"), kTenantOption, option("campaign", text, "C"),
          option("msg", name, "ID"), option("kid", number, "K")};
}

std::vector<Argument> link_options_with_note() {
  std::vector<Argument> options = link_options();
  options.push_back(option("note", text, "\"…\""));
  return options;
}

}  // namespace

std::vector<Command> traffic_rows() {
  return {
      {.words = "limit list",
       .needs = Right::read,
       .summary = "Shows all limits with the rates in force.",
       .run = limit_list,
       .body = Body::list},
      {.words = "limit show",
       .needs = Right::read,
       .holes = {{"NAME", name}},
       .options = bucket_options(),
       .summary = "Shows one limit, its exceptions, and its fullest buckets with the rates in force.",
       .details =
           R"(Options choose the buckets whose key has that value, and the exceptions that may hold for it. At most 100
of each are shown. `used` is the use under each rate, `of` what it allows, `share` that of the fullest in percent. A rate of - means no limit. A bucket whose key begins with `other` is shared by keys beyond `max_keys`.)",
       .run = limit_show,
       .body = Body::list},
      {.words = "limit set",
       .needs = Right::write,
       .holes = {{"NAME", name}},
       .options = {{"rate", rates, "RATE[,RATE…]", true}, option("for", duration, "2h")},
       .summary = "Changes the rates of a limit while the daemon runs.",
       .details =
           R"(The new rates override the configuration until the given time has passed or `limit reset NAME`, also
across restarts. Keys with an exception of their own (`[[limit.override]]`) keep theirs; the reply counts these.)",
       .run = limit_set},
      {.words = "limit reset",
       .needs = Right::write,
       .holes = {{"NAME", name}},
       .options = reset_options(),
       .summary = "Empties the buckets of a limit.",
       .details =
           R"(Without options all its buckets are emptied and a `limit set` is undone. With `only=rate` the `limit set` is undone and
the buckets stay as they are.)",
       .run = limit_reset},
      {.words = "limit top",
       .needs = Right::read,
       .holes = {{"N", number, {}, false}},
       .summary = "Shows the fullest buckets of all limits.",
       .details = "N is 10 if it is not given.",
       .run = limit_top,
       .body = Body::list},
      {.words = "link block",
       .needs = Right::write,
       .options = link_options_with_note(),
       .summary = "Switches tracking links off: they are answered with 410 instead of a redirect.",
       .details =
           R"(Exactly one option says which links: those to a host and its subdomains, those of a tenant, of a campaign,
of one message (the id= of its log line; only links in the modes `pseudonymous` and `identified` contain it), or
those sealed with one key. Links in mail already sent are switched off too. Unsubscribe links keep working,
except with `kid`.)",
       .run = link_block},
      {.words = "link unblock",
       .needs = Right::write,
       .options = link_options(),
       .summary = "Switches tracking links on again.",
       .run = link_unblock},
      {.words = "link blocked",
       .needs = Right::read,
       .summary = "Shows which tracking links are switched off.",
       .run = link_blocked,
       .body = Body::list},
      {.words = "report list",
       .needs = Right::read,
       .options = {kTenantOption, option("after", text, "TENANT/CAMPAIGN"), option("limit", number, "100")},
       .summary = "Shows the campaigns that have been counted, with their results.",
       .details =
           R"(By tenant and name, with the first and the last hour in which something was counted; the columns are those of
`report campaign`. A last line with `next=` means that there are more: ask again with `after=` and its value. A page has
at most 1000.)",
       .run = report_list,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "report bounces",
       .needs = Right::read,
       .options = {kTenantOption, option("days", number, "30"), option("by", name, "provider")},
       .summary = "Counts what was sent and what came back, by tenant and stream.",
       .details =
           R"(`hard`, `soft` and `complaints` are recipients whose report was acted on, `block` messages that were refused because of
the sender; what was not believed is not counted. `sent` are recipients of messages that went out, `unsubscribes` requests of
recipients to get no more, also those that were undone. `delivered` and `undelivered` are recipients of whom the MTA's log says so
(`feedback.mail_log`), whether or not they had a return path. Of the last `days`, and not longer than `retention.events`. Streams of
which nothing is known have no line. `by=provider` has a line for each stream and provider (google, microsoft, yahoo, apple, other),
with `blocked-for`, the reasons of `block`; `refusals`, the attempts that the log says a server refused because of the sender, each
try anew, and `refused-for`, their reasons; and in percent `hard-rate`, of those delivered and undelivered, and `complaint-rate`, of
those delivered, each only from 100 recipients on. See docs/feedback.md.)",
       .run = report_bounces,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "feedback take",
       .needs = Right::write,
       .holes = {{"RECIPIENT", address}},
       .summary = "Takes in a bounce or complaint that came back by another way than the milter.",
       .details =
           R"(The message follows in lines of base64, and a line with a single dot ends it; `signpostctl feedback RECIPIENT < MESSAGE` sends it
so, from a pipe of the MTA (docs/feedback.md). RECIPIENT is the address at the bounce domain to which it came. What it causes is on
disk before the `ok`.)",
       .run = feedback_take,
       .takes_lines = true},
      {.words = "feedback replay",
       .needs = Right::write,
       .options = {option("since", duration, "30d"), option("dry-run", yes, "yes")},
       .summary =
           "Judges the kept reports again, by the rules of today, and lists dead addresses that were missed.",
       .details =
           R"(For use after an upgrade that changed rules. Of each recipient for whom the rules say something else now, a line: `before` is the
class by which the report acted (`-`: it did nothing), `now` what it is. A dead address that was missed is listed (`done=yes`);
`dry-run=yes` lists none. What was listed and is not dead after all is only told: other reports may prove it, so look, and take it
off with `suppress del`. Reports that acted or were counted are kept for `retention.evidence`, each fact once, with their first 40,000 octets.)",
       .run = feedback_replay,
       .body = Body::list},
      {.words = "feedback records",
       .needs = Right::read,
       .options = {{"host", domain, "MX-NAME", true}, option("ip", text, "ADDRESS[,ADDRESS…]")},
       .summary = "Prints the DNS records that the bounce domains need.",
       .details =
           R"(`host` is the name of the host that takes their mail, `ip` the addresses or networks from which mail leaves
(if absent, those of the host). `not-aligned` names sender domains for which SPF does not align (RFC 7489), because the bounce domain has
another parent: give that tenant a `bounce_domain` of its own. DKIM still aligns.)",
       .run = feedback_records,
       .body = Body::list},
      {.words = "report campaign",
       .needs = Right::read,
       .holes = {{"NAME", text}},
       .options = {kTenantOption, kStreamOption, option("hours", yes, "yes"), option("picture", yes, "yes")},
       .summary = "Shows the results of a campaign: recipients, clicks, opens, unsubscribes, clicks by link.",
       .details =
           R"(NAME is the value of the header `Signpost-Campaign`; "" is mail without one. `clicks` and `opens`
count people only; mail services that prefetch, those that hide when people read (`opens-privacy`) and scanners are
counted separately. `hours=yes` adds a line for
each hour, `picture=yes` what is kept of the layout of the campaign's message (`signpostctl report map` draws it).
In the mode `anonymous`, clicks on campaigns of fewer than ten recipients are counted together under the name
`(under ten recipients)`, and `counted-under=` says so. Each stream in which the campaign was sent has a line
(`stream=S`: only that line); of several, clicks and opens are in it if all of them say their stream.)",
       .run = report_campaign,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
  };
}

}  // namespace signpost::daemon::commands
