// Why an address is listed, and which streams each reason blocks: the table of the product's heart, as data.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::policy {

enum class Reason {
  hard_bounce,
  soft_bounce,
  complaint,
  unsubscribe,
  manual,
  trap,
  dead_domain,
  allow,
  no_tracking
};
inline constexpr Reason kReasons[] = {Reason::hard_bounce, Reason::soft_bounce, Reason::complaint,
                                      Reason::unsubscribe, Reason::manual,      Reason::trap,
                                      Reason::dead_domain, Reason::allow,       Reason::no_tracking};
const char* reason_word(Reason reason);  ///< "hard-bounce"
base::Result<Reason> parse_reason(std::string_view word);

/// True for what concerns one customer's mail only (complaint, unsubscribe, soft-bounce): such a listing is a
/// tenant's own unless somebody says that it holds everywhere.
bool is_own_by_default(Reason reason);

/// Whether a listing's stream means this one: empty means all, "!name" all but that one.
bool names_stream(std::string_view listing_stream, std::string_view stream);

/// Which streams a reason blocks: "*" all, "!name" all but this one, "name" this one, "own" only the
/// listing's own stream, of a listing without one all but "transactional". Later words win: {"*", "!transactional"}.
using StreamSet = std::vector<std::string>;
bool covers(const StreamSet& set, std::string_view stream, std::string_view listing_stream);

using BlockTable = std::map<Reason, StreamSet>;
/// hard-bounce, dead-domain, trap, manual, soft-bounce: {"*"}; complaint: {"*", "!transactional"};
/// unsubscribe: {"own"}; allow, no-tracking: {}.
BlockTable default_blocks();

}  // namespace signpost::policy
