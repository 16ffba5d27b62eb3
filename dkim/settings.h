// What signing needs to know, as plain data: the keys and how to sign. Filled from the [dkim] table by
// programs/settings; key files are read there too.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/crypto.h"

namespace signpost::dkim {

enum class Canon { simple, relaxed };

/// A key as configured, parsed once, shared by all threads.
struct SigningKey {
  std::string domain;    ///< d=, canonical
  std::string selector;  ///< s=
  std::shared_ptr<const base::PrivateKey> key;
};

struct Settings {
  Canon header_canon = Canon::relaxed;
  Canon body_canon = Canon::relaxed;
  /// Signed as often as present plus once more, so that none can be added (lower case).
  std::vector<std::string> oversign = {"from", "to", "cc", "subject", "date", "reply-to", "message-id"};
  /// Signed as often as present (lower case).
  std::vector<std::string> sign;
  std::optional<std::chrono::seconds> expire_after;
  /// Keys by their domain; within a domain RSA first.
  std::unordered_map<std::string, std::vector<SigningKey>> keys;
};

/// The default of Settings::sign.
std::vector<std::string> default_signed_fields();

/// True for a field that no signature may name: naming it in `sign` or `oversign` has no effect.
bool is_never_signed(std::string_view name);

}  // namespace signpost::dkim
