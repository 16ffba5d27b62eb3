// Hits on their way into the spool: a bounded queue and the thread that writes it, so that no request waits
// for a disk but the ones that must. Waiting unsubscribes share one sync; clicks and opens are
// written in batches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "track/hit.h"
#include "web/spool/writer.h"

namespace signpost::web {

struct SpoolCounts {
  std::uint64_t kept = 0;
  std::uint64_t lost = 0;     ///< clicks and opens that a full queue or spool or a failing disk did not take
  std::uint64_t refused = 0;  ///< unsubscribes and undos that were told so
  bool failing = false;       ///< the last attempt to write did not succeed
};

/// Thread-safe.
class SpoolQueue {
 public:
  /// Receives whether the hit is on disk. Called once: from the queue's thread, from the thread that ends the
  /// queue, or (at once, false) from the caller's.
  using Done = std::function<void(bool kept)>;
  /// Called after hits were written; must not block.
  using Bell = std::function<void()>;

  SpoolQueue(spool::SpoolWriter writer, const base::Clock& clock, Bell bell);
  /// Writes what is queued.
  ~SpoolQueue();
  SpoolQueue(const SpoolQueue&) = delete;
  SpoolQueue& operator=(const SpoolQueue&) = delete;

  /// A click or open: lost and counted if there is no room.
  void add(const track::Hit& hit);
  /// What may not be lost.
  void add_durably(const track::Hit& hit, const Done& done);
  SpoolCounts counts() const;
  /// What the last failure was, for the log; empty while all is well.
  std::string failure() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Rings the daemon's ingest socket: one datagram of one byte to a unix socket, without waiting;
/// nobody need be there.
class IngestBell {
 public:
  explicit IngestBell(std::string path);
  void ring() const;

 private:
  std::string path_;
  system::Descriptor socket_;
};

}  // namespace signpost::web
