#include "daemon/facts/person.h"

#include <algorithm>

#include "base/text.h"
#include "policy/event.h"

namespace signpost::daemon::facts {
namespace {

constexpr std::size_t kMaxAddress =
    320;  ///< octets on either side of the "@"; RFC 5321 §4.5.3.1 allows fewer

/// An octet of an address as people write it without quotes (RFC 5322 §3.2.3, RFC 6532).
bool is_address_octet(char c) {
  return base::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.@").find(c) != std::string_view::npos;
}

/// What stands in every spelling of the local part: its longest run of letters and digits.
std::string longest_run(std::string_view text) {
  std::string_view longest;
  for (auto at = text.begin(); at != text.end();) {
    at = std::find_if(at, text.end(), base::is_alnum);
    const auto end = std::find_if_not(at, text.end(), base::is_alnum);
    const std::string_view run(text.data() + (at - text.begin()), static_cast<std::size_t>(end - at));
    if (run.size() > longest.size()) longest = run;
    at = end;
  }
  return base::lower(longest);
}

}  // namespace

Person::Person(const mail::Address& address, const policy::AddressForms& forms)
    : key_(mail::canonical_key(address)),
      needle_(longest_run(key_.substr(0, key_.rfind('@')))),
      forms_(forms(key_)) {}

std::optional<std::string> Person::masked(std::string_view raw) const {
  if (!may_be_in(raw)) return {};
  const auto fields = policy::split_event_text(raw);
  if (!fields) return {};
  std::optional<std::string> line;
  for (const policy::RawField& field : *fields) {
    const auto value = policy::parse_value(field.value);
    if (!value || !is_in_value(*value)) continue;
    if (!line) line = std::string(raw);
    const auto at = static_cast<std::size_t>(field.value.data() - raw.data());
    line->replace(at, field.value.size(), field.value.size(), 'x');
  }
  return line;
}

bool Person::is_in(std::string_view text) const {
  return may_be_in(text) && is_in_value(text);
}

bool Person::may_be_in(std::string_view raw) const {
  const auto same = [](char a, char b) { return base::to_lower(a) == b; };
  if (std::search(raw.begin(), raw.end(), needle_.begin(), needle_.end(), same) != raw.end()) return true;
  return std::any_of(forms_.begin(), forms_.end(),
                     [raw](const std::string& form) { return raw.find(form) != std::string_view::npos; });
}

bool Person::is(std::string_view text) const {
  if (std::find(forms_.begin(), forms_.end(), text) != forms_.end()) return true;
  const auto address = mail::parse_address(text);
  return address && mail::canonical_key(*address) == key_;
}

/// As the value, in its brackets, or anywhere in a text.
bool Person::is_in_value(std::string_view value) const {
  if (is(value) || (value.size() >= 2 && value.front() == '<' && is(value.substr(1, value.size() - 2))))
    return true;
  for (std::size_t at = value.find('@'); at != std::string_view::npos; at = value.find('@', at + 1)) {
    std::size_t begin = at;
    if (at > 0 && value[at - 1] == '"') {
      begin = value.rfind('"', at - 2);
      if (at < 2 || begin == std::string_view::npos) continue;
    } else {
      while (begin > 0 && at - begin < kMaxAddress && value[begin - 1] != '@' &&
             is_address_octet(value[begin - 1]))
        --begin;
    }
    std::size_t end = at + 1;
    while (end < value.size() && end - at < kMaxAddress && is_address_octet(value[end]) && value[end] != '@')
      ++end;
    // Sentences end in dots.
    while (end > at + 1 && value[end - 1] == '.') --end;
    if (is(value.substr(begin, end - begin))) return true;
  }
  return false;
}

}  // namespace signpost::daemon::facts
