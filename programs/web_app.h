// What signpost-web serves, put together: track/respond decides, hits go to the spool, an unsubscribe is
// answered once it is on disk. Also the metrics. Knows neither sockets (web_server) nor configuration files
// (web_config).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "programs/web_server.h"
#include "programs/web_spool_queue.h"
#include "track/respond.h"

namespace signpost::programs {

/// Everything that may change while running. Immutable; a change publishes a new one.
struct WebState {
  std::shared_ptr<const track::Site> site;
  std::shared_ptr<const track::Blocks> blocks;
  bool blocks_are_old = false;  ///< the published file is missing or damaged
};

class WebApp {
 public:
  /// `spool` and `clock` outlive the app.
  WebApp(WebState first, SpoolQueue& spool, const base::Clock& clock)
      : spool_(spool), clock_(clock), state_(std::make_shared<const WebState>(std::move(first))) {}

  /// The two handlers belong to one thread, the server's.
  void answer(const track::HttpRequest& request, const Reply& reply);
  /// `/metrics` in the text format of Prometheus.
  void answer_metrics(const track::HttpRequest& request, const Reply& reply, const HttpCounts& http) const;

  /// From any thread.
  void publish(WebState next);

 private:
  std::shared_ptr<const WebState> state() const;
  std::string format_metrics(const HttpCounts& http) const;

  SpoolQueue& spool_;
  const base::Clock& clock_;
  std::map<int, std::uint64_t> responses_;  ///< by status
  std::map<std::pair<track::HitKind, track::Grade>, std::uint64_t> hits_;
  mutable base::Mutex mutex_;
  std::shared_ptr<const WebState> state_ GUARDED_BY(mutex_);
};

}  // namespace signpost::programs
