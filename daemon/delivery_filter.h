// Answers Postfix' smtp_delivery_status_filter (docs/feedback.md): which results of deliveries wait is decided in
// feedback/refusals, the socket is system/socketmap's; here they meet the settings in force, the counters and the log.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "daemon/commands/context.h"
#include "feedback/refusals.h"
#include "milter/services.h"
#include "system/daemon_log.h"
#include "system/socketmap/server.h"

namespace signpost::daemon {

/// Thread-safe, except for start, stop and answer: the first two are the owner's, the last the server's thread's. It needs no
/// store, so it answers also while the list is checked. In observe mode it counts and changes nothing.
class DeliveryFilter {
 public:
  /// The name of the table in main.cf: "socketmap:unix:PATH:results".
  static constexpr std::string_view kMap = "results";

  DeliveryFilter(const milter::SnapshotHolder& snapshots, const base::Clock& clock,
                 milter::Counters& counters, system::DaemonLog& log)
      : snapshots_(snapshots), clock_(clock), counters_(counters), log_(log) {}

  /// Serves until `stop`. What fails is logged and `problem` says it: mail flows without it, and results stay as they are.
  void start(const std::string& path, const std::string& user);
  void stop() { server_.reset(); }
  /// For `status`: why it does not serve, though it should; names the setting. Empty: it does.
  std::string problem() const;

  /// What one look-up is answered.
  system::socketmap::Reply answer(std::string_view map, std::string_view result);

  /// For `status`: who refuses this host now.
  std::vector<std::string> hints() const;
  /// For `stats`: the most frequent first.
  std::vector<commands::ProviderRefusals> refusals() const;

 private:
  base::Result<void> open(const std::string& path, const std::string& user);
  void tell(const feedback::ResultAnswer& answer, const milter::Snapshot& snapshot, base::Steady now);

  const milter::SnapshotHolder& snapshots_;
  const base::Clock& clock_;
  milter::Counters& counters_;
  system::DaemonLog& log_;
  mutable base::Mutex mutex_;
  feedback::Refusals refusals_ GUARDED_BY(mutex_);
  std::string problem_ GUARDED_BY(mutex_);
  base::Steady lines_since_{};  ///< for `answer`: the log's lines of one minute are counted
  std::size_t lines_ = 0;
  std::unique_ptr<system::socketmap::Server> server_;  ///< its thread uses all others
};

}  // namespace signpost::daemon
