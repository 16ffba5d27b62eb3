// What the daemon may keep of a hit: decided by the mode that its token carries, and by whether its recipient
// refuses to be tracked by now. The daemon stores it, and acts on an unsubscribe.
#pragma once

#include <string>

#include "track/hit.h"
#include "track/token.h"

namespace signpost::track {

/// What the token of such a hit was made for.
Purpose purpose_of(HitKind kind);

struct Kept {
  bool counted = false;   ///< in the counters of tenant, campaign and link
  bool event = false;     ///< as a line of its own, with what follows
  std::string recipient;  ///< the address, or from a pseudonymous token its 8 bytes of keyed hash
  std::string message;
  std::string client;
  std::string agent;
  bool operator==(const Kept&) const = default;
};

/// `refuses`: the recipient is listed as no-tracking now, whatever was so when the mail was sent. An
/// unsubscribe and its undo are always kept, since they change the list, but without client and agent.
Kept kept_of(const Token& token, const Hit& hit, bool refuses);

}  // namespace signpost::track
