#include "daemon/facts/event_subject.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "policy/event.h"
#include "policy/event_line.h"

namespace signpost::daemon::facts {
namespace {

constexpr std::uint64_t kLinesBetweenStops = 4096;

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

class Person {
 public:
  Person(const mail::Address& address, const policy::AddressForms& forms)
      : key_(mail::canonical_key(address)),
        needle_(longest_run(key_.substr(0, key_.rfind('@')))),
        forms_(forms(key_)) {}

  /// The line without the person; nullopt if it does not name them.
  std::optional<std::string> masked(std::string_view raw) const {
    if (!may_name(raw)) return {};
    const auto fields = policy::split_event_text(raw);
    if (!fields) return {};
    std::optional<std::string> line;
    for (const policy::RawField& field : *fields) {
      const auto value = policy::parse_value(field.value);
      if (!value || !is_in(*value)) continue;
      if (!line) line = std::string(raw);
      const auto at = static_cast<std::size_t>(field.value.data() - raw.data());
      line->replace(at, field.value.size(), field.value.size(), 'x');
    }
    return line;
  }

 private:
  bool may_name(std::string_view raw) const {
    const auto same = [](char a, char b) { return base::to_lower(a) == b; };
    if (std::search(raw.begin(), raw.end(), needle_.begin(), needle_.end(), same) != raw.end()) return true;
    return std::any_of(forms_.begin(), forms_.end(),
                       [raw](const std::string& form) { return raw.find(form) != std::string_view::npos; });
  }
  bool is(std::string_view text) const {
    if (std::find(forms_.begin(), forms_.end(), text) != forms_.end()) return true;
    const auto address = mail::parse_address(text);
    return address && mail::canonical_key(*address) == key_;
  }
  /// As the value, in its brackets, or anywhere in a text.
  bool is_in(std::string_view value) const {
    if (is(value) || (value.size() >= 2 && value.front() == '<' && is(value.substr(1, value.size() - 2))))
      return true;
    for (std::size_t at = value.find('@'); at != std::string_view::npos; at = value.find('@', at + 1)) {
      std::size_t begin = at;
      if (at > 0 && value[at - 1] == '"') {
        begin = value.rfind('"', at - 2);
        if (at < 2 || begin == std::string_view::npos) continue;
      } else {
        while (begin > 0 && is_address_octet(value[begin - 1])) --begin;
      }
      std::size_t end = at + 1;
      while (end < value.size() && is_address_octet(value[end]) && value[end] != '@') ++end;
      // Sentences end in dots.
      while (end > at + 1 && value[end - 1] == '.') --end;
      if (is(value.substr(begin, end - begin))) return true;
    }
    return false;
  }

  const std::string key_;
  const std::string needle_;
  const std::vector<std::string> forms_;
};

/// Reads all days; false ends it.
base::Result<void> read_all(const store::EventFiles& files, const std::function<bool()>& stops,
                            const store::EventFiles::Visit& take,
                            const std::function<base::Result<void>(store::Day)>& end_day) {
  const auto days = files.days();
  if (!days) return tl::unexpected(days.error());
  std::uint64_t lines = 0;
  bool is_over = false;
  bool is_stopped = false;
  for (auto day = days->begin(); day != days->end() && !is_over; ++day) {
    auto done = files.visit({*day, 0}, [&](const store::EventPlace& place, std::string_view raw) {
      is_stopped = ++lines % kLinesBetweenStops == 0 && stops();
      is_over = is_stopped || !take(place, raw);
      return !is_over;
    });
    if (done) done = end_day(*day);
    if (!done) return done;
  }
  if (is_stopped) return base::fail(base::ErrorKind::unavailable, "the daemon stops");
  return {};
}

base::Result<std::vector<policy::Fields>> show(const store::EventFiles& files, const Person& person,
                                               const std::function<bool()>& stops) {
  std::vector<policy::Fields> lines;
  const auto take = [&](const store::EventPlace& place, std::string_view raw) {
    if (!person.masked(raw)) return true;
    const bool is_full = lines.size() == kMaxShownEvents;
    lines.push_back(
        is_full ? policy::Fields{{"unread", "there are more"}}
                : policy::Fields{{"event", store::format_event_place(place)}, {"line", std::string(raw)}});
    return !is_full;
  };
  auto done = read_all(files, stops, take, [](store::Day) { return base::Result<void>(); });
  if (!done) return tl::unexpected(done.error());
  return lines;
}

base::Result<std::uint64_t> erase(store::EventFiles& files, const Person& person,
                                  const std::function<bool()>& stops) {
  std::uint64_t erased = 0;
  std::uint64_t synced = 0;
  base::Result<void> written;
  const auto take = [&](const store::EventPlace& place, std::string_view raw) {
    const auto line = person.masked(raw);
    if (!line) return true;
    written = files.overwrite(place, *line);
    erased += written.has_value();
    return written.has_value();
  };
  auto done = read_all(files, stops, take, [&](store::Day day) {
    return std::exchange(synced, erased) == erased ? base::Result<void>() : files.sync(day);
  });
  if (done) done = std::move(written);
  if (!done) return tl::unexpected(done.error());
  return erased;
}

}  // namespace

upkeep::SubjectSource events_source(store::EventFiles& files, policy::AddressForms forms,
                                    std::function<bool()> stops) {
  upkeep::SubjectSource source;
  source.what = "event";
  source.show = [&files, forms, stops](const mail::Address& address) {
    files.flush();
    return show(files, Person(address, forms), stops);
  };
  source.erase = [&files, forms, stops](const mail::Address& address) {
    files.flush();
    return erase(files, Person(address, forms), stops);
  };
  return source;
}

}  // namespace signpost::daemon::facts
