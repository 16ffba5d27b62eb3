// The fixed words that say why links stayed as they were (`unrewritten=` in the log) and why a message got no
// open pixel (`no_pixel=`), each with what it means.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace signpost::track {

struct UnrewrittenWord {
  std::string_view word;
  std::string_view meaning;
};
/// All values of `unrewritten=`, those of the pipeline included. Those that tell of a single link come last, the
/// ones that an administrator may not expect before those that somebody asked for.
std::span<const UnrewrittenWord> unrewritten_words();

/// The values of `no_pixel=` beside those of `unrewritten=`.
std::span<const UnrewrittenWord> no_pixel_words();

/// Remembers why links were left alone, and tells the reason that stands first in the table.
class LinkReasons {
 public:
  /// `word` is one of unrewritten_words().
  void note(std::string_view word);
  /// Empty if nothing was noted.
  std::string_view first() const;

 private:
  std::size_t first_ = static_cast<std::size_t>(-1);
};

}  // namespace signpost::track
