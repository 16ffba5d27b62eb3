// Which new texts may go into a text that is sent as it is, line by line, so that no line becomes too long for
// SMTP. Decides about lengths only; mail/transfer makes the change.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "mail/patch.h"

namespace signpost::mail {

/// A line that will be cut in two: how many octets come before the new line end, and how many behind it.
struct LineCut {
  std::size_t at = 0;
  std::size_t before = 0;
  std::size_t behind = 0;
};

struct LineFit {
  std::vector<bool> fits;  ///< for each replacement
  bool cut_fits = true;
  /// How many fit.
  std::size_t count() const;
};

/// Chooses from left to right among the replacements, which are in order and do not span the cut: a line keeps within
/// `max_line` octets without its line end (RFC 5322 §2.1.1), or is not made longer. A replacement that makes
/// nothing longer always fits. Lines that a replacement joins count as one, also if it is left out. Choosing again
/// among those that did not fit, in the text with the others, finds none that does. Linear.
LineFit fit_lines(std::string_view text, const std::vector<Replacement>& replacements,
                  const std::optional<LineCut>& cut = std::nullopt, std::size_t max_line = 998);

}  // namespace signpost::mail
