#include "daemon/ingest/stream_names.h"

#include "track/token.h"

namespace signpost::daemon::ingest {

std::map<std::uint8_t, std::string> streams_of(const policy::Tenant& tenant) {
  std::map<std::uint8_t, std::string> streams;
  const auto add = [&streams](const std::string& name) {
    const auto [known, is_new] = streams.emplace(track::stream_code(name), name);
    if (!is_new && known->second != name) known->second.clear();
  };
  add(tenant.stream);
  for (const std::string& name : tenant.streams) add(name);
  for (const policy::StreamRule& rule : tenant.stream_rules) add(rule.stream);
  return streams;
}

}  // namespace signpost::daemon::ingest
