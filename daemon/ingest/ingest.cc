#include "daemon/ingest/ingest.h"

#include <algorithm>
#include <map>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/ingest/effects.h"
#include "mail/address.h"
#include "system/descriptor.h"
#include "system/unix_listener.h"

namespace signpost::daemon::ingest {
namespace {

constexpr std::size_t kBatch = 1000;  ///< hits committed together
constexpr std::size_t kMaxStrange = 1000;
constexpr int kLookMilliseconds = 1000;

/// The web program rings without waiting; if anything else rings, the spool is read once more, no harm done.
constexpr mode_t kSocketMode = 0666;

}  // namespace

/// The datagram socket, and what wakes the thread to stop.
struct Ingest::Bell {
  explicit Bell(const std::string& path) : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    auto socket = system::UnixListener::open(path, {kSocketMode, SOCK_DGRAM});
    if (socket) {
      socket_.emplace(std::move(*socket));
    } else {
      error_ = socket.error().text;
    }
  }

  /// Waits until it rings, `wake` is called, or a second has passed.
  void wait() {
    const int socket = socket_ ? socket_->descriptor() : -1;  // a negative one is left out
    pollfd waiting[2] = {{wake_.get(), POLLIN, 0}, {socket, POLLIN, 0}};
    if (::poll(waiting, 2, kLookMilliseconds) <= 0 || socket < 0) return;
    char ring[16];
    while (::recv(socket, ring, sizeof ring, 0) >= 0) {
    }
  }
  void wake() {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
  }
  /// Why the socket cannot be used; empty if it can.
  const std::string& error() const { return error_; }

 private:
  system::Descriptor wake_;
  std::optional<system::UnixListener> socket_;
  std::string error_;
};

Ingest::Ingest(Settings settings, store::Store& store, const milter::Services& services,
               system::DaemonLog& log)
    : settings_(std::move(settings)),
      store_(store),
      services_(services),
      log_(log),
      refusals_(store.suppressions()) {}

Ingest::~Ingest() {
  stop();
}

void Ingest::start() {
  bell_ = std::make_unique<Bell>(settings_.socket);
  if (!bell_->error().empty())
    log_.warning("web.ingest: " + bell_->error() + "; the spool is read once a second instead");
  thread_ = std::thread([this] { run(); });
}

void Ingest::stop() {
  stops_ = true;
  if (bell_) bell_->wake();
  if (thread_.joinable()) thread_.join();
  bell_.reset();
}

void Ingest::run() {
  while (!stops_) {
    bell_->wait();
    try {
      tell(store_recipients().and_then([this] { return pass(); }));
    } catch (const std::bad_alloc&) {  // what was not stored is read again
      bursts_.clear();
      ++services_.counters.errors;
    }
  }
}

/// Logs a failure when it begins and when it ends, not each time.
void Ingest::tell(const base::Result<void>& passed) {
  const std::string now = passed ? "" : passed.error().text;
  std::string before;
  {
    base::MutexLock lock(mutex_);
    before = std::exchange(failure_, now);
  }
  if (now == before) return;
  if (now.empty()) log_.info("web.spool: hits are being read again");
  if (!now.empty()) log_.error("web.spool: hits are waiting: " + now);
}

base::Result<void> Ingest::store_recipients() {
  milter::Counters& counters = services_.counters;
  const auto reached = counters.campaigns.take();
  const auto sent = counters.sent.take();
  if (reached.empty() && sent.empty()) return {};
  store::Counts counts;
  const std::uint32_t hour = store::hour_of(services_.clock.wall());
  store::StreamCounts streams;
  for (const auto& [name, recipients] : reached) {
    counts[{name.tenant, name.campaign, hour, store::Counted::recipient, 0}] += recipients;
    streams[{name.tenant, name.campaign, hour, store::Counted::recipient, name.stream}] += recipients;
  }
  store::ProviderCounts providers;
  for (const auto& [name, recipients] : sent)
    providers[{name.tenant, hour, store::Counted::recipient, std::string(name.provider), "", name.stream}] +=
        recipients;
  auto stored = store_.hits().add(counts, streams, providers);
  if (!stored) {
    for (const auto& [name, recipients] : reached) counters.campaigns.add(name, recipients);
    counters.sent.add(sent);
  }
  return stored;
}

base::Result<void> Ingest::pass() {
  const auto snapshot = services_.snapshots.get();
  if (!snapshot->sealer && !snapshot->return_paths) return {};
  if (snapshot != remembered_.lock()) {
    std::map<std::uint32_t, std::string> names;
    for (const policy::Tenant& tenant : snapshot->policy.tenants) names.emplace(tenant.id(), tenant.name);
    if (auto kept = store_.hits().remember_tenants(names); !kept) return kept;
    remembered_ = snapshot;
  }
  const auto reader = web::spool::SpoolReader::open_if_there(settings_.spool);
  if (!reader) return tl::unexpected(reader.error());
  if (!*reader || !snapshot->sealer) return {};
  const auto segments = (*reader)->segments();
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return {};
  refusals_.expire(services_.clock.steady());
  base::Result<void> result;
  for (const std::string& segment : *segments) {
    if (stops_) return {};
    // One that cannot be read does not hold up the others.
    if (auto read = read_segment(**reader, segment, *snapshot); !read && result) result = std::move(read);
  }
  return result;
}

base::Result<void> Ingest::remove_strange(const web::spool::SpoolReader& reader, const std::string& segment,
                                          const std::string& what) {
  auto removed = reader.remove(segment);
  if (!removed)
    removed =
        base::fail(base::ErrorKind::unavailable, segment + " is not of signpost-web and cannot be removed (" +
                                                     removed.error().text + "); remove it by hand");
  if (strange_.size() > kMaxStrange) strange_.clear();
  if (!strange_.insert(segment).second) return removed;
  log_.warning("web.spool: found " + segment + ", which signpost-web did not make: " + what +
               (removed ? "; it was removed unread" : "; it cannot be removed: " + removed.error().text));
  return removed;
}

base::Result<void> Ingest::read_segment(const web::spool::SpoolReader& reader, const std::string& segment,
                                        const milter::Snapshot& snapshot) {
  auto mark = store_.hits().mark(segment);
  while (mark && !stops_) {
    const auto batch = reader.read({segment, *mark}, kBatch);
    if (!batch && batch.error().kind == base::ErrorKind::not_found) return {};
    if (!batch && batch.error().kind == base::ErrorKind::invalid) {
      return remove_strange(reader, segment, batch.error().text);
    }
    if (!batch) return tl::unexpected(batch.error());
    if (batch->mark.offset != *mark) {
      if (auto stored = store_batch(*batch, *mark, snapshot); !stored) return stored;
      mark = batch->mark.offset;
      if (!batch->finished) continue;
    }
    if (!batch->finished) return {};
    damaged_ += batch->damaged;
    if (batch->damaged > 0)
      log_.warning("web.spool: " + std::to_string(batch->damaged) + " bytes at the end of " + segment +
                   " are not records and were skipped");
    if (auto removed = reader.remove(segment); !removed) return removed;
    return store_.hits().forget(segment);
  }
  if (!mark) return tl::unexpected(mark.error());
  return {};
}

base::Result<HitEffects::Reached> Ingest::reached(std::uint32_t tenant, const std::string& campaign) const {
  const auto all = store_.hits().recipients(tenant, campaign);
  if (!all) return tl::unexpected(all.error());
  const auto counts = store_.hits().streams(tenant, campaign);
  if (!counts) return tl::unexpected(counts.error());
  std::map<std::string, std::uint64_t> streams;
  for (const auto& [counter, times] : *counts)
    if (counter.what == store::Counted::recipient) streams[counter.stream] += times;
  HitEffects::Reached reached{*all, *all};
  for (const auto& [stream, recipients] : streams) reached.fewest = std::min(reached.fewest, recipients);
  return reached;
}

base::Result<void> Ingest::store_batch(const web::spool::SpoolBatch& batch, std::uint64_t from,
                                       const milter::Snapshot& snapshot) {
  HitEffects hits(
      *snapshot.sealer, snapshot.policy, refusals_, bursts_,
      [this](std::uint32_t tenant, const std::string& campaign) { return reached(tenant, campaign); },
      [this](std::uint32_t tenant) { return store_.hits().tenant_name(tenant); }, services_.clock.wall());
  Effects effects;
  for (const track::Hit& hit : batch.hits) {
    if (auto taken = hits.take(hit, effects); !taken) {
      bursts_.clear();
      return taken;
    }
  }
  const auto fresh =
      commit(effects, {batch.mark.segment, from, batch.mark.offset}, store_.hits(), services_.events, log_);
  if (!fresh) {
    bursts_.clear();
    return tl::unexpected(fresh.error());
  }
  hits_ += effects.genuine;
  refused_ += effects.refused;
  for (const policy::Listing& listing : fresh->fresh) notify_of(listing, snapshot);
  return {};
}

void Ingest::notify_of(const policy::Listing& listing, const milter::Snapshot& snapshot) const {
  const track::Settings& settings = snapshot.track.of(policy::tenant_id(listing.tenant));
  if (!settings_.notify || settings.notify.empty()) return;
  settings_.notify({settings.notify, listing.tenant, listing.stream, listing.note, listing.since,
                    may_be_named(listing, settings) ? listing.address : std::string()});
}

/// As in the other lines about hits: in the mode `identified`, unless the person refuses to be tracked by now.
bool Ingest::may_be_named(const policy::Listing& listing, const track::Settings& settings) const {
  if (settings.mode_of(listing.stream) != track::Mode::identified) return false;
  const auto address = mail::parse_address(listing.address);
  const auto listings = address ? store_.suppressions().find(*address)
                                : base::Result<std::vector<policy::Listing>>(base::invalid("no address"));
  return listings && std::none_of(listings->begin(), listings->end(), [](const policy::Listing& one) {
           return one.reason == policy::Reason::no_tracking;
         });
}

IngestCounts Ingest::counts() const {
  return {hits_, refused_, damaged_};
}

std::string Ingest::failure() const {
  base::MutexLock lock(mutex_);
  return failure_;
}

}  // namespace signpost::daemon::ingest
