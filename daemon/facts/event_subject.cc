#include "daemon/facts/event_subject.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "policy/event_line.h"

namespace signpost::daemon::facts {
namespace {

constexpr std::array<std::string_view, 2> kNaming = {"to", "from"};

class Person {
 public:
  Person(const mail::Address& address, const policy::AddressView& view)
      : key_(mail::canonical_key(address)), hashed_(view ? view(key_) : std::string()) {}

  /// `value` as a line has it: <address>, in quotes if it needs them.
  bool is(std::string_view value) const {
    if (value.starts_with('<') && value.ends_with('>')) {
      const std::string_view text = value.substr(1, value.size() - 2);
      if (!hashed_.empty() && text == hashed_) return true;
      if (is_plain(text)) return base::equals_ignore_case(text, key_);
    }
    const auto written = policy::parse_value(value);
    if (!written || written->size() < 2) return false;
    const auto address = mail::parse_address(std::string_view(*written).substr(1, written->size() - 2));
    return address && mail::canonical_key(*address) == key_;
  }
  const std::string& key() const { return key_; }

 private:
  /// Its key is the text itself in lower case.
  static bool is_plain(std::string_view text) {
    return text.find('"') == std::string_view::npos && text.find("xn--") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  }
  const std::string key_;
  const std::string hashed_;
};

void mask(std::string& line, std::size_t at, std::size_t size) {
  std::fill_n(line.begin() + static_cast<std::ptrdiff_t>(at), size, 'x');
}

/// The line without the person; empty if it does not name them.
std::string masked(std::string_view raw, const Person& person) {
  std::string line;
  for (const std::string_view key : kNaming) {
    const std::string_view value = policy::find_raw_value(raw, key);
    if (value.empty() || !person.is(value)) continue;
    if (line.empty()) line = raw;
    mask(line, static_cast<std::size_t>(value.data() - raw.data()), value.size());
  }
  if (line.empty()) return line;
  // A reply often repeats it.
  const auto same = [](char a, char b) { return base::to_lower(a) == base::to_lower(b); };
  const std::string& key = person.key();
  for (auto at = line.begin();;) {
    at = std::search(at, line.end(), key.begin(), key.end(), same);
    if (at == line.end()) return line;
    mask(line, static_cast<std::size_t>(at - line.begin()), key.size());
  }
}

bool names(const Person& person, std::string_view raw) {
  return std::any_of(kNaming.begin(), kNaming.end(), [&](std::string_view key) {
    const std::string_view value = policy::find_raw_value(raw, key);
    return !value.empty() && person.is(value);
  });
}

base::Result<std::vector<policy::Fields>> show(const store::EventFiles& files, const Person& person) {
  const auto days = files.days();
  if (!days) return tl::unexpected(days.error());
  std::vector<policy::Fields> lines;
  bool is_full = false;
  for (auto day = days->begin(); day != days->end() && !is_full; ++day) {
    auto done = files.visit({*day, 0}, [&](const store::EventPlace& place, std::string_view raw) {
      if (!names(person, raw)) return true;
      is_full = lines.size() == kMaxShownEvents;
      lines.push_back(
          is_full ? policy::Fields{{"unread", "there are more"}}
                  : policy::Fields{{"event", store::format_event_place(place)}, {"line", std::string(raw)}});
      return !is_full;
    });
    if (!done) return tl::unexpected(done.error());
  }
  return lines;
}

base::Result<std::uint64_t> erase(store::EventFiles& files, const Person& person) {
  const auto days = files.days();
  if (!days) return tl::unexpected(days.error());
  std::uint64_t erased = 0;
  for (const store::Day day : *days) {
    const std::uint64_t before = erased;
    base::Result<void> written;
    auto done = files.visit({day, 0}, [&](const store::EventPlace& place, std::string_view raw) {
      const std::string line = masked(raw, person);
      if (line.empty()) return true;
      written = files.overwrite(place, line);
      erased += written.has_value();
      return written.has_value();
    });
    if (done) done = std::move(written);
    if (done && erased > before) done = files.sync(day);
    if (!done) return tl::unexpected(done.error());
  }
  return erased;
}

}  // namespace

upkeep::SubjectSource events_source(store::EventFiles& files, policy::AddressView view) {
  upkeep::SubjectSource source;
  source.what = "event";
  source.show = [&files, view](const mail::Address& address) {
    files.flush();
    return show(files, Person(address, view));
  };
  source.erase = [&files, view](const mail::Address& address) {
    files.flush();
    return erase(files, Person(address, view));
  };
  return source;
}

}  // namespace signpost::daemon::facts
