// The envelope sender under which mail leaves so that what comes back tells what it is about (VERP): `b+TOKEN@domain`. Mints
// and opens the token; which mail gets one, and what a report to it may do, is decided elsewhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/keyring.h"
#include "base/result.h"
#include "base/siv.h"

namespace signpost::feedback {

/// What a token says. It can be read by whoever gets the mail only as a whole: it proves that we made it, never who
/// sends it back.
struct ReturnPath {
  std::uint32_t tenant = 0;
  std::uint8_t stream = 0;  ///< its code (track::stream_code)
  /// 10 of the 16 bytes of the message's ULID: the time, and the last four.
  std::string message;
  /// 4 bytes of a keyed hash of the one recipient; empty if the message had several, who all see the same return path.
  std::string recipient;
  bool operator==(const ReturnPath&) const = default;

  bool is_shared() const { return recipient.empty(); }
  /// When the message was sent, in milliseconds.
  base::Wall sent() const;
};

/// Holds the parsed ring; thread-safe.
class ReturnPaths {
 public:
  /// Error `invalid` for a ring without an active key.
  static base::Result<ReturnPaths> create(const base::Keyring& ring);

  /// The local part, at most 64 octets (RFC 5321 §4.5.3.1.1), letters and digits behind "b+", in lower case. `id` is the
  /// message's ULID; `recipient` the canonical key of the one recipient, or nullopt. Error `invalid`: not a ULID.
  base::Result<std::string> mint(std::uint32_t tenant, std::uint8_t stream, std::string_view id,
                                 const std::optional<std::string>& recipient) const;

  /// Of a local part in either case. Error `not_found` for one of another form, `invalid` for one in our form that we did
  /// not mint, or whose key is unknown or revoked.
  base::Result<ReturnPath> parse_return_path(std::string_view local_part) const;

  /// Whether that recipient is the one whom the token names; never for a shared one.
  bool is_for(const ReturnPath& path, std::string_view canonical) const;

 private:
  struct Key {
    base::Siv siv;
    std::string bytes;
  };
  ReturnPaths() = default;
  std::map<std::uint8_t, Key> keys_;  ///< those that open
  std::uint8_t active_ = 0;
};

/// What a token says of a message, from its ULID's 16 bytes: ReturnPath::message.
std::string shorten_id(std::string_view ulid_bytes);

/// Whether the local part is one that other programs made for the same purpose (SRS, BATV, VERP with the recipient in it):
/// then bounces belong to them.
bool is_coded_sender(std::string_view local_part);

}  // namespace signpost::feedback
