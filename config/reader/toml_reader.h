// The only user of toml++ (seven seconds a translation unit): text to a Value tree. Bounded in depth, so that
// no text can exhaust the stack of a daemon that reloads.
#pragma once

#include <optional>
#include <string_view>

#include "config/reader/value.h"

namespace signpost::config::reader {

/// Reads one file's text (at most kMaxConfigBytes). nullopt after a syntax error, which is added to
/// `diagnostics`: the first one only, the text behind it cannot be judged.
std::optional<Value> parse_toml(std::string_view text, const std::string& file, Diagnostics& diagnostics);

inline constexpr std::size_t kMaxConfigBytes = 4u << 20;

}  // namespace signpost::config::reader
