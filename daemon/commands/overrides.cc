#include "daemon/commands/overrides.h"

#include <memory>
#include <utility>

namespace signpost::daemon::commands {

base::Result<void> change_overrides(ControlContext& context,
                                    const std::function<void(policy::limits::Overrides&)>& change) {
  base::MutexLock lock(context.overrides_change);
  auto next = std::make_shared<policy::limits::Overrides>(*context.overrides.get());
  change(*next);
  if (auto saved = context.save_overrides(*next); !saved) return saved;
  context.overrides.set(std::move(next));
  return {};
}

std::optional<base::Wall> end_of(const Request& request, base::Wall now) {
  if (!request.has("for")) return std::nullopt;
  return now + base::parse_duration(request.get("for")).value_or(std::chrono::milliseconds{});
}

std::string format_until(const std::optional<base::Wall>& until) {
  return until ? base::format_time(*until) : "-";
}

}  // namespace signpost::daemon::commands
