// The kill switch: which links are answered 410 though their token is genuine. Knows the file in which the
// daemon publishes it to the web program, as text; not how either program reads or writes files.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "track/token.h"

namespace signpost::track {

struct Blocks {
  using Names = std::set<std::string, std::less<>>;
  Names hosts;                      ///< lower-case A-labels; each blocks the names below it too
  std::set<std::uint32_t> tenants;  ///< hashes, as in the token
  Names campaigns;
  Names messages;  ///< ULIDs. Only tokens from `pseudonymous` up name their message
  std::set<std::uint8_t> key_ids;
  bool operator==(const Blocks&) const = default;
};

/// True if the switch is thrown for this token, which opened from `text`. An unsubscribe link is blocked by
/// its key id alone: no one loses the way out because a sender misbehaved.
bool is_blocked(const Blocks& blocks, const Token& token, std::string_view text);

/// The host of an absolute http(s) URL as Token::target holds one: lower case, without user,
/// port and final dot.
std::string target_host(std::string_view url);

/// "signpost-blocks 1", then one entry a line ("host H", "tenant 8-HEX-DIGITS", "campaign C", "message ULID",
/// "key ID"), then "end COUNT". A byte outside printable ASCII, a blank and "%" are percent-encoded.
std::string format_blocks(const Blocks& blocks);
/// Errors name the line. A file cut short anywhere is an error; so is an entry written twice.
base::Result<Blocks> parse_blocks(std::string_view text);

}  // namespace signpost::track
