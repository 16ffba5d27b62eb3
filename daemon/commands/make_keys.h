// Keys made and changed without the daemon: a DKIM key with its DNS record, and key rings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"

namespace signpost::daemon::commands {

struct DkimKeyRequest {
  std::string domain;
  std::string selector;
  base::KeyType type = base::KeyType::rsa;
  int bits = 2048;  ///< RSA only
  std::string directory = ".";
};

struct DkimKeyMade {
  std::string file;         ///< DIR/DOMAIN.SELECTOR.pem
  std::string name;         ///< SELECTOR._domainkey.DOMAIN
  std::string zone_record;  ///< for a zone file
  std::string record;       ///< the same as one string, for a provider's form
};

/// Makes a key and writes it with mode 0600 to a new file, whose name ends in `suffix`. Error `invalid` for a bad
/// domain or selector, or if the file exists.
base::Result<DkimKeyMade> generate_dkim_key(const DkimKeyRequest& request, const std::string& suffix = {});

struct KeyKind {
  base::KeyType type = base::KeyType::rsa;
  int bits = 2048;
};
/// "rsa2048", "rsa3072", "rsa4096" or "ed25519".
base::Result<KeyKind> key_kind_of(std::string_view word);

/// For programs: {"file", "name", "record", "strings", "zone"}, one line.
std::string format_json(const DkimKeyMade& made);

enum class RingChange { create, rotate, revoke };

/// Makes or changes a ring file; returns what was done, as a sentence. Revoking without an id is for the one
/// key in state accept.
base::Result<std::string> change_ring(RingChange change, const std::string& file,
                                      std::optional<std::uint8_t> id);

}  // namespace signpost::daemon::commands
