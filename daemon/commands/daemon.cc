// Commands about the daemon as a whole: its health, configuration, keys, log level, and a copy of its store.
#include "base/version.h"
#include "daemon/commands/handlers.h"

namespace signpost::daemon::commands {
void show_status(const Request&, ControlContext& context, ControlChannel&, Reply& reply) {
  const DaemonStatus status = context.status();
  const auto snapshot = context.snapshots.get();
  const auto up = std::chrono::floor<std::chrono::seconds>(context.clock.wall() - status.started);
  reply.ok();
  reply.line({{"state", status.problems.empty() ? "ok" : "degraded"}});
  reply.line({{"version", base::kVersion}});
  reply.line({{"started", base::format_time(status.started)}});
  reply.line({{"uptime", base::format_duration(up)}});
  reply.line({{"generation", std::to_string(snapshot->generation)}});
  reply.line({{"mode", snapshot->milter.observe ? "observe" : "enforce"}});
  reply.line({{"connections-open", std::to_string(context.counters.connections_open.load())}});
  reply.line({{"log-lines-lost", std::to_string(status.log_lines_lost)}});
  if (const store::list::BulkProgress import = context.bulk->progress(); import.loading) {
    reply.line({{"import-lines", std::to_string(import.taken)}});
    reply.line({{"import-done", std::to_string(import.done)}});
  }
  for (const std::string& problem : status.problems) reply.line({{"problem", problem}});
}

void reload(const Request&, ControlContext& context, ControlChannel&, Reply& reply) {
  const ReloadResult result = context.reload();
  if (!result) {
    reply.error("invalid", "the configuration has errors; the running one stays");
    for (const std::string& error : result.error()) reply.line({{"problem", error}});
    return;
  }
  reply.ok(policy::format_fields({{"generation", std::to_string(result->generation)}}));
  for (const std::string& warning : result->warnings) reply.line({{"warning", warning}});
  for (const std::string& setting : result->needs_restart) reply.line({{"needs-restart", setting}});
}

void show_version(const Request&, ControlContext&, ControlChannel&, Reply& reply) {
  reply.ok(policy::format_fields({{"version", base::kVersion}}));
}

void log_level(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const std::string& level = request.get("LEVEL");
  if (const auto set = context.set_log_level(level); !set) return reply.error(set.error());
  reply.ok(policy::format_fields({{"level", level}}));
}

void backup(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const std::string& file = request.get("FILE");
  if (const auto copied = context.backup(file); !copied) return reply.error(copied.error());
  reply.ok(policy::format_fields({{"file", file}}));
}

}  // namespace signpost::daemon::commands
