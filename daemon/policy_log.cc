#include "daemon/policy_log.h"

#include <utility>

namespace signpost::daemon {

PolicyLog::PolicyLog(PolicyLogSettings settings, system::LogWriter writer)
    : settings_(std::move(settings)), writer_(std::move(writer)) {}

base::Result<PolicyLog> PolicyLog::open(PolicyLogSettings settings) {
  auto writer = system::LogWriter::open(
      settings.file.empty() ? system::LogTarget::syslog_mail : system::LogTarget::file, settings.file);
  if (!writer) return tl::unexpected(writer.error());
  return PolicyLog(std::move(settings), std::move(*writer));
}

void PolicyLog::write(const policy::Event& event) {
  writer_.write(settings_.format == PolicyLogSettings::Format::json
                    ? policy::format_event_json(event, settings_.addresses)
                    : policy::format_event_text(event, settings_.addresses));
}

}  // namespace signpost::daemon
