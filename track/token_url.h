// Tracking URLs: how a token stands in one, and how it is found again in what mail readers, people and other services
// made of it on the way. Finds what may have been minted; the seal alone (track/token) says whether it was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "track/token.h"

namespace signpost::track {

/// The path of a tracking URL: "/c/TOKEN", "/o/TOKEN.gif" or "/u/TOKEN".
std::string format_path(Purpose purpose, std::string_view token);
/// That of a click on a link that may open an app: "/a/TOKEN". Apps claim links by their paths, which the files in
/// `/.well-known/` name.
std::string format_app_path(std::string_view token);

struct TokenText {
  Purpose purpose;
  std::string token;
};
/// The token in such a path or in a whole http(s) URL of any host, with its purpose. Slashes may be doubled and
/// characters of the token percent-encoded, also twice; it ends before the first character that cannot belong to it,
/// and what follows is ignored: a query, `&fbclid=…`, the end of a sentence, ".gif". Error `invalid` without a token.
base::Result<TokenText> find_token(std::string_view url);

/// What was minted, if the text is a token or became one by being changed at its end.
struct Minted {
  Token token;
  std::string text;  ///< opens as it is
};
/// Opens the text as it is; else without "-" and "_" at its end, which markup leaves there; else with one or two of
/// them behind it, which mail readers cut off. What opens was minted with exactly that text: nothing is guessed that the
/// seal does not confirm. Error `invalid` otherwise. At most kMaxSpellings are tried.
base::Result<Minted> open_token(const Sealer& sealer, const TokenText& found);
constexpr std::size_t kMaxSpellings = 11;

}  // namespace signpost::track
