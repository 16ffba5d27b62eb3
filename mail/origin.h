// The kinds of origin a message can have, and their words in the log. Which of them a message has is decided by
// policy/origin; here is only what floors below it must name too (the envelope, the seal).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace signpost::mail {

/// Whose mail. The numbers are written into seals: never give one a new meaning.
enum class Origin : std::uint8_t {
  login = 1,       ///< submitted by an authenticated client
  made_here = 2,   ///< made by a program on this host
  trusted = 3,     ///< from a client that the site trusts
  own_dsn = 4,     ///< a report of this host's own MTA
  sealed = 5,      ///< handed back to us: it carries our own seal, which names its first origin
  reinjected = 6,  ///< came back to this host's MTA without a seal; not ours
  foreign = 7,     ///< a stranger's
};
inline constexpr Origin kOrigins[] = {Origin::login,  Origin::made_here,  Origin::trusted, Origin::own_dsn,
                                      Origin::sealed, Origin::reinjected, Origin::foreign};

/// "login", "made-here", "trusted", "own-dsn", "sealed", "reinjected", "foreign"
const char* origin_word(Origin origin);
/// Error `invalid` for any other word: it names the words.
base::Result<Origin> parse_origin(std::string_view word);

/// True for mail that may be signed and is judged. Not for reinjected and foreign mail; not for `sealed`
/// either, since the seal may name a stranger's: ask about the origin inside it.
bool is_ours(Origin origin);

}  // namespace signpost::mail
