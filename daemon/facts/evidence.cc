#include "daemon/facts/evidence.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "policy/event.h"
#include "policy/event_line.h"

namespace signpost::daemon::facts {
namespace {

constexpr std::size_t kMaxLocalPart = 64;  ///< RFC 5321 §4.5.3.1.1

}  // namespace

std::string format_evidence(const Evidence& evidence) {
  std::string line = base::format_time(evidence.at);
  const auto add = [&line](std::string_view key, std::string_view value) {
    line.append(" ").append(key).append("=").append(policy::format_value(value));
  };
  add("id", evidence.id);
  add("qid", evidence.queue_id);
  std::size_t count = 0;
  for (const std::string& local : evidence.local_parts) {
    if (local.size() > kMaxLocalPart) continue;
    if (++count > kMaxLocalParts) break;
    add("local", local);
  }
  add("client", evidence.client);
  add("own", evidence.by_own_mta ? "yes" : "no");
  add("raw", base::encode_base64(std::string_view(evidence.raw).substr(0, kMaxEvidence)));
  return line;
}

base::Result<Evidence> parse_evidence(std::string_view line) {
  const auto event = policy::parse_event_text(line);
  if (!event) return tl::unexpected(event.error());
  Evidence evidence;
  evidence.at = event->at;
  evidence.id = event->value("id");
  evidence.queue_id = event->value("qid");
  evidence.client = event->value("client");
  evidence.by_own_mta = event->value("own") == "yes";
  for (const auto& [key, value] : event->fields) {
    if (key == "local") evidence.local_parts.push_back(value);
  }
  // An erased one is no base64 of anything, or of nothing that is a report.
  if (auto raw = base::decode_base64(event->value("raw"))) evidence.raw = std::move(*raw);
  return evidence;
}

}  // namespace signpost::daemon::facts
