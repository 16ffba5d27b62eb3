// A body with replacements in it, without a copy of what stays: it is sent, hashed and scanned piece by piece. Passes that
// follow each other are kept as one set of replacements on the original. Decides nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/edit.h"

namespace signpost::mail {

/// `text` instead of the octets from `begin` to `end`. Lists of them ascend and do not overlap.
struct Replacement {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
  bool operator==(const Replacement&) const = default;
};
/// Whether they ascend, do not overlap, and end within `size`.
bool are_in_order(const std::vector<Replacement>& replacements, std::size_t size);

class Patch {
 public:
  /// `original` must outlive it.
  explicit Patch(std::string_view original) : original_(original) {}

  bool changed() const { return !cuts_.empty(); }
  /// Replacements on the text as it is now. False, and nothing done, if they are not in order.
  bool replace(std::vector<Replacement> replacements);
  /// In one piece. After a change it is copied once, and the replacements' own texts are given back; the view holds until
  /// the next change, as long as this object stays where it is.
  std::string_view text();
  /// Calls `f` with each stretch in turn: together they are the text.
  template <class Function>
  void for_each_piece(Function&& f) const {
    if (whole_) return f(std::string_view(*whole_));
    std::size_t at = 0;
    for (std::size_t i = 0; i < cuts_.size(); ++i) {
      if (cuts_[i].begin > at) f(original_.substr(at, cuts_[i].begin - at));
      if (!cuts_[i].text.empty()) f(std::string_view(cuts_[i].text));
      at = cuts_[i].end;
    }
    if (at < original_.size()) f(original_.substr(at));
  }
  std::size_t size() const;
  /// A copy.
  std::string copy() const;
  /// What was done, for undo (mail/edit).
  std::vector<Splice> splices() const;

 private:
  std::string_view original_;
  /// On the original. While `whole_` is there their texts are empty and `sizes_` says how long they were.
  std::vector<Replacement> cuts_;
  std::vector<std::size_t> sizes_;
  std::optional<std::string> whole_;
};

/// What `replacements` do to `body`, for undo. They must be in order.
std::vector<Splice> splices_of(std::string_view body, const std::vector<Replacement>& replacements);

}  // namespace signpost::mail
