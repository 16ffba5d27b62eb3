// The value of the field Signpost-Id, which leaves with a message: whoever sends the message's header back, in a complaint whose
// recipient is hidden or to another address than the return path, says with it what it is about. Seals and opens it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/keyring.h"
#include "base/result.h"
#include "base/siv.h"

namespace signpost::feedback {

inline constexpr std::string_view kIdField = "Signpost-Id";
/// RFC 9477 §5: where complaints may be sent, and our id again, under the name by which reporters give it back.
inline constexpr std::string_view kCfblField = "CFBL-Address";
inline constexpr std::string_view kCfblIdField = "CFBL-Feedback-ID";
/// Google's: https://support.google.com/mail/answer/6254652.
inline constexpr std::string_view kFeedbackIdField = "Feedback-ID";

struct SealedId {
  std::uint32_t tenant = 0;
  std::uint8_t stream = 0;  ///< its code (track::stream_code)
  std::string id;           ///< the message's ULID as 16 bytes
  std::string recipient;    ///< canonical; empty if the message had several, or a longer one
  std::string sender = {};  ///< without <>, as it was given; empty if its bounces are not forwarded
  bool operator==(const SealedId&) const = default;
};

/// Holds the parsed ring; thread-safe.
class SealedIds {
 public:
  /// Error `invalid` for a ring without an active key.
  static base::Result<SealedIds> create(const base::Keyring& ring);

  /// base64url, at most 450 octets, with a sender at most 800. `id` as text (ULID). Error `invalid`: it is not a ULID.
  base::Result<std::string> seal(std::uint32_t tenant, std::uint8_t stream, std::string_view id,
                                 std::string_view recipient, std::string_view sender = {}) const;
  /// Blanks around it and within do not count: header fields are folded. Error `invalid` for anything that we did not seal.
  base::Result<SealedId> parse_sealed_id(std::string_view text) const;

 private:
  SealedIds() = default;
  std::map<std::uint8_t, base::Siv> keys_;
  std::uint8_t active_ = 0;
};

}  // namespace signpost::feedback
