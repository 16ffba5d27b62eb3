#include "release/conversation.h"

#include <utility>

namespace signpost::release {

std::vector<Conversation::Asked> Conversation::take_requests(std::size_t max) {
  std::vector<Asked> asked;
  std::size_t at = 0;
  while (!broken_ && asked.size() < max && slots_.size() < kMaxWaiting) {
    const std::size_t end = in_.find('\n', at);
    const std::size_t size = (end == std::string::npos ? in_.size() : end) - at;
    broken_ = size >= kMaxLine;
    if (end == std::string::npos && !broken_) break;
    asked.push_back({first_ + slots_.size(), parse_release_request(std::string_view(in_).substr(at, size))});
    slots_.emplace_back();
    at = broken_ ? in_.size() : end + 1;
  }
  in_.erase(0, at);
  return asked;
}

bool Conversation::has_more() const {
  return !broken_ && slots_.size() < kMaxWaiting &&
         (in_.size() >= kMaxLine || in_.find('\n') != std::string::npos);
}

void Conversation::answer(std::uint64_t slot, std::string lines) {
  at(slot).ready = true;
  at(slot).lines = std::move(lines);
  flush();
}

void Conversation::begin_list(std::uint64_t slot) {
  at(slot).lists = true;
}

std::uint64_t Conversation::open_list() const {
  const bool is_open =
      !slots_.empty() && slots_.front().lists && !slots_.front().ready && out_.size() < kFullOut;
  return is_open ? first_ : 0;
}

void Conversation::flush() {
  while (!slots_.empty() && slots_.front().ready) {
    out_ += slots_.front().lines;
    slots_.pop_front();
    ++first_;
  }
}

}  // namespace signpost::release
