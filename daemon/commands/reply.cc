#include "daemon/commands/reply.h"

#include <utility>

namespace signpost::daemon::commands {
namespace {

constexpr std::size_t kPiece = 128;  ///< lines that are handed over together

}  // namespace

Refusal refusal_of(const base::Error& error) {
  return {base::kind_word(error.kind), error.text};
}

void Reply::ok(std::string_view word, Fields fields) {
  is_ok_ = true;
  word_ = word;
  fields_ = std::move(fields);
}

void Reply::error(std::string_view kind, std::string_view text) {
  refusal_ = Refusal{kind, std::string(text)};
}

void Reply::error(const base::Error& error) {
  refusal_ = refusal_of(error);
}

void Reply::end(std::uint64_t count, std::string_view next) {
  count_ = count;
  next_ = next;
}

void Reply::add(ReplyLine line) {
  lines_.push_back(std::move(line));
  if (sink_ == nullptr || body_ == Body::fields || lines_.size() < kPiece) return;
  alive_ = alive_ && sink_->take(*this, false);
  lines_.clear();
}

bool Reply::finish() {
  if (sink_ != nullptr) alive_ = alive_ && sink_->take(*this, true);
  return alive_;
}

}  // namespace signpost::daemon::commands
