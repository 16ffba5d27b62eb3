#include "release/told_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/siphash.h"
#include "base/text.h"
#include "release/protocol.h"
#include "release/queue_id.h"

namespace signpost::release {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"coming", "hold", "gone", "forgotten"};
constexpr std::size_t kChecksumDigits = 16;
constexpr std::size_t kFields = 8;

/// Sixteen hexadecimal digits.
std::string checksum_of(std::string_view text) {
  base::SipHash hash({0, 0});
  hash.add(text);
  std::uint64_t value = hash.finish();
  std::string digits(kChecksumDigits, '0');
  for (auto place = digits.rbegin(); place != digits.rend(); ++place, value /= 16)
    *place = "0123456789abcdef"[value % 16];
  return digits;
}

/// A whole decimal number as std::to_string writes it.
std::optional<std::int64_t> signed_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text)
    return std::nullopt;
  return value;
}
std::optional<std::uint64_t> plain_number(std::string_view text) {
  const auto value = base::parse_number(text);
  return value && std::to_string(*value) == text ? value : std::nullopt;
}

base::Wall wall(std::int64_t milliseconds) {
  return base::Wall(std::chrono::milliseconds(milliseconds));
}
std::string milliseconds(base::Wall time) {
  return std::to_string(time.time_since_epoch().count());
}

}  // namespace

std::string format_told_record(const ToldRecord& record) {
  std::string text(kStates[static_cast<std::size_t>(record.state)]);
  for (const std::string& field :
       {record.instance, record.id, milliseconds(record.since), milliseconds(record.changed),
        std::to_string(record.mark.device), std::to_string(record.mark.inode), std::to_string(record.moved)})
    text += " " + field;
  return checksum_of(text) + " " + text + "\n";
}

base::Result<ToldRecord> parse_told_record(std::string_view line) {
  const auto corrupt = [](const char* what) { return base::fail(base::ErrorKind::corrupt, what); };
  if (line.size() <= kChecksumDigits || line[kChecksumDigits] != ' ') return corrupt("not a record");
  const std::string_view text = line.substr(kChecksumDigits + 1);
  if (line.substr(0, kChecksumDigits) != checksum_of(text)) return corrupt("the checksum does not fit");

  const std::vector<std::string_view> fields = base::split(text, ' ');
  const auto* const state = std::find(kStates.begin(), kStates.end(), fields.front());
  if (fields.size() != kFields || state == kStates.end()) return corrupt("not a record of this version");
  if (!is_instance_name(fields[1]) || (!is_postfix_id(fields[2]) && !is_sendmail_id(fields[2])))
    return corrupt("not a queue id");
  const auto since = signed_number(fields[3]);
  const auto changed = signed_number(fields[4]);
  const auto device = plain_number(fields[5]);
  const auto inode = plain_number(fields[6]);
  const auto moved = signed_number(fields[7]);
  if (!since || !changed || !device || !inode || !moved) return corrupt("not a number");
  return ToldRecord{static_cast<ToldRecord::State>(state - kStates.begin()),
                    std::string(fields[1]),
                    std::string(fields[2]),
                    wall(*since),
                    wall(*changed),
                    {*device, *inode},
                    *moved};
}

}  // namespace signpost::release
