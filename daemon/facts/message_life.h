// Everything that the event files hold about one message: which lines belong to it, however many passes it made, and when
// each was written. What a refusal in them means is feedback/answers'.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/event_line.h"
#include "store/events/event_files.h"

namespace signpost::daemon::facts {

struct Fact {
  store::EventPlace place;
  policy::EventLine line;
};

struct MessageLife {
  std::vector<Fact> facts;  ///< in the order of time; empty: nothing is known
  /// Messages that are not shown: older ones with the same queue id (which Postfix may use again), or more with the same
  /// Message-ID than kMaxMessages.
  std::uint64_t others = 0;
  bool is_cut = false;  ///< there are more than kMaxFacts
};

inline constexpr std::size_t kMaxMessages = 20;
inline constexpr std::size_t kMaxFacts = 1000;

/// `asked` is a queue id of the MTA, a Message-ID (with or without <>), or our own id of a message (`id=` in the log). Looks at each day from the newest back until it finds the message, then at all from that
/// day on; `stops` ends it early, with an error. Linear in what it reads; some 1 GB a second.
/// Errors: unavailable.
base::Result<MessageLife> find_life(const store::EventFiles& files, std::string_view asked,
                                    const policy::AddressForms& forms, const std::function<bool()>& stops);

}  // namespace signpost::daemon::facts
