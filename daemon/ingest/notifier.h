// Notifies a tenant by mail who has unsubscribed: a queue, and a thread that hands messages to system/smtp_client.
// Nothing waits for it. The caller decides what a notice contains.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/worker.h"
#include "system/daemon_log.h"

namespace signpost::daemon::ingest {

struct UnsubscribeNotice {
  std::string to;  ///< the address that is notified
  std::string tenant;
  std::string stream;
  std::string note;  ///< of the listing: "campaign NAME"
  base::Wall at{};
  std::string recipient;  ///< who unsubscribed; empty if the mode does not tell
};

/// One message, with header, about all of the notices, which have the same `to`. Lines end in LF.
std::string format_notices(const std::vector<UnsubscribeNotice>& notices);

/// Thread-safe. What waits when the process ends is lost: the listings are what counts.
class Notifier {
 public:
  using Send = std::function<base::Result<void>(const std::string& to, const std::string& text)>;
  static constexpr std::size_t kMaxWaiting = 1000;
  static constexpr std::size_t kMaxInOne = 100;  ///< notices in one message
  static constexpr int kTries = 3;

  /// `pause` follows a failure.
  Notifier(Send send, system::DaemonLog& log, std::chrono::milliseconds pause = std::chrono::minutes(1))
      : send_(std::move(send)), log_(log), pause_(pause) {}
  ~Notifier() { stop(); }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void start();
  /// Returns when the message that is being handed over has gone. Idempotent.
  void stop();
  /// Never waits: if too many are waiting already, the notice is dropped, and that is logged.
  void offer(UnsubscribeNotice notice);

 private:
  struct Waiting {
    UnsubscribeNotice notice;
    int tries = 0;
  };
  /// Sends one message if a notice is waiting. Returns how long to wait before the next.
  std::chrono::nanoseconds send_some();
  std::vector<Waiting> next() REQUIRES(mutex_);
  void give_back(std::vector<Waiting> failed, const base::Error& error);

  const Send send_;
  system::DaemonLog& log_;
  const std::chrono::milliseconds pause_;
  base::Mutex mutex_;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);
  bool full_ GUARDED_BY(mutex_) = false;  ///< it was logged
  base::Worker worker_;
};

}  // namespace signpost::daemon::ingest
