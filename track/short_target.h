// Targets of links made shorter before they are sealed: parts that links often have in common become one byte each. Part
// of the token's layout (track/token.cc), so the list of parts never changes under one version.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::track {

/// The shortest form of a target. Any byte but printable ASCII would be taken for a part: such a target must not come
/// here. Linear in the target's length.
std::string shorten_target(std::string_view target);
/// The target. Never longer than kLongestPart for each byte.
std::string expand_target(std::string_view shortened);
constexpr std::size_t kLongestPart = 22;

}  // namespace signpost::track
