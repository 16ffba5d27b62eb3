// The key ring for hashed listings, as the store uses it: the places at which an address may be listed, and whether
// every key that the store needs is there. The caller reads the ring's file.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/keyring.h"
#include "base/result.h"
#include "mail/hashed_address.h"
#include "store/lmdb/env.h"
#include "store/tables.h"

namespace signpost::store::list {

/// Immutable; without a ring nothing is hashed and nothing hashed is found.
class HashKeys {
 public:
  HashKeys() = default;
  explicit HashKeys(std::shared_ptr<const base::Keyring> ring) : ring_(std::move(ring)) {}

  /// The hash that new listings get. Error `invalid`: there is no ring.
  base::Result<mail::HashedAddress> hash(std::string_view canonical) const;
  /// The hashes under which it may be listed: one for each key that is not revoked.
  std::vector<mail::HashedAddress> hashes(std::string_view canonical) const;
  /// Error `invalid` for a hash that no lookup could ever meet: listing it would block no one.
  base::Result<void> check(const mail::HashedAddress& hashed) const;

  /// Error `not_found`, naming the key's id, if a key that hashed listings need is missing, revoked, or not
  /// the one they were made with. To know that, it stores a hash of each of the ring's keys.
  base::Result<void> agree(lmdb::WriteTransaction& transaction) const;

 private:
  std::shared_ptr<const base::Keyring> ring_;
};

/// The key of a hashed address in tables::hashed, and back. Error `corrupt`.
std::string hashed_key(const mail::HashedAddress& hashed);
base::Result<mail::HashedAddress> parse_hashed_key(std::string_view key);

}  // namespace signpost::store::list
