// How published keys are watched, as plain data: the [dns] table and some rows of [dkim].
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "system/dns_resolver.h"

namespace signpost::config {

struct DnsWatchSettings {
  bool gate = false;                       ///< new keys wait for their record, all are watched
  std::chrono::seconds watch_every{3600};  ///< keys that sign; those that wait are looked at more often
  std::chrono::seconds overlap{7 * 24 * 3600};
  std::vector<system::DnsServer> servers;  ///< empty: those of the system
  std::chrono::seconds timeout{5};
  bool subdomains = false;  ///< dkim.subdomains: what holds for keys among `key_pattern`
  std::string key_pattern;  ///< dkim.key_files: where `dkim rotate` puts new keys
};

}  // namespace signpost::config
