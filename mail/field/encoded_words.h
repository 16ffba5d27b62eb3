// Encoded words in header fields (RFC 2047): text outside ASCII, and ASCII that a library encoded because it was long.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::mail {

/// The text with its encoded words decoded, blanks between two of them taken out (§6.2), folds removed. Bytes stay in
/// the charsets that the words name. nullopt if no word is encoded, or one cannot be decoded. Linear.
std::optional<std::string> decode_encoded_words(std::string_view text);

}  // namespace signpost::mail
