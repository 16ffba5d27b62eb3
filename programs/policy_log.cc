#include "programs/policy_log.h"

#include <utility>

namespace signpost::programs {

PolicyLog::PolicyLog(PolicyLogSettings settings, LogWriter writer)
    : settings_(std::move(settings)), writer_(std::move(writer)) {}

base::Result<PolicyLog> PolicyLog::open(PolicyLogSettings settings) {
  auto writer =
      LogWriter::open(settings.file.empty() ? LogTarget::syslog_mail : LogTarget::file, settings.file);
  if (!writer) return tl::unexpected(writer.error());
  return PolicyLog(std::move(settings), std::move(*writer));
}

void PolicyLog::write(const policy::Event& event) {
  writer_.write(settings_.format == PolicyLogSettings::Format::json
                    ? policy::format_event_json(event, settings_.addresses)
                    : policy::format_event_text(event, settings_.addresses));
}

}  // namespace signpost::programs
