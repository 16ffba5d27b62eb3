// Printable ASCII stands for itself; the other 162 values of a byte are the parts, in the order of the list.
//
// How the list came about (2026-11-28): parameters and words that newsletters use, written down by hand, filled up with
// what occurs most in 7,700 addresses of 5,600 hosts that software packages name. Measured on 285 links of foreign
// templates and messages: tokens 30 percent shorter (85.6 to 59.6 characters); with utm_source, utm_medium and
// utm_campaign behind each, 58 percent.
#include "track/short_target.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

namespace signpost::track {
namespace {

// clang-format off
constexpr std::string_view kParts[] = {
    "?utm_source=newsletter", "&utm_medium=email", "&utm_campaign=", "https%3A%2F%2F", "instagram.com/",
    "&utm_content=", "facebook.com/", "linkedin.com/", "&utm_source=", "twitter.com/", "youtube.com/",
    "github.com/", "google.com/", "unsubscribe", "utm_medium=", "utm_source=", "&utm_term=", "collection",
    "newsletter", "subscribe", "campaign", "download", "password", "&token=", ".co.uk/", "?token=",
    "account", "article", "categor", "confirm", "contact", "invoice", "privacy", "product", "source=",
    "support", "index.", "verify", ".com/", ".html", ".net/", ".org/", "?utm_", "ation", "blog/", "email",
    "event", "image", "index", "lang=", "login", "offer", "order", "reset", "terms", "&id=", ".com", ".de/",
    ".eu/", ".io/", ".net", ".org", ".php", "/de/", "/en/", "?id=", "_id=", "help", "http", "mail", "news",
    "page", "sale", "shop", "user", "view", "www.", "%20", "%2F", ".co", "202", "ack", "com", "en/", "es/",
    "id=", "ing", "ion", "ist", "ome", "ost", "per", "pro", "ref", "ter", "ts/", "ver", ".c", ".g", ".s",
    "/?", "/c", "/s", "11", "20", "ac", "ad", "ag", "al", "am", "an", "ap", "ar", "as", "at", "ch", "co",
    "de", "e/", "eb", "ec", "ed", "el", "en", "er", "es", "et", "ex", "ic", "id", "il", "im", "in", "ip",
    "is", "it", "la", "le", "lo", "ma", "nd", "ol", "om", "on", "oo", "op", "or", "re", "rg", "ri", "s.",
    "s/", "sh", "st", "t/", "te", "th", "to", "tr", "ub", "un", "ww",
};
// clang-format on
constexpr std::size_t kBelow = 0x21;  // parts before the first printable character
constexpr std::size_t kDelete = 0x7F;

static_assert(std::size(kParts) == kBelow + 256 - kDelete);
static_assert(std::all_of(std::begin(kParts), std::end(kParts), [](std::string_view part) {
  return part.size() > 1 && part.size() <= kLongestPart;
}));

char byte_of(std::size_t part) {
  return static_cast<char>(part < kBelow ? part : part - kBelow + kDelete);
}

/// nullopt if the byte stands for itself.
std::optional<std::size_t> part_of(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  if (value < kBelow) return value;
  if (value < kDelete) return std::nullopt;
  return value - kDelete + kBelow;
}

using Index = std::array<std::vector<std::uint8_t>, 256>;

/// The parts by their first byte.
const Index& parts_by_first() {
  static const Index made = [] {
    Index index;
    for (std::size_t i = 0; i < std::size(kParts); ++i)
      index[static_cast<unsigned char>(kParts[i].front())].push_back(static_cast<std::uint8_t>(i));
    return index;
  }();
  return made;
}

/// The best way to begin a rest of the target.
struct Step {
  std::size_t cost = 0;  ///< bytes for the whole rest
  std::size_t length = 1;
  char byte = 0;
};

}  // namespace

std::string shorten_target(std::string_view target) {
  std::vector<Step> steps(target.size() + 1);
  for (std::size_t at = target.size(); at-- > 0;) {
    Step& best = steps[at];
    best = {steps[at + 1].cost + 1, 1, target[at]};
    for (const std::uint8_t part : parts_by_first()[static_cast<unsigned char>(target[at])]) {
      const std::string_view text = kParts[part];
      if (!target.substr(at).starts_with(text)) continue;
      const std::size_t cost = steps[at + text.size()].cost + 1;
      if (cost < best.cost) best = {cost, text.size(), byte_of(part)};
    }
  }
  std::string shortened;
  shortened.reserve(steps[0].cost);
  for (std::size_t at = 0; at < target.size(); at += steps[at].length) shortened += steps[at].byte;
  return shortened;
}

std::string expand_target(std::string_view shortened) {
  std::string target;
  for (const char byte : shortened) {
    if (const auto part = part_of(byte)) {
      target += kParts[*part];
    } else {
      target += byte;
    }
  }
  return target;
}

}  // namespace signpost::track
