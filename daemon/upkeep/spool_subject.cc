#include "daemon/upkeep/spool_subject.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "track/kept.h"
#include "web/spool/reader.h"

namespace signpost::daemon::upkeep {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr std::chrono::milliseconds kLookAgain{50};
/// signpost-web begins a new segment after five seconds, and the daemon looks once a second; the rest is for a busy disk.
constexpr std::chrono::seconds kPatience{20};

/// Knows a person by address, and by the pseudonyms that tokens may hold.
class Person {
 public:
  Person(const mail::Address& address, const track::Sealer& sealer)
      : key_(mail::canonical_key(address)), sealer_(sealer) {}

  bool is_named_by(const track::Token& token) {
    if (token.recipient.empty()) return false;
    if (token.purpose == track::Purpose::unsubscribe || token.mode != track::Mode::pseudonymous) {
      const auto address = mail::parse_address(token.recipient);
      return address && mail::canonical_key(*address) == key_;
    }
    const auto [known, is_new] = pseudonyms_.try_emplace(token.tenant);
    if (is_new) known->second = sealer_.pseudonyms(token.tenant, key_);
    return std::find(known->second.begin(), known->second.end(), token.recipient) != known->second.end();
  }

 private:
  const std::string key_;
  const track::Sealer& sealer_;
  std::map<std::uint32_t, std::vector<std::string>> pseudonyms_;
};

policy::Fields fields_of(const track::Hit& hit, const track::Token& token, const policy::Settings& settings) {
  policy::Fields fields = {{"kind", track::hit_word(hit.kind)}, {"at", base::format_time(hit.at)}};
  const auto add = [&fields](std::string_view name, const std::string& value) {
    if (!value.empty()) fields.emplace_back(name, value);
  };
  for (const policy::Tenant& tenant : settings.tenants) {
    if (tenant.id() == token.tenant) add("tenant", tenant.name);
  }
  add("stream", token.stream);
  add("campaign", token.campaign);
  add("message", token.message);
  add("target", token.target);
  add("client", hit.client);
  add("agent", hit.agent);
  return fields;
}

/// Reads segments for one person, until a deadline or the daemon's end.
class Showing {
 public:
  Showing(const mail::Address& person, const milter::Snapshot& snapshot, std::function<bool()> is_over)
      : sealer_(*snapshot.sealer),
        settings_(snapshot.policy),
        person_(person, *snapshot.sealer),
        is_over_(std::move(is_over)) {}

  /// False if nothing more is to be read.
  bool read(const web::spool::SpoolReader& reader, const std::string& segment) {
    web::spool::SpoolMark mark{segment, 0};
    for (;;) {
      if (is_over_()) return end("the spool could not be read in time");
      const auto batch = reader.read(mark, kBatch);
      if (!batch && batch.error().kind == base::ErrorKind::not_found) return true;  // taken in meanwhile
      if (!batch) return add({{"unread", batch.error().text}});
      for (const track::Hit& hit : batch->hits) {
        const auto token = sealer_.open(hit.token, track::purpose_of(hit.kind));
        if (!token || !person_.is_named_by(*token)) continue;
        if (!add(fields_of(hit, *token, settings_))) return false;
      }
      if (batch->damaged > 0)
        return add({{"unread", std::to_string(batch->damaged) + " damaged bytes at the end of " + segment}});
      if (batch->finished || batch->mark == mark) return true;
      mark = batch->mark;
    }
  }
  std::vector<policy::Fields> take() { return std::move(lines_); }

 private:
  bool end(const char* why) {
    lines_.push_back({{"unread", why}});
    return false;
  }
  bool add(policy::Fields line) {
    if (lines_.size() == kMaxShownHits) return end("there are more");
    lines_.push_back(std::move(line));
    return true;
  }

  const track::Sealer& sealer_;
  const policy::Settings& settings_;
  Person person_;
  std::function<bool()> is_over_;
  std::vector<policy::Fields> lines_;
};

/// An empty one is the segment that signpost-web has begun for the next hit.
bool holds_hits(const web::spool::SpoolReader& reader, const std::string& segment) {
  const auto batch = reader.read({segment, 0}, 1);
  if (!batch) return batch.error().kind != base::ErrorKind::not_found;
  return batch->finished || !batch->hits.empty();
}

}  // namespace

std::vector<policy::Fields> show_spooled(const std::string& spool, const mail::Address& person,
                                         const milter::Snapshot& snapshot, std::chrono::milliseconds patience,
                                         const std::function<bool()>& stops) {
  using Lines = std::vector<policy::Fields>;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto reader = web::spool::SpoolReader::open_if_there(spool);
  if (!reader) return Lines{{{"unread", reader.error().text}}};
  if (!*reader) return {};
  const auto segments = (*reader)->segments();
  if (!segments) return Lines{{{"unread", segments.error().text}}};
  if (segments->empty()) return {};
  if (!snapshot.sealer) return Lines{{{"unread", "there are no tracking keys"}}};
  Showing showing(person, snapshot, [&] { return stops() || std::chrono::steady_clock::now() >= deadline; });
  for (const std::string& segment : *segments) {
    if (!showing.read(**reader, segment)) break;
  }
  Lines lines = showing.take();
  if (segments->size() == web::spool::SpoolReader::kMaxSegments)
    lines.push_back({{"unread", "there are more segments than are looked at"}});
  return lines;
}

base::Result<void> wait_until_taken_in(const std::string& spool, std::chrono::milliseconds patience,
                                       const std::function<bool()>& stops) {
  const auto reader = web::spool::SpoolReader::open_if_there(spool);
  if (!reader) return tl::unexpected(reader.error());
  if (!*reader) return {};
  auto waiting = (*reader)->segments();
  if (!waiting) return tl::unexpected(waiting.error());
  if (waiting->size() == web::spool::SpoolReader::kMaxSegments)
    return base::fail(
        base::ErrorKind::unavailable,
        "web.spool: there are more segments than are looked at; erase again when they are read");
  std::erase_if(*waiting, [&](const std::string& segment) { return !holds_hits(**reader, segment); });
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!waiting->empty() && !stops() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kLookAgain);
    const auto there = (*reader)->segments();
    if (!there) return tl::unexpected(there.error());
    std::erase_if(*waiting, [&](const std::string& segment) {
      return !std::binary_search(there->begin(), there->end(), segment);
    });
  }
  if (waiting->empty()) return {};
  return base::fail(base::ErrorKind::unavailable,
                    "web.spool: hits of this person may still wait in " + waiting->front() +
                        "; see that signpost-web is not stuck, that tracking.key_file is set, and what "
                        "`signpostctl status` says of the spool, then erase again");
}

SubjectSource spool_source(const std::string& spool, const milter::Services& services) {
  SubjectSource source;
  source.what = "hit";
  const auto stops = [&] { return services.counters.draining.load(); };
  source.show = [&, stops](const mail::Address& person) -> base::Result<std::vector<policy::Fields>> {
    return show_spooled(spool, person, *services.snapshots.get(), kPatience, stops);
  };
  source.settle = [&, stops] { return wait_until_taken_in(spool, kPatience, stops); };
  return source;
}

}  // namespace signpost::daemon::upkeep
