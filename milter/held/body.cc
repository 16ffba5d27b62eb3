#include "milter/held/body.h"

#include <algorithm>

namespace signpost::milter {
namespace {

constexpr std::uint64_t kMaxExpected = 2 << 20;  ///< of what a client declares: from there on pages are moved

}  // namespace

void Body::begin(Mode mode, const std::vector<dkim::Canon>& canons, std::uint64_t max_body,
                 std::uint64_t max_held) {
  mode_ = mode;
  max_body_ = max_body;
  max_held_ = max_held;
  for (const dkim::Canon canon : canons) hashes_.push_back({canon, dkim::BodyHash(canon), {}});
}

void Body::expect(std::uint64_t size) {
  if (mode_ == Mode::collect) bytes_.reserve(std::min({size, max_body_, kMaxExpected}));
}

void Body::update(std::string_view bytes) {
  size_ += bytes.size();
  if (mode_ == Mode::ignore) return;
  long_lines_.update(bytes);
  eight_bit_ = eight_bit_ || mail::has_eight_bit(bytes);
  if (mode_ == Mode::collect && (size_ > max_body_ || !share_.grow(bytes.size(), max_held_ / 2)))
    give_up_collecting();
  if (mode_ == Mode::hash) {
    update_hashes(bytes);
  } else {
    bytes_.append(bytes);
  }
}

void Body::give_up_collecting() {
  too_large_ = true;
  mode_ = Mode::hash;
  update_hashes(bytes_.view());
  bytes_.clear();
  share_.clear();
}

void Body::update_hashes(std::string_view bytes) {
  for (Hash& hash : hashes_) hash.stream.update(bytes);
}

base::Digest Body::hash(dkim::Canon canon) {
  const auto hash =
      std::find_if(hashes_.begin(), hashes_.end(), [canon](const Hash& one) { return one.canon == canon; });
  if (hash == hashes_.end()) return hash_of(bytes_.view(), canon);
  if (mode_ == Mode::collect && !hash->result) hash->stream.update(bytes_.view());
  if (!hash->result) hash->result = hash->stream.finish();
  return *hash->result;
}

base::Digest Body::hash_of(std::string_view bytes, dkim::Canon canon) {
  dkim::BodyHash hash(canon);
  hash.update(bytes);
  return hash.finish();
}

}  // namespace signpost::milter
