// The families of importers/formats, one file each, and the meanings that their tables share. A part of it.
#pragma once

#include <vector>

#include "importers/formats.h"

namespace signpost::importers {

using policy::Reason;

inline constexpr Meaning kHard{Fate::take, Reason::hard_bounce, Scope::everywhere};
inline constexpr Meaning kSoft{Fate::take, Reason::soft_bounce, Scope::own, true, true};
inline constexpr Meaning kComplaint{Fate::take, Reason::complaint, Scope::own};
inline constexpr Meaning kOptOut{Fate::take, Reason::unsubscribe, Scope::bulk};
inline constexpr Meaning kManual{Fate::take, Reason::manual, Scope::own};
inline constexpr Meaning kManualBulk{Fate::take, Reason::manual, Scope::bulk};
inline constexpr Meaning kAllow{Fate::take, Reason::allow, Scope::own};
inline constexpr Meaning kIgnored{Fate::ignore};
inline constexpr Meaning kAsk{Fate::ask, Reason::manual, Scope::by_reason, false};

/// The list says it, not the record: `reason=` may say otherwise.
constexpr Meaning of_list(Meaning meaning) {
  meaning.is_told = false;
  return meaning;
}
constexpr Meaning for_transactional(Meaning meaning) {
  meaning.scope = Scope::transactional;
  return meaning;
}

/// Services that deliver the mail of applications: importers/formats_delivery.cc.
std::vector<Format> delivery_formats();
/// Services and programs that send newsletters: importers/formats_newsletters.cc.
std::vector<Format> newsletter_formats();
/// Tables of mail servers and list servers: importers/formats_servers.cc.
std::vector<Format> server_formats();

}  // namespace signpost::importers
