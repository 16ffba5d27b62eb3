// Two passes become one by walking both in the coordinates of the text between them.
#include "mail/patch.h"

#include <algorithm>
#include <utility>

namespace signpost::mail {
namespace {

/// The first pass, as places in the text that it made.
class Made {
 public:
  Made(const std::vector<Replacement>& cuts, const std::vector<std::size_t>& sizes)
      : cuts_(cuts), sizes_(sizes) {}

  bool done() const { return next_ == cuts_.size(); }
  std::size_t begin() const { return cuts_[next_].begin + put_in_ - taken_out_; }
  std::size_t end() const { return begin() + sizes_[next_]; }
  void advance() {
    taken_out_ += cuts_[next_].end - cuts_[next_].begin;
    put_in_ += sizes_[next_];
    ++next_;
  }
  /// Where a place in the made text, in front of the next cut, was in the original.
  std::size_t to_original(std::size_t place) const { return place + taken_out_ - put_in_; }

 private:
  const std::vector<Replacement>& cuts_;
  const std::vector<std::size_t>& sizes_;
  std::size_t next_ = 0;
  std::size_t taken_out_ = 0;
  std::size_t put_in_ = 0;
};

/// `second` changes `middle`, which the first pass made.
std::vector<Replacement> compose(Made made, std::string_view middle, std::vector<Replacement> second) {
  std::vector<Replacement> composed;
  std::size_t next = 0;
  while (!made.done() || next < second.size()) {
    const std::size_t begin = made.done()             ? second[next].begin
                              : next == second.size() ? made.begin()
                                                      : std::min(made.begin(), second[next].begin);
    Replacement one;
    one.begin = made.to_original(begin);
    // All that overlaps or touches becomes one.
    std::size_t end = begin;
    std::size_t written = begin;
    for (;;) {
      if (!made.done() && made.begin() <= end) {
        end = std::max(end, made.end());
        made.advance();
      } else if (next < second.size() && second[next].begin <= end) {
        end = std::max(end, second[next].end);
        one.text += middle.substr(written, second[next].begin - written);
        one.text += second[next].text;
        written = second[next].end;
        std::string().swap(second[next++].text);
      } else {
        break;
      }
    }
    one.text += middle.substr(written, end - written);
    one.end = made.to_original(end);
    composed.push_back(std::move(one));
  }
  return composed;
}

}  // namespace

bool are_in_order(const std::vector<Replacement>& replacements, std::size_t size) {
  std::size_t done = 0;
  for (const Replacement& one : replacements) {
    if (one.begin < done || one.end < one.begin || one.end > size) return false;
    done = one.end;
  }
  return true;
}

bool Patch::replace(std::vector<Replacement> replacements) {
  const std::string_view now = text();
  if (!are_in_order(replacements, now.size())) return false;
  if (replacements.empty()) return true;
  if (cuts_.empty()) {
    cuts_ = std::move(replacements);
    return true;
  }
  cuts_ = compose({cuts_, sizes_}, now, std::move(replacements));
  sizes_.clear();
  whole_.reset();
  return true;
}

std::string_view Patch::text() {
  if (cuts_.empty()) return original_;
  if (!whole_) {
    std::string joined = copy();
    sizes_.reserve(cuts_.size());
    for (Replacement& cut : cuts_) {
      sizes_.push_back(cut.text.size());
      std::string().swap(cut.text);
    }
    whole_ = std::move(joined);
  }
  return *whole_;
}

std::size_t Patch::size() const {
  std::size_t size = 0;
  for_each_piece([&](std::string_view piece) { size += piece.size(); });
  return size;
}

std::string Patch::copy() const {
  std::string text;
  text.reserve(size());
  for_each_piece([&](std::string_view piece) { text += piece; });
  return text;
}

std::vector<Splice> Patch::splices() const {
  std::vector<Splice> splices = splices_of(original_, cuts_);
  if (!whole_) return splices;
  Made made(cuts_, sizes_);
  for (Splice& splice : splices) {
    splice.after = whole_->substr(made.begin(), made.end() - made.begin());
    made.advance();
  }
  return splices;
}

std::vector<Splice> splices_of(std::string_view body, const std::vector<Replacement>& replacements) {
  std::vector<Splice> splices;
  splices.reserve(replacements.size());
  for (const Replacement& one : replacements)
    splices.push_back({one.begin, std::string(body.substr(one.begin, one.end - one.begin)), one.text});
  return splices;
}

}  // namespace signpost::mail
