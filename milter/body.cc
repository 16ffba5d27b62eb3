#include "milter/body.h"

namespace signpost::milter {

Body::~Body() {
  counters_.held_bytes -= bytes_.size();
}

void Body::begin(Mode mode, dkim::Canon canon, std::uint64_t max_body, std::uint64_t max_held) {
  mode_ = mode;
  canon_ = canon;
  max_body_ = max_body;
  max_held_ = max_held;
  if (mode_ == Mode::hash) hasher_.emplace(canon_);
}

void Body::update(std::string_view bytes) {
  size_ += bytes.size();
  if (mode_ != Mode::ignore) long_lines_.update(bytes);
  if (mode_ == Mode::hash) {
    hasher_->update(bytes);
  } else if (mode_ == Mode::collect) {
    if (size_ > max_body_ || counters_.held_bytes.load() + bytes.size() > max_held_) {
      give_up_collecting();
      hasher_->update(bytes);
      return;
    }
    counters_.held_bytes += bytes.size();
    bytes_.append(bytes);
  }
}

void Body::give_up_collecting() {
  too_large_ = true;
  mode_ = Mode::hash;
  hasher_.emplace(canon_);
  hasher_->update(bytes_);
  counters_.held_bytes -= bytes_.size();
  std::string().swap(bytes_);
}

base::Digest Body::hash() {
  return mode_ == Mode::hash ? hasher_->finish() : hash_of(bytes_);
}

base::Digest Body::hash_of(std::string_view bytes) const {
  dkim::BodyHash hasher(canon_);
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace signpost::milter
