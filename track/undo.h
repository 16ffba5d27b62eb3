// The undo token in the answer to an unsubscribe: it says which unsubscribe it takes back, for ten minutes.
// Minted by the web program, verified there and again by the daemon; both have the tracking ring and
// nothing else in common.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/keyring.h"
#include "base/result.h"

namespace signpost::track {

constexpr std::chrono::minutes kUndoTime{10};

/// Thread-safe.
class UndoSealer {
 public:
  /// Error `invalid` for a ring without an active key.
  static base::Result<UndoSealer> create(const base::Keyring& ring);
  /// For the unsubscribe that was made with `token` at `at`. base64url, no padding.
  std::string seal(std::string_view token, base::Wall at) const;
  /// When the unsubscribe with `token` was made. Error `invalid` for what we did not seal for this token,
  /// `limit` if that was longer than kUndoTime before `now`.
  base::Result<base::Wall> open(std::string_view text, std::string_view token, base::Wall now) const;

 private:
  std::vector<base::RingKey> keys_;  ///< derived; the active one first, without the revoked ones
};

}  // namespace signpost::track
