#include "mail/punycode.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/text.h"

namespace signpost::mail {
namespace {

// RFC 3492 §5
constexpr std::uint32_t kBase = 36;
constexpr std::uint32_t kTMin = 1;
constexpr std::uint32_t kTMax = 26;
constexpr std::uint32_t kSkew = 38;
constexpr std::uint32_t kDamp = 700;
constexpr std::uint32_t kInitialBias = 72;
constexpr std::uint32_t kInitialN = 128;
constexpr std::size_t kMaxLabel = 63;

bool is_variation_selector(std::uint32_t point) {
  return point == 0xFE0E || point == 0xFE0F;
}

/// What UTS #46 leaves as it is among what IDNA 2008 excludes: the symbols of these blocks (Miscellaneous Symbols, Dingbats;
/// Miscellaneous Symbols and Pictographs to Symbols and Pictographs Extended-A). Other characters may be mapped to
/// something else by the MTA, and then this would not be the domain that it delivers to.
bool is_plain(std::uint32_t point) {
  return (point < 0x80) || (point >= 0x2600 && point <= 0x27BF) || (point >= 0x1F300 && point <= 0x1FAFF);
}

/// Of valid UTF-8.
std::vector<std::uint32_t> code_points(std::string_view text) {
  std::vector<std::uint32_t> points;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k)
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    i += length;
    if (!is_variation_selector(point)) points.push_back(point);
  }
  return points;
}

char digit(std::uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

/// §6.1
std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool is_first) {
  delta = is_first ? delta / kDamp : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > (kBase - kTMin) * kTMax / 2; k += kBase) delta /= kBase - kTMin;
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

/// §6.3: a number of variable length, least digit first.
void append_number(std::string& out, std::uint32_t number, std::uint32_t bias) {
  for (std::uint32_t k = kBase;; k += kBase) {
    const std::uint32_t threshold = k <= bias ? kTMin : std::min(k - bias, kTMax);
    if (number < threshold) break;
    out += digit(threshold + (number - threshold) % (kBase - threshold));
    number = (number - threshold) / (kBase - threshold);
  }
  out += digit(number);
}

}  // namespace

std::string punycode_label(std::string_view label) {
  // Four bytes a character at most, so that no number below overflows.
  if (!base::is_utf8(label) || label.size() > 4 * kMaxLabel) return {};
  const std::vector<std::uint32_t> points = code_points(base::lower(label));
  if (!std::all_of(points.begin(), points.end(), is_plain)) return {};
  std::string out = "xn--";
  for (const std::uint32_t point : points)
    if (point < 0x80) out += static_cast<char>(point);
  const std::size_t basic = out.size() - 4;
  if (basic > 0) out += '-';
  std::uint32_t n = kInitialN;
  std::uint32_t delta = 0;
  std::uint32_t bias = kInitialBias;
  for (std::size_t handled = basic; handled < points.size(); ++n, ++delta) {
    std::uint32_t next = UINT32_MAX;
    for (const std::uint32_t point : points)
      if (point >= n) next = std::min(next, point);
    delta += (next - n) * static_cast<std::uint32_t>(handled + 1);
    n = next;
    for (const std::uint32_t point : points) {
      if (point < n) ++delta;
      if (point != n) continue;
      append_number(out, delta, bias);
      bias = adapt(delta, static_cast<std::uint32_t>(handled + 1), handled == basic);
      delta = 0;
      ++handled;
    }
  }
  return out.size() <= kMaxLabel ? out : std::string();
}

}  // namespace signpost::mail
