#include "store/list/hash_keys.h"

#include "store/tables.h"

namespace signpost::store::list {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::string_view kProofText = "signpost suppression key";

const base::RingKey* usable(const base::Keyring* ring, std::uint8_t id) {
  const base::RingKey* key = ring == nullptr ? nullptr : ring->find(id);
  return key != nullptr && key->state != base::KeyState::revoked ? key : nullptr;
}

/// The key in meta of what distinguishes this key from another one with the same id.
std::string proof_name(std::uint8_t id) {
  return std::string("hash-key\0", 9) + static_cast<char>(id);
}

/// The ids of the keys that hashed listings were made with.
base::Result<std::vector<std::uint8_t>> ids_in_use(const lmdb::Transaction& transaction) {
  std::vector<std::uint8_t> ids;
  for (unsigned next = 1; next <= 255; ++next) {
    bool found = false;
    const auto scanned = transaction.scan(tables::hashed, std::string(1, static_cast<char>(next)),
                                          [&](const lmdb::Transaction::Pair& pair) {
                                            next = static_cast<std::uint8_t>(pair.key.front());
                                            found = true;
                                            return false;
                                          });
    if (!scanned) return tl::unexpected(scanned.error());
    if (!found) break;
    ids.push_back(static_cast<std::uint8_t>(next));
  }
  return ids;
}

tl::unexpected<base::Error> missing_key(std::uint8_t id, const std::string& what) {
  return base::fail(base::ErrorKind::not_found, "hashed listings need key " + std::to_string(id) +
                                                    " of suppression.key_file, " + what +
                                                    "; without it they would block no one");
}

}  // namespace

base::Result<mail::HashedAddress> HashKeys::hash(std::string_view canonical) const {
  const base::RingKey* key = ring_ ? ring_->active() : nullptr;
  if (key == nullptr)
    return base::invalid(
        "hashed addresses need a key: make one with `signpostctl key new FILE`, name the file in "
        "suppression.key_file, and restart signpostd");
  return mail::hash_address(*key, canonical);
}

std::vector<mail::HashedAddress> HashKeys::hashes(std::string_view canonical) const {
  std::vector<mail::HashedAddress> all;
  if (!ring_) return all;
  for (const base::RingKey& key : ring_->keys) {
    if (key.state != base::KeyState::revoked) all.push_back(mail::hash_address(key, canonical));
  }
  return all;
}

base::Result<void> HashKeys::check(const mail::HashedAddress& hashed) const {
  if (usable(ring_.get(), hashed.key_id) != nullptr) return {};
  return base::invalid("key " + std::to_string(hashed.key_id) + " is not in suppression.key_file");
}

base::Result<void> HashKeys::agree(lmdb::WriteTransaction& transaction) const {
  const auto ids = ids_in_use(transaction);
  if (!ids) return tl::unexpected(ids.error());
  for (const std::uint8_t id : *ids) {
    const base::RingKey* key = usable(ring_.get(), id);
    if (key == nullptr) return missing_key(id, "which is missing or revoked");
    const auto proof = transaction.get(tables::meta, proof_name(id));
    if (!proof) return tl::unexpected(proof.error());
    if (*proof && **proof != mail::hash_address(*key, kProofText).digest)
      return missing_key(id, "which is not the key that they were made with");
  }
  if (!ring_) return {};
  for (const base::RingKey& key : ring_->keys) {
    auto kept = transaction.put(tables::meta, proof_name(key.id), mail::hash_address(key, kProofText).digest);
    if (!kept) return kept;
  }
  return {};
}

std::string hashed_key(const mail::HashedAddress& hashed) {
  return static_cast<char>(hashed.key_id) + hashed.digest;
}

base::Result<mail::HashedAddress> parse_hashed_key(std::string_view key) {
  if (key.size() != 1 + kDigestBytes || key.front() == '\0')
    return base::fail(base::ErrorKind::corrupt, "store: a key is not a hashed address");
  return mail::HashedAddress{static_cast<std::uint8_t>(key.front()), std::string(key.substr(1))};
}

}  // namespace signpost::store::list
