// The port to mail that waits in the MTA's hold queue until a limit allows it. Who is held, policy/judging says; where the
// messages are, who releases them, and in what order, is the implementation's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::policy::limits {

/// What a held message has still to be charged before it goes out.
struct HeldCharge {
  std::string limit;
  std::string key;  ///< of the bucket (format_key)
  std::uint64_t amount = 1;
  bool operator==(const HeldCharge&) const = default;
};

/// A finished message that the MTA keeps. Enough to judge it once more without its text.
struct HeldMessage {
  std::string id;        ///< ULID; ids sort by time
  std::string queue_id;  ///< of the MTA
  std::string tenant;
  std::string stream;
  std::string login;
  std::string sender;                   ///< envelope sender as its application gave it, without <>
  std::vector<std::string> recipients;  ///< as they were given, without <>
  /// Canonical addresses about which the list has a say: whatever the MTA may make of its recipients.
  std::vector<std::string> listable;
  bool judged_at_submit = false;  ///< policy::was_judged_at_submit
  std::vector<HeldCharge> charges;
  std::vector<std::string> signatures;  ///< "selector:domain"
  base::Wall since{};
  base::Wall due{};      ///< not before; epoch: as soon as the limits allow
  base::Wall expires{};  ///< released later, its signature would be void; epoch: never
  bool operator==(const HeldMessage&) const = default;
};

/// Thread-safe.
class HoldQueue {
 public:
  virtual ~HoldQueue() = default;
  /// Whether mail of that key waits: then later mail waits behind it, though the limit may have room by now.
  virtual bool waits(std::string_view limit, std::string_view key) const = 0;
  /// To be called before the MTA is told to hold the message, so that it is never forgotten there: on success it is on disk, and
  /// whoever releases it knows of it. Errors: `unavailable`; the message must then be deferred.
  virtual base::Result<void> add(const HeldMessage& message) = 0;
  /// The MTA was not told after all.
  virtual void give_up(std::string_view id) = 0;
};

}  // namespace signpost::policy::limits
