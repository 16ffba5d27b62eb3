#include "web/spool_queue.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "base/mutex.h"
#include "base/worker.h"
#include "system/system_address.h"
#include "web/spool/record.h"

namespace signpost::web {
namespace {

constexpr std::size_t kMaxWaitingBytes = 4u << 20;  // of each kind
constexpr std::chrono::milliseconds kBatchTime{200};
constexpr std::chrono::seconds kSyncTime{1};

}  // namespace

struct SpoolQueue::State {
  struct Waiting {
    std::string soon;  ///< records that no request waits for
    std::uint64_t soon_hits = 0;
    std::string durable;  ///< records whose `done` are waiting
    std::vector<Done> done;
  };

  State(spool::SpoolWriter opened, const base::Clock& the_clock, Bell the_bell)
      : writer(std::move(opened)), clock(the_clock), bell(std::move(the_bell)) {}

  void add(std::string_view record) EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    if (waiting.soon.size() + record.size() > kMaxWaitingBytes) {
      ++counts.lost;
      return;
    }
    waiting.soon += record;
    ++waiting.soon_hits;
  }

  /// False if the queue is full.
  bool add(std::string_view record, const Done& done) EXCLUDES(mutex) {
    {
      base::MutexLock lock(mutex);
      if (waiting.durable.size() + record.size() > kMaxWaitingBytes) {
        ++counts.refused;
        return false;
      }
      waiting.durable += record;
      waiting.done.push_back(done);
    }
    worker.wake();
    return true;
  }

  /// Returns what has gathered when a request waits, the batch is old enough, or the queue is ending.
  Waiting take() EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    return std::exchange(waiting, {});
  }

  void write_gathered() EXCLUDES(mutex) {
    const Waiting batch = take();
    base::Result<void> written;
    if (!batch.soon.empty()) {
      written = writer.append(batch.soon, spool::Keep::soon, clock.wall());
      note(written, batch.soon_hits, &SpoolCounts::lost);
    }
    const auto now = std::chrono::steady_clock::now();
    if (!batch.done.empty() || (written && now - last_sync > kSyncTime)) {
      written = writer.append(batch.durable, spool::Keep::now, clock.wall());
      note(written, batch.done.size(), &SpoolCounts::refused);
      last_sync = now;
    }
    for (const Done& done : batch.done) done(written.has_value());
    if (written && !(batch.soon.empty() && batch.durable.empty())) bell();
  }

  void note(const base::Result<void>& written, std::uint64_t hits, std::uint64_t SpoolCounts::*unwritten)
      EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    counts.failing = !written.has_value();
    failure = written ? std::string() : written.error().text;
    counts.*(written ? &SpoolCounts::kept : unwritten) += hits;
  }

  spool::SpoolWriter writer;
  const base::Clock& clock;
  Bell bell;
  std::chrono::steady_clock::time_point last_sync = std::chrono::steady_clock::now();

  mutable base::Mutex mutex;
  Waiting waiting GUARDED_BY(mutex);
  SpoolCounts counts GUARDED_BY(mutex);
  std::string failure GUARDED_BY(mutex);
  base::Worker worker;
};

SpoolQueue::SpoolQueue(spool::SpoolWriter writer, const base::Clock& clock, Bell bell)
    : state_(std::make_unique<State>(std::move(writer), clock, std::move(bell))) {
  const auto write_and_rest = [state = state_.get()] {
    state->write_gathered();
    return std::chrono::nanoseconds(kBatchTime);
  };
  state_->worker.start(write_and_rest, kBatchTime);
}

SpoolQueue::~SpoolQueue() {
  state_->worker.stop();
  state_->write_gathered();
}

void SpoolQueue::add(const track::Hit& hit) {
  state_->add(spool::format_spool_record(hit));
}

void SpoolQueue::add_durably(const track::Hit& hit, const Done& done) {
  if (!state_->add(spool::format_spool_record(hit), done)) done(false);
}

SpoolCounts SpoolQueue::counts() const {
  base::MutexLock lock(state_->mutex);
  return state_->counts;
}

std::string SpoolQueue::failure() const {
  base::MutexLock lock(state_->mutex);
  return state_->failure;
}

IngestBell::IngestBell(std::string path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}

void IngestBell::ring() const {
  const auto address = system::unix_address(path_);
  if (!address) return;
  // The daemon is not there, or its queue is full: it also reads the spool by itself.
  static_cast<void>(::sendto(socket_.get(), "!", 1, MSG_NOSIGNAL, address->get(), address->size));
}

}  // namespace signpost::web
