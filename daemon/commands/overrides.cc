#include "daemon/commands/overrides.h"

#include <memory>
#include <utility>

namespace signpost::daemon::commands {

base::Result<void> OverrideEditor::change(const std::function<void(policy::limits::Overrides&)>& change) {
  base::MutexLock lock(one_at_a_time_);
  auto next = std::make_shared<policy::limits::Overrides>(*published_.get());
  change(*next);
  if (auto saved = daemon_.save(*next); !saved) return saved;
  published_.set(std::move(next));
  return {};
}

std::optional<base::Wall> end_of(const Request& request, base::Wall now) {
  const auto* duration = request.find<std::chrono::milliseconds>("for");
  if (duration == nullptr) return std::nullopt;
  return now + *duration;
}

Value rate_value(const std::vector<policy::Rate>& rates) {
  if (rates.empty()) return {};
  Value::Texts texts;
  texts.reserve(rates.size());
  for (const policy::Rate& rate : rates) texts.push_back(policy::format_rate(rate));
  return texts;
}

std::optional<std::string> format_until(const std::optional<base::Wall>& until) {
  if (!until) return std::nullopt;
  return base::format_time(*until);
}

}  // namespace signpost::daemon::commands
