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
constexpr std::chrono::milliseconds kLookAgain{20};
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

/// Reads segments for one person.
class Showing {
 public:
  Showing(const web::spool::SpoolReader& reader, const mail::Address& person,
          const milter::Snapshot& snapshot)
      : reader_(reader),
        sealer_(*snapshot.sealer),
        settings_(snapshot.policy),
        person_(person, *snapshot.sealer) {}

  void read(const std::string& segment) {
    web::spool::SpoolMark mark{segment, 0};
    while (lines_.size() <= kMaxShownHits) {
      const auto batch = reader_.read(mark, kBatch);
      if (!batch && batch.error().kind == base::ErrorKind::not_found) return;  // taken in meanwhile
      if (!batch) return add({{"unread", batch.error().text}});
      for (const track::Hit& hit : batch->hits) {
        const auto token = sealer_.open(hit.token, track::purpose_of(hit.kind));
        if (token && person_.is_named_by(*token)) add(fields_of(hit, *token, settings_));
      }
      if (batch->finished || batch->mark == mark) return;
      mark = batch->mark;
    }
  }
  std::vector<policy::Fields> take() { return std::move(lines_); }

 private:
  void add(policy::Fields line) {
    if (lines_.size() < kMaxShownHits)
      lines_.push_back(std::move(line));
    else if (lines_.size() == kMaxShownHits)
      lines_.push_back({{"unread", "there are more"}});
  }

  const web::spool::SpoolReader& reader_;
  const track::Sealer& sealer_;
  const policy::Settings& settings_;
  Person person_;
  std::vector<policy::Fields> lines_;
};

/// An empty one is the segment that signpost-web has begun for the next hit.
bool holds_hits(const web::spool::SpoolReader& reader, const std::string& segment) {
  const auto batch = reader.read({segment, 0}, 1);
  if (!batch) return batch.error().kind != base::ErrorKind::not_found;
  return batch->finished || !batch->hits.empty();
}

}  // namespace

base::Result<std::vector<policy::Fields>> show_spooled(const std::string& spool, const mail::Address& person,
                                                       const milter::Snapshot& snapshot) {
  const auto reader = web::spool::SpoolReader::open_if_there(spool);
  if (!reader) return tl::unexpected(reader.error());
  if (!*reader) return std::vector<policy::Fields>();
  const auto segments = (*reader)->segments();
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return std::vector<policy::Fields>();
  if (!snapshot.sealer) return std::vector<policy::Fields>{{{"unread", "there are no tracking keys"}}};
  Showing showing(**reader, person, snapshot);
  for (const std::string& segment : *segments) showing.read(segment);
  return showing.take();
}

base::Result<void> wait_until_taken_in(const std::string& spool, std::chrono::milliseconds patience,
                                       const std::function<bool()>& stops) {
  const auto reader = web::spool::SpoolReader::open_if_there(spool);
  if (!reader) return tl::unexpected(reader.error());
  if (!*reader) return {};
  auto waiting = (*reader)->segments();
  if (!waiting) return tl::unexpected(waiting.error());
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    std::erase_if(*waiting, [&](const std::string& segment) { return !holds_hits(**reader, segment); });
    if (waiting->empty()) return {};
    if (stops() || std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(kLookAgain);
  }
  return base::fail(base::ErrorKind::unavailable,
                    "web.spool: hits of this person may still wait in " + waiting->front() + " (and " +
                        std::to_string(waiting->size() - 1) +
                        " more); see what `signpostctl status` says of the spool, then erase again");
}

SubjectSource spool_source(const std::string& spool, const milter::Services& services) {
  SubjectSource source;
  source.what = "hit";
  source.show = [&](const mail::Address& person) {
    return show_spooled(spool, person, *services.snapshots.get());
  };
  source.settle = [&] {
    return wait_until_taken_in(spool, kPatience, [&] { return services.counters.draining.load(); });
  };
  return source;
}

}  // namespace signpost::daemon::upkeep
