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
       .summary = "Shows one limit and its fullest buckets.",
       .details = "Options choose the buckets whose key has that value.",
       .run = limit_show,
       .body = Body::list},
      {.words = "limit set",
       .needs = Right::write,
       .holes = {{"NAME", name}},
       .options = {{"rate", rates, "RATE[,RATE…]", true}, option("for", duration, "2h")},
       .summary = "Changes the rates of a limit while the daemon runs.",
       .details = R"(It wins over the configuration, over restarts too, until the time given ends or
`limit reset NAME`.)",
       .run = limit_set},
      {.words = "limit reset",
       .needs = Right::write,
       .holes = {{"NAME", name}},
       .options = bucket_options(),
       .summary = "Empties buckets of a limit.",
       .details = "Without options all its buckets are emptied and a `limit set` is taken back.",
       .run = limit_reset},
      {.words = "limit top",
       .needs = Right::read,
       .holes = {{"N", number, {}, false}},
       .summary = "Shows the fullest buckets of all limits.",
       .details = "Ten if N is not given.",
       .run = limit_top,
       .body = Body::list},
      {.words = "link block",
       .needs = Right::write,
       .options = link_options_with_note(),
       .summary = "Switches tracking links off: they are answered 410 and lead nowhere.",
       .details =
           R"(One of the options says which: those to a host and the names below it, those of a tenant, of a
campaign, of one message (the id= of its log line; known only to links from the mode `pseudonymous` up), or
those sealed with one key. It holds for mail already sent. Unsubscribe links stay open, except by `kid`.)",
       .run = link_block},
      {.words = "link unblock",
       .needs = Right::write,
       .options = link_options(),
       .summary = "Switches them on again.",
       .run = link_unblock},
      {.words = "link blocked",
       .needs = Right::read,
       .summary = "Shows what is switched off.",
       .run = link_blocked,
       .body = Body::list},
      {.words = "report campaign",
       .needs = Right::read,
       .holes = {{"NAME", text}},
       .options = {kTenantOption, kStreamOption, option("hours", yes, "yes"), option("picture", yes, "yes")},
       .summary =
           R"(Shows what became of a campaign: recipients, clicks, opens and unsubscribes, and each link's clicks.)",
       .details =
           R"help(The name is that of the header `Signpost-Campaign`; "" is mail without one. Only people count
as `clicks` and `opens`; prefetching mail services and scanners are counted beside them. `hours=yes` adds a line
for each hour, `picture=yes` what is kept of the message's look (`signpostctl report map` draws it). Clicks in
the mode `anonymous` on campaigns of fewer than ten recipients are counted together under
"(under ten recipients)".Each stream the campaign went out in has a line with its recipients and
           unsubscribes(`stream = S`
                        : that one alone); clicks and opens are in it if there is one stream only, since a link does not tell
its stream.)help",
       .run = report_campaign,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
  };  // namespace signpost::daemon::commands
}

}  // namespace signpost::daemon::commands
