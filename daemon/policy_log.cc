#include "daemon/policy_log.h"

#include <utility>

namespace signpost::daemon {

PolicyLog::PolicyLog(PolicyLogSettings settings, system::LogWriter writer, store::EventFiles* files)
    : settings_(std::move(settings)), files_(files), writer_(std::move(writer)) {}

base::Result<PolicyLog> PolicyLog::open(PolicyLogSettings settings, store::EventFiles* files) {
  auto writer = system::LogWriter::open(
      settings.file.empty() ? system::LogTarget::syslog_mail : system::LogTarget::file, settings.file);
  if (!writer) return tl::unexpected(writer.error());
  return PolicyLog(std::move(settings), std::move(*writer), files);
}

void PolicyLog::write(const policy::Event& event) {
  const bool is_json = settings_.format == PolicyLogSettings::Format::json;
  const std::string text =
      is_json && files_ == nullptr ? std::string() : policy::format_event_text(event, settings_.addresses);
  if (files_ != nullptr) files_->append(event.at, text);
  writer_.write(is_json ? policy::format_event_json(event, settings_.addresses) : text);
}

void PolicyLog::keep(const policy::Event& event) {
  if (files_ != nullptr) files_->append(event.at, policy::format_event_text(event, settings_.addresses));
}

}  // namespace signpost::daemon
