// A report that came back and was genuine, as a line of the evidence files: kept so that it can be judged again when the rules have
// changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::daemon::facts {

struct Evidence {
  base::Wall at{};  ///< when it was taken in
  std::string id;   ///< ULID of the report
  std::string queue_id;
  std::vector<std::string> local_parts;  ///< to which it came
  std::string client;
  bool by_own_mta = false;
  std::string raw;  ///< its beginning: kMaxEvidence octets
};

inline constexpr std::size_t kMaxEvidence = 40'000;
/// Local parts that are kept; strangers choose their length.
inline constexpr std::size_t kMaxLocalParts = 20;

/// Without a line end; below 64 KiB.
std::string format_evidence(const Evidence& evidence);
/// Error `invalid` for anything else; what was erased of it is empty.
base::Result<Evidence> parse_evidence(std::string_view line);

}  // namespace signpost::daemon::facts
