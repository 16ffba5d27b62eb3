#include "daemon/facts/event_subject.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/facts/evidence.h"
#include "daemon/facts/person.h"
#include "feedback/report.h"

namespace signpost::daemon::facts {
namespace {

constexpr std::uint64_t kLinesBetweenStops = 64;  ///< of evidence they are long

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

/// How a kind of files names people.
struct Kind {
  /// The line without the person; nullopt if it does not name them.
  std::function<std::optional<std::string>(const Person&, std::string_view line)> masked;
  std::function<policy::Fields(std::string_view line)> shown;
};

base::Result<std::vector<policy::Fields>> show(const store::EventFiles& files, const Kind& kind,
                                               const Person& person, const std::function<bool()>& stops) {
  std::vector<policy::Fields> lines;
  const auto take = [&](const store::EventPlace& place, std::string_view raw) {
    if (!kind.masked(person, raw)) return true;
    if (lines.size() == kMaxShownEvents) {
      lines.push_back({{"unread", "there are more"}});
      return false;
    }
    policy::Fields& fields = lines.emplace_back(policy::Fields{{"event", store::format_event_place(place)}});
    for (auto& field : kind.shown(raw)) fields.push_back(std::move(field));
    return true;
  };
  auto done = read_all(files, stops, take, [](store::Day) { return base::Result<void>(); });
  if (!done) return tl::unexpected(done.error());
  return lines;
}

base::Result<std::uint64_t> erase(store::EventFiles& files, const Kind& kind, const Person& person,
                                  const std::function<bool()>& stops) {
  std::uint64_t erased = 0;
  std::uint64_t synced = 0;
  base::Result<void> written;
  const auto take = [&](const store::EventPlace& place, std::string_view raw) {
    const auto line = kind.masked(person, raw);
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

upkeep::SubjectSource source_of(std::string what, store::EventFiles& files, const Kind& kind,
                                const policy::AddressForms& forms, const std::function<bool()>& stops) {
  upkeep::SubjectSource source;
  source.what = std::move(what);
  source.show = [&files, kind, forms, stops](const mail::Address& address) {
    files.flush();
    return show(files, kind, Person(address, forms), stops);
  };
  source.erase = [&files, kind, forms, stops](const mail::Address& address) {
    files.flush();
    return erase(files, kind, Person(address, forms), stops);
  };
  return source;
}

bool names(const Evidence& evidence, const Person& person) {
  if (person.is_in(evidence.raw)) return true;
  // In a part that is encoded.
  const feedback::Report report = feedback::parse_report(evidence.raw);
  return std::any_of(report.rows.begin(), report.rows.end(),
                     [&](const feedback::Row& row) { return person.is_in(row.address); });
}

/// The whole report goes, if it names the person anywhere.
std::optional<std::string> masked_evidence(const Person& person, std::string_view line) {
  const auto evidence = parse_evidence(line);
  const auto fields = policy::split_event_text(line);
  if (!evidence || !fields || !names(*evidence, person)) return {};
  std::string masked(line);
  for (const policy::RawField& field : *fields) {
    if (field.key != "raw") continue;
    masked.replace(static_cast<std::size_t>(field.value.data() - line.data()), field.value.size(),
                   field.value.size(), 'x');
  }
  return masked;
}

policy::Fields shown_evidence(std::string_view line) {
  const auto evidence = parse_evidence(line);
  if (!evidence) return {};
  return {{"at", base::format_time(evidence->at)},
          {"id", evidence->id},
          {"client", evidence->client},
          {"octets", std::to_string(evidence->raw.size())}};
}

}  // namespace

upkeep::SubjectSource events_source(store::EventFiles& files, const policy::AddressForms& forms,
                                    const std::function<bool()>& stops) {
  const Kind kind{[](const Person& person, std::string_view line) { return person.masked(line); },
                  [](std::string_view line) {
                    return policy::Fields{{"line", std::string(line)}};
                  }};
  return source_of("event", files, kind, forms, stops);
}

upkeep::SubjectSource evidence_source(store::EventFiles& files, const policy::AddressForms& forms,
                                      const std::function<bool()>& stops) {
  return source_of("report", files, Kind{masked_evidence, shown_evidence}, forms, stops);
}

}  // namespace signpost::daemon::facts
