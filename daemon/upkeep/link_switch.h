// The daemon's side of the kill switch for tracking links: what an operator switches off is stored, then published
// to the web program as a file (web/spool/blocks_file). track/blocks decides which links a block stops.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/link_store.h"
#include "track/blocks.h"

namespace signpost::daemon::upkeep {

/// What the web program needs to know. Names of tenants become the hashes that tokens contain.
track::Blocks published_blocks(const std::vector<store::list::LinkBlock>& blocks);

/// The value as it is stored for that scope: a canonical host, a ULID, a key id. Error `invalid`, which says what
/// was expected.
base::Result<std::string> link_value(std::string_view scope, std::string_view value);

/// Thread-safe.
class LinkSwitch {
 public:
  LinkSwitch(store::LinkStore& links, std::string path) : links_(links), path_(std::move(path)) {}

  /// Writes the file anew from the store. Called at start, after each change, and again while it failed.
  base::Result<void> publish();
  /// True once the file says what the store says.
  bool fresh() const { return state_ == State::fresh; }
  /// True after a publish that failed: the web program still follows an older file.
  bool stale() const { return state_ == State::stale; }

  /// Stored and published when they return. If only publishing fails the error is `unavailable`, and the
  /// change is published later.
  base::Result<bool> block(store::list::LinkBlock block);
  base::Result<bool> unblock(const std::string& scope, const std::string& value);
  base::Result<std::vector<store::list::LinkBlock>> load() const { return links_.load(); }

 private:
  enum class State { never, fresh, stale };
  base::Result<bool> published(bool changed);

  store::LinkStore& links_;
  const std::string path_;
  /// Held across I/O: one publication at a time, so that the newest file is the last.
  base::Mutex publishing_;
  std::atomic<State> state_{State::never};
};

}  // namespace signpost::daemon::upkeep
