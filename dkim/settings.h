// What signing needs to know, as plain data: the keys and how to sign. Filled from the [dkim] table by
// config/; key files are found there too.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dkim/key_table.h"

namespace signpost::dkim {

enum class Canon { simple, relaxed };

/// What a reader is shown, or how the body is read: none of these may be added on the way.
std::vector<std::string> default_oversigned_fields();
/// What may be added behind us, such as a mailing list's fields, and is signed where it is present.
std::vector<std::string> default_signed_fields();

/// The age at which signatures of one stream expire; absent: never.
struct StreamExpiry {
  std::string stream;
  std::optional<std::chrono::seconds> expire_after;
  bool operator==(const StreamExpiry&) const = default;
};

struct Settings {
  Canon header_canon = Canon::relaxed;
  Canon body_canon = Canon::relaxed;
  /// Signed as often as present plus once more, so that none can be added (lower case).
  std::vector<std::string> oversign = default_oversigned_fields();
  /// Signed as often as present (lower case).
  std::vector<std::string> sign = default_signed_fields();
  std::optional<std::chrono::seconds> expire_after;
  std::vector<StreamExpiry> stream_expiry;  ///< in place of expire_after, for these streams
  KeyTable keys;
  /// Its keys sign, as a third party, mail for which there is no other key. Empty: such mail is unsigned.
  std::string default_domain;

  std::optional<std::chrono::seconds> expiry_of(std::string_view stream) const;
};

/// True for a field that no signature may name: naming it in `sign` or `oversign` has no effect.
bool is_never_signed(std::string_view name);

}  // namespace signpost::dkim
