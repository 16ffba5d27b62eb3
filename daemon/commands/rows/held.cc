// Rows of the commands about mail that the MTA holds for a limit.
#include "daemon/commands/handlers.h"
#include "daemon/commands/rows/rows.h"

namespace signpost::daemon::commands {
namespace {

using enum ValueKind;

}  // namespace

std::vector<Command> held_rows() {
  return {
      {.words = "held list",
       .needs = Right::read,
       .options = {kTenantOption, option("limit", number, "100")},
       .summary = "Shows the mail that limits hold, the oldest first.",
       .details =
           R"(`waits-for`: `send-at` (it is not `due` yet), `limit` (one of `limits` has no room yet), `paused` (the tenant is), `unknown-tenant` (it is not configured any
more), `list` (the suppression list cannot be read), `mta` (it goes as soon as the MTA is done with it, or signpost-release answers).
With a time in `expires` its signature would be void later.)",
       .run = held_list,
       .body = Body::list,
       .for_tenant = ForTenant::narrowed},
      {.words = "held release",
       .needs = Right::write,
       .holes = {{"ID", text}},
       .options = {kTenantOption, option("force", yes, "yes")},
       .summary = "Releases a held message now, whatever its limits say, or all of them.",
       .details =
           R"(ID is the `id` or the `qid` of `held list`, or `all`, with `tenant=` those of one tenant. Limits are not charged. Mail of a paused
tenant, and mail with a recipient who was suppressed meanwhile, stays (`left` counts it), unless `force=yes`. What is not due yet is released too.)",
       .run = held_release},
      {.words = "held drop",
       .needs = Right::write,
       .holes = {{"ID", text}},
       .summary = "Deletes a held message. Nobody is told.",
       .run = held_drop},
  };
}

}  // namespace signpost::daemon::commands
