// A parsed key is published by a flag, so that signing takes no lock.
#include "dkim/key_table.h"

#include <utility>

namespace signpost::dkim {

Key::Key(std::string domain, std::string selector, KeyFile file, std::shared_ptr<const Read> read)
    : domain_(std::move(domain)),
      selector_(std::move(selector)),
      file_(std::move(file)),
      read_(std::move(read)) {}

Key::Key(SigningKey parsed)
    : domain_(std::move(parsed.domain)),
      selector_(std::move(parsed.selector)),
      parsed_(std::move(parsed.key)),
      is_parsed_(true) {}

base::Result<Key::Parsed> Key::parsed() const {
  if (is_parsed_.load(std::memory_order_acquire)) return parsed_;
  base::MutexLock lock(reading_);
  if (is_parsed_.load(std::memory_order_relaxed)) return parsed_;
  auto parsed = (*read_)(file_);
  if (!parsed) return parsed;
  parsed_ = std::move(*parsed);
  is_parsed_.store(true, std::memory_order_release);
  return parsed_;
}

Key::Parsed Key::parsed_already() const {
  return is_parsed_.load(std::memory_order_acquire) ? parsed_ : nullptr;
}

void KeyTable::add(KeyUse use) {
  by_domain_[use.key->domain()].push_back(std::move(use));
}

const std::vector<KeyUse>& KeyTable::of(std::string_view domain) const {
  static const std::vector<KeyUse> kNone;
  const auto found = by_domain_.find(domain);
  return found == by_domain_.end() ? kNone : found->second;
}

const KeyUse* KeyTable::find(std::string_view domain, std::string_view selector) const {
  for (const KeyUse& use : of(domain)) {
    if (use.key->selector() == selector) return &use;
  }
  return nullptr;
}

}  // namespace signpost::dkim
