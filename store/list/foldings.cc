#include "store/list/foldings.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/crypto.h"
#include "policy/settings.h"
#include "store/tables.h"

namespace signpost::store::list {
namespace {

constexpr std::size_t kHashBytes = 8;
constexpr std::size_t kTailBytes = 4 + 1 + kHashBytes;  ///< tenant, folds, hash

constexpr std::uint8_t kPlusTag = 1;
constexpr std::uint8_t kGmailDots = 2;

std::uint8_t code_of(mail::Folds folds) {
  return static_cast<std::uint8_t>((folds.plus_tag ? kPlusTag : 0) | (folds.gmail_dots ? kGmailDots : 0));
}

/// What all rows of one folded address begin with.
std::string row_prefix(const mail::Address& folded) {
  return address_key(folded) + '\0';
}

/// Nullopt if no row is needed.
std::optional<std::string> row_key(const Place& place, std::string_view tenant, const Foldings& foldings) {
  const mail::Folds folds = foldings.of(tenant);
  if (place.table != tables::addresses || !folds.any()) return std::nullopt;
  const auto address = parse_address_key(place.key);
  if (!address) return std::nullopt;
  const mail::Address folded = mail::fold(*address, folds);
  if (folded == *address) return std::nullopt;
  base::ByteWriter tail;
  tail.word(policy::tenant_id(tenant));
  tail.byte(code_of(folds));
  const base::Digest digest = base::sha256(place.key);
  return row_prefix(folded) + tail.take() + std::string(base::as_bytes(digest).substr(0, kHashBytes));
}

}  // namespace

Foldings::Foldings(const std::map<std::string, mail::Folds>& tenants) {
  for (const auto& [name, folds] : tenants) {
    if (!folds.any()) continue;
    tenants_.emplace(name, folds);
    if (std::find(ways_.begin(), ways_.end(), folds) == ways_.end()) ways_.push_back(folds);
  }
}

mail::Folds Foldings::of(std::string_view tenant) const {
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? mail::Folds{} : found->second;
}

bool Foldings::means(const HashedSpelling& spelling, std::string_view tenant) const {
  return !spelling.folds || of(tenant) == *spelling.folds;
}

std::string Foldings::format() const {
  base::ByteWriter out;
  for (const auto& [name, folds] : tenants_) {
    out.text(name);
    out.byte(code_of(folds));
  }
  return out.take();
}

base::Result<void> index_folded(lmdb::WriteTransaction& transaction, const Place& place,
                                std::string_view tenant, const Foldings& foldings) {
  const auto key = row_key(place, tenant, foldings);
  return key ? transaction.put(tables::folded, *key, place.key) : base::Result<void>{};
}

base::Result<void> unindex_folded(lmdb::WriteTransaction& transaction, const Place& place,
                                  std::string_view tenant, const Foldings& foldings) {
  const auto key = row_key(place, tenant, foldings);
  if (!key) return {};
  const auto erased = transaction.erase(tables::folded, *key);
  if (!erased) return tl::unexpected(erased.error());
  return transaction.forget_border(tables::folded, *key);
}

base::Result<FoldedRow> parse_folded_key(std::string_view key) {
  const auto corrupt = base::fail(base::ErrorKind::corrupt, "store: a key is not a folded address");
  if (key.size() < kTailBytes + 1 || key[key.size() - kTailBytes - 1] != '\0') return corrupt;
  if (!parse_address_key(key.substr(0, key.size() - kTailBytes - 1))) return corrupt;
  base::ByteReader tail(key.substr(key.size() - kTailBytes));
  FoldedRow row;
  row.tenant = tail.word();
  const std::uint8_t code = tail.byte();
  if (code == 0 || (code & ~(kPlusTag | kGmailDots)) != 0) return corrupt;
  row.folds = {(code & kPlusTag) != 0, (code & kGmailDots) != 0};
  return row;
}

base::Result<std::vector<FoldedPlace>> folded_places(const lmdb::Transaction& transaction,
                                                     const mail::Address& address, const Foldings& foldings) {
  std::vector<FoldedPlace> places;
  const Place own = place_of(address);
  for (const mail::Folds folds : foldings.ways()) {
    const mail::Address folded = mail::fold(address, folds);
    const Place base = place_of(folded);
    if (base.key != own.key) places.push_back({base, folds});
    const std::string prefix = row_prefix(folded);
    base::Result<void> read;
    const auto scanned = transaction.scan(tables::folded, prefix, [&](const lmdb::Transaction::Pair& pair) {
      if (!pair.key.starts_with(prefix)) return false;
      const auto row = parse_folded_key(pair.key);
      const auto listed = address_at(tables::addresses, pair.value);
      if (!row || !listed) read = tl::unexpected((row ? listed.error() : row.error()));
      if (!read) return false;
      const bool wanted = row->folds == folds && pair.value != own.key;
      const auto is_same = [&](const FoldedPlace& other) {
        return other.place.key == pair.value && other.folds == folds;
      };
      if (wanted && std::none_of(places.begin(), places.end(), is_same))
        places.push_back({{tables::addresses, std::string(pair.value), *listed}, folds});
      return true;
    });
    if (!scanned || !read) return tl::unexpected((scanned ? read : scanned).error());
  }
  return places;
}

std::optional<Place> folded_place(const Place& place, mail::Folds folds) {
  if (place.table != tables::addresses) return std::nullopt;
  const auto address = parse_address_key(place.key);
  if (!address) return std::nullopt;
  Place folded = place_of(mail::fold(*address, folds));
  if (folded.key == place.key) return std::nullopt;
  return folded;
}

std::vector<HashedSpelling> hashed_spellings(const Place& place, const HashKeys& keys,
                                             const Foldings& foldings) {
  std::vector<HashedSpelling> spellings;
  for (Place& own : hashed_places(place, keys)) spellings.push_back({std::move(own), std::nullopt});
  for (const mail::Folds folds : foldings.ways()) {
    const auto folded = folded_place(place, folds);
    if (!folded) continue;
    for (Place& same : hashed_places(*folded, keys)) spellings.push_back({std::move(same), folds});
  }
  return spellings;
}

}  // namespace signpost::store::list
