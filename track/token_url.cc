#include "track/token_url.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"

namespace signpost::track {
namespace {

struct Route {
  Purpose purpose;
  char letter;
  std::string_view suffix;
};
constexpr char kAppLetter = 'a';
constexpr Route kRoutes[] = {
    {Purpose::click, 'c', ""},  // the first of a purpose is how its paths are written
    {Purpose::click, kAppLetter, ""},
    {Purpose::open, 'o', ".gif"},
    {Purpose::unsubscribe, 'u', ""},
};

bool is_token_character(char c) {
  return base::is_alnum(c) || c == '-' || c == '_';
}

int hex_value(char c) {
  if (base::is_digit(c)) return c - '0';
  c = base::to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Takes one character off the front, percent-decoded up to two times. nullopt if none of a token stands there.
std::optional<char> take_character(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  char c = text.front();
  std::size_t used = 1;
  for (int times = 0; c == '%' && times < 2 && text.size() >= used + 2; ++times) {
    const int high = hex_value(text[used]);
    const int low = hex_value(text[used + 1]);
    if (high < 0 || low < 0) break;
    c = static_cast<char>(high * 16 + low);
    used += 2;
  }
  if (!is_token_character(c)) return std::nullopt;
  text.remove_prefix(used);
  return c;
}

bool take_slashes(std::string_view& text) {
  const std::size_t count = std::min(text.find_first_not_of('/'), text.size());
  text.remove_prefix(count);
  return count > 0;
}

void remove_authority(std::string_view& url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!base::starts_with_ignore_case(url, scheme)) continue;
    url.remove_prefix(scheme.size());
    url.remove_prefix(std::min(url.find('/'), url.size()));
    return;
  }
}

constexpr std::string_view kSigns[] = {"-", "_"};
constexpr std::size_t kMaxSignsOff = 6;

/// The texts that this one may have been.
std::vector<std::string> spellings(const std::string& text) {
  std::vector<std::string> all = {text};
  std::string_view shorter = text;
  for (std::size_t i = 0; i < kMaxSignsOff && !shorter.empty() && !base::is_alnum(shorter.back()); ++i) {
    shorter.remove_suffix(1);
    all.emplace_back(shorter);
  }
  // Only a text of whole groups of four ends in a sign.
  for (const std::string_view first : kSigns) {
    if (text.size() % 4 == 3) all.push_back(text + std::string(first));
    if (text.size() % 4 != 2) continue;
    for (const std::string_view second : kSigns) all.push_back((text + std::string(first)).append(second));
  }
  return all;
}

}  // namespace

std::string format_path(Purpose purpose, std::string_view token) {
  for (const Route& route : kRoutes) {
    if (route.purpose == purpose)
      return std::string("/") + route.letter + "/" + std::string(token) + std::string(route.suffix);
  }
  return {};
}

std::string format_app_path(std::string_view token) {
  return std::string("/") + kAppLetter + "/" + std::string(token);
}

base::Result<TokenText> find_token(std::string_view url) {
  remove_authority(url);
  if (!take_slashes(url) || url.empty()) return base::invalid("not a tracking URL");
  const auto* const route = std::find_if(std::begin(kRoutes), std::end(kRoutes),
                                         [&](const Route& one) { return one.letter == url[0]; });
  url.remove_prefix(1);
  if (route == std::end(kRoutes) || !take_slashes(url)) return base::invalid("not a tracking URL");
  TokenText found{route->purpose, {}};
  while (const auto character = take_character(url)) found.token += *character;
  if (found.token.empty()) return base::invalid("not a tracking URL");
  return found;
}

base::Result<Minted> open_token(const Sealer& sealer, const TokenText& found) {
  for (std::string& text : spellings(found.token)) {
    if (auto token = sealer.open(text, found.purpose)) return Minted{std::move(*token), std::move(text)};
  }
  return base::invalid("not a token sealed with a key of this ring");
}

}  // namespace signpost::track
