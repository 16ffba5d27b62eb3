#include "release/queue_id.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace signpost::release {
namespace {

// Postfix' mail_queue.h.
constexpr std::string_view kAlphabet = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr char kSeparator = 'z';
constexpr std::size_t kSecondsDigits = 6;
constexpr std::size_t kMicrosecondsDigits = 4;
constexpr std::size_t kShortMicroseconds = 5;
constexpr std::size_t kMaxShort = kShortMicroseconds + 16;

bool consists_of(std::string_view text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

bool is_short(std::string_view text) {
  return text.size() > kShortMicroseconds && text.size() <= kMaxShort && consists_of(text, kHex);
}

/// Where the inode of a long id begins less one; npos if there is none.
std::size_t separator_of(std::string_view text) {
  const std::size_t at = text.rfind(kSeparator);
  return at != std::string_view::npos && at >= kSecondsDigits + kMicrosecondsDigits && at + 1 < text.size()
             ? at
             : std::string_view::npos;
}

/// The five hexadecimal digits of microseconds that Postfix hashes a long id by.
std::string hex_microseconds(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char digit : digits)
    value = value * static_cast<std::uint32_t>(kAlphabet.size()) +
            static_cast<std::uint32_t>(kAlphabet.find(digit));
  std::string hex(kShortMicroseconds, '0');
  for (auto place = hex.rbegin(); place != hex.rend(); ++place, value /= 16) *place = kHex[value % 16];
  return hex;
}

}  // namespace

bool is_postfix_id(std::string_view text) {
  if (is_short(text)) return true;
  return text.size() <= kMaxQueueId && consists_of(text, kAlphabet) &&
         separator_of(text) != std::string_view::npos;
}

bool is_sendmail_id(std::string_view text) {
  constexpr std::size_t kTime = 8;
  if (text.size() < kTime + 6 || text.size() > kTime + 10) return false;
  return std::all_of(text.begin(), text.begin() + kTime, base::is_alnum) &&
         std::all_of(text.begin() + kTime, text.end(), base::is_digit);
}

std::string hashed_directory(std::string_view id, int depth) {
  std::string hashed(id);
  if (!is_short(id)) {
    const std::size_t at = separator_of(id);
    if (at != std::string_view::npos)
      hashed = hex_microseconds(id.substr(at - kMicrosecondsDigits, kMicrosecondsDigits));
  }
  std::string directory;
  for (std::size_t level = 0; level < static_cast<std::size_t>(std::max(depth, 0)); ++level) {
    directory += level < hashed.size() ? hashed[level] : '_';
    directory += '/';
  }
  return directory;
}

}  // namespace signpost::release
