#include "web/texts.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/text.h"

namespace signpost::web {
namespace {

struct File {
  std::string_view language;
  std::string_view text;
};
constexpr File kFiles[] = {
#include "web/texts.inc"
};

/// One range of Accept-Language.
struct Wish {
  std::string range;
  int thousandths = 1000;
};

/// A weight, "0" to "1" with at most three digits (RFC 9110 §12.4.2); nullopt for anything else.
std::optional<int> thousandths_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int value = (text[0] - '0') * 1000;
  int worth = 100;
  for (const char digit : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value += (digit - '0') * worth;
    worth /= 10;
  }
  return value <= 1000 ? std::optional(value) : std::nullopt;
}

std::optional<Wish> read_wish(std::string_view text) {
  const std::size_t semicolon = text.find(';');
  Wish wish{base::lower(base::trim(text.substr(0, semicolon)))};
  if (wish.range.empty()) return std::nullopt;
  if (semicolon == text.npos) return wish;
  const std::string weight = base::lower(base::trim(text.substr(semicolon + 1)));
  if (!weight.starts_with("q=")) return std::nullopt;
  const auto thousandths = thousandths_of(base::trim(std::string_view(weight).substr(2)));
  if (!thousandths) return std::nullopt;
  wish.thousandths = *thousandths;
  return wish;
}

/// The index of the language of a range; nullopt if there is none. Traditional Chinese is not what our Chinese is.
std::optional<std::size_t> find_language(std::string_view range) {
  static constexpr std::string_view kTraditional[] = {"zh-hant", "zh-tw", "zh-hk", "zh-mo"};
  if (std::any_of(std::begin(kTraditional), std::end(kTraditional),
                  [&](std::string_view other) { return range.starts_with(other); }))
    return std::nullopt;
  if (range == "*") return 0;
  const std::string_view primary = range.substr(0, range.find('-'));
  const auto texts = all_texts();
  const auto found =
      std::find_if(texts.begin(), texts.end(), [&](const Texts& one) { return one.language() == primary; });
  if (found == texts.end()) return std::nullopt;
  return static_cast<std::size_t>(found - texts.begin());
}

}  // namespace

Texts::Texts(std::string_view language, std::string_view file, const Texts* fallback)
    : language_(language), fallback_(fallback) {
  for (const std::string_view line : base::split(file, '\n')) {
    const std::size_t equals = line.find('=');
    if (line.starts_with("#") || equals == line.npos) continue;
    texts_.emplace(base::trim(line.substr(0, equals)), base::trim(line.substr(equals + 1)));
  }
}

std::string_view Texts::find(std::string_view key) const {
  if (const auto found = texts_.find(key); found != texts_.end()) return found->second;
  return fallback_ != nullptr ? fallback_->find(key) : std::string_view();
}

std::span<const Texts> all_texts() {
  static const std::vector<Texts> made = [] {
    std::vector<Texts> texts;
    texts.reserve(std::size(kFiles));  // the others point to the first
    for (const File& file : kFiles)
      texts.emplace_back(file.language, file.text, texts.empty() ? nullptr : &texts.front());
    return texts;
  }();
  return made;
}

std::size_t choose_language(std::string_view accept_language) {
  std::vector<Wish> wishes;
  for (std::size_t i = 0; i < kMaxRanges && !accept_language.empty(); ++i) {
    const std::size_t comma = accept_language.find(',');
    if (auto wish = read_wish(accept_language.substr(0, comma))) wishes.push_back(std::move(*wish));
    accept_language.remove_prefix(comma == accept_language.npos ? accept_language.size() : comma + 1);
  }
  std::stable_sort(wishes.begin(), wishes.end(),
                   [](const Wish& one, const Wish& other) { return one.thousandths > other.thousandths; });
  for (const Wish& wish : wishes) {
    if (wish.thousandths == 0) break;
    if (const auto language = find_language(wish.range)) return *language;
  }
  return 0;
}

}  // namespace signpost::web
