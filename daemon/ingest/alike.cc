#include "daemon/ingest/alike.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "feedback/alike.h"

namespace signpost::daemon::ingest {

std::string Alike::name_of(const std::string& tenant, const std::string& provider, const std::string& text) {
  const base::Digest digest = base::sha256(tenant + '\0' + provider + '\0' + text);
  return std::string(base::as_bytes(digest));
}

Alike::Text* Alike::find(const std::string& name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &*found->second;
}

Alike::Got* Alike::got(Text& text, const std::string& recipient) {
  const auto found = std::find_if(text.got.begin(), text.got.end(),
                                  [&](const Got& one) { return one.recipient == recipient; });
  return found == text.got.end() ? nullptr : &*found;
}

void Alike::forget_old(base::Steady now) {
  while (!texts_.empty() && (texts_.size() > kMaxTexts || texts_.front().got.empty() ||
                             now - texts_.front().got.back().at > feedback::kAlikeWithin)) {
    by_name_.erase(texts_.front().name);
    texts_.pop_front();
  }
}

bool Alike::take(const std::string& name, const std::string& recipient, base::Steady now) {
  base::MutexLock lock(mutex_);
  if (const auto known = by_name_.find(name); known != by_name_.end()) {
    texts_.splice(texts_.end(), texts_, known->second);
  } else {
    texts_.push_back({name, {}, {}, false});
    by_name_.emplace(name, std::prev(texts_.end()));
  }
  Text& text = texts_.back();
  Got fresh{recipient, now};
  std::erase_if(text.got, [&](const Got& one) {
    if (now - one.at > feedback::kAlikeWithin) return true;
    if (one.recipient != recipient) return false;
    fresh.is_mixed = one.is_mixed;
    return true;
  });
  if (text.got.size() >= kMaxRecipients) text.got.erase(text.got.begin());
  text.got.push_back(std::move(fresh));
  text.is_many = text.got.size() >= feedback::kManyAlike;
  // What is older stays as it is.
  std::erase_if(text.rows, [&](const AlikeRow& row) { return got(text, row.listing.address) == nullptr; });
  const bool is_many = text.is_many;
  forget_old(now);
  return is_many;
}

void Alike::keep(const std::string& name, AlikeRow row) {
  base::MutexLock lock(mutex_);
  Text* text = find(name);
  if (text == nullptr) return;
  const Got* recipient = got(*text, row.listing.address);
  if (recipient != nullptr && !recipient->is_mixed) text->rows.push_back(std::move(row));
}

void Alike::give_back(const std::string& name, std::vector<AlikeRow> rows) {
  for (AlikeRow& row : rows) keep(name, std::move(row));
}

void Alike::forget(const std::string& name, const std::string& recipient) {
  base::MutexLock lock(mutex_);
  Text* text = find(name);
  if (text == nullptr) return;
  if (Got* one = got(*text, recipient)) one->is_mixed = true;
  std::erase_if(text->rows, [&](const AlikeRow& row) { return row.listing.address == recipient; });
}

std::vector<AlikeRow> Alike::claim(const std::string& name) {
  base::MutexLock lock(mutex_);
  Text* text = find(name);
  return text != nullptr && text->is_many ? std::exchange(text->rows, {}) : std::vector<AlikeRow>();
}

std::size_t Alike::size() const {
  base::MutexLock lock(mutex_);
  return texts_.size();
}

}  // namespace signpost::daemon::ingest
