// Two passes of splices made one, so that undo needs to know of one original only.
#include <algorithm>
#include <string>

#include "mail/edit.h"

namespace signpost::mail {
namespace {

/// The splices of one pass with their places in the middle text, and how far they are used up.
class Pass {
 public:
  /// `made`: the pass made the middle text; else it starts from it.
  Pass(const std::vector<Splice>& splices, bool made) : splices_(splices), made_(made) {}

  bool done() const { return next_ == splices_.size(); }
  std::size_t begin() const {
    return made_ ? splices_[next_].offset + put_in_ - taken_out_ : splices_[next_].offset;
  }
  std::size_t end() const { return begin() + in_middle().size(); }
  const std::string& in_middle() const { return made_ ? splices_[next_].after : splices_[next_].before; }
  const std::string& elsewhere() const { return made_ ? splices_[next_].before : splices_[next_].after; }
  void advance() {
    taken_out_ += splices_[next_].before.size();
    put_in_ += splices_[next_].after.size();
    ++next_;
  }
  /// What to add to a place in the middle, in front of the next splice, to have it in the original.
  std::size_t to_original(std::size_t place) const { return place + taken_out_ - put_in_; }

 private:
  const std::vector<Splice>& splices_;
  bool made_;
  std::size_t next_ = 0;
  std::size_t taken_out_ = 0;
  std::size_t put_in_ = 0;
};

/// The other side of a pass for a stretch of the middle text; uses up the splices in it.
class Other {
 public:
  Other(std::string_view middle, std::size_t begin) : middle_(middle), at_(begin) {}
  void take(Pass& pass) {
    text_ += middle_.substr(at_, pass.begin() - at_);
    text_ += pass.elsewhere();
    at_ = pass.end();
    pass.advance();
  }
  std::string finish(std::size_t end) {
    text_ += middle_.substr(at_, end - at_);
    return std::move(text_);
  }

 private:
  std::string_view middle_;
  std::size_t at_;
  std::string text_;
};

}  // namespace

std::vector<Splice> compose_splices(const std::vector<Splice>& first, std::string_view middle,
                                    const std::vector<Splice>& second) {
  std::vector<Splice> composed;
  Pass made(first, true);
  Pass changes(second, false);
  while (!made.done() || !changes.done()) {
    const std::size_t begin = made.done()      ? changes.begin()
                              : changes.done() ? made.begin()
                                               : std::min(made.begin(), changes.begin());
    const std::size_t offset = made.to_original(begin);
    // All that overlaps or touches becomes one splice.
    Other before(middle, begin);
    Other after(middle, begin);
    std::size_t end = begin;
    for (;;) {
      if (!made.done() && made.begin() <= end) {
        end = std::max(end, made.end());
        before.take(made);
      } else if (!changes.done() && changes.begin() <= end) {
        end = std::max(end, changes.end());
        after.take(changes);
      } else {
        break;
      }
    }
    composed.push_back({offset, before.finish(end), after.finish(end)});
  }
  return composed;
}

}  // namespace signpost::mail
