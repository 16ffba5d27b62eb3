// Rows of the commands about the daemon as a whole.
#include "daemon/commands/handlers.h"
#include "daemon/commands/rows/rows.h"

namespace signpost::daemon::commands {

std::vector<Command> daemon_rows() {
  return {
      {.words = "stats",
       .needs = Right::read,
       .summary = "Shows totals since the start.",
       .details =
           R"(Last the totals by recipients' provider (google, microsoft, yahoo, apple, other), counted as in `report bounces`, and refusals
of the sender that were made to wait, by the provider that refused.)",
       .run = show_stats},
      {.words = "metrics",
       .needs = Right::read,
       .summary = "The same totals as Prometheus text.",
       .run = show_metrics,
       .body = Body::text},
      {.words = "status",
       .needs = Right::read,
       .summary = "Shows whether the daemon is healthy.",
       .details =
           R"(`state=ok`, or `state=degraded` with a `problem` line for each reason; a `hint` is
worth a look, and need not be wrong. `list-checked` is when all of the open list was last looked through for damage, and
`list-percent` how far the look under way is. `signpostctl` ends with 0 or 1, and with 3 when the daemon is not running.)",
       .run = show_status},
      {.words = "reload",
       .needs = Right::admin,
       .summary = "Reads the configuration and the keys again.",
       .details =
           R"(Everything is checked first. The answer is `ok generation=7`, or the errors; after an error the running
configuration stays in use. Settings that take effect only at the next start are named.)",
       .run = reload},
      {.words = "version",
       .needs = Right::read,
       .summary = "Shows the version.",
       .run = show_version,
       .for_tenant = ForTenant::same},
      {.words = "log level",
       .needs = Right::admin,
       .holes = {{"LEVEL", ValueKind::log_level}},
       .summary = "Sets the level of the daemon's own log, until the next start.",
       .details = "error, warning, info or debug. The policy log is not affected.",
       .run = daemon::commands::log_level},
      {.words = "help",
       .needs = Right::read,
       .holes = {{"COMMAND", ValueKind::words, {}, false}},
       .summary = "Lists the commands, or explains one.",
       .details = "`signpostctl help` answers without a daemon.",
       .run = help,
       .body = Body::text,
       .for_tenant = ForTenant::same},
  };
}

}  // namespace signpost::daemon::commands
