// What signpost-web serves, put together: web/respond decides, hits go to the spool, an unsubscribe is
// answered once it is on disk. Also the metrics. Knows neither sockets (system/http_server) nor configuration
// files (web/config).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "system/http_server.h"
#include "web/respond.h"
#include "web/spool_queue.h"

namespace signpost::web {

/// Everything that may change while running. Immutable; a change publishes a new one.
struct WebState {
  std::shared_ptr<const web::Site> site;
  std::shared_ptr<const track::Blocks> blocks;
  bool blocks_are_old = false;  ///< the published file is missing or damaged
};

class WebApp {
 public:
  /// `spool` and `clock` outlive the app.
  WebApp(WebState first, SpoolQueue& spool, const base::Clock& clock)
      : spool_(spool), clock_(clock), state_(std::make_shared<const WebState>(std::move(first))) {}

  /// The two handlers belong to one thread, the server's.
  void answer(const system::HttpRequest& request, const system::HttpReply& reply);
  /// `/metrics` in the text format of Prometheus.
  void answer_metrics(const system::HttpRequest& request, const system::HttpReply& reply,
                      const system::HttpCounts& http) const;

  /// From any thread.
  void publish(WebState next);

 private:
  std::shared_ptr<const WebState> state() const;
  std::string format_metrics(const system::HttpCounts& http) const;

  SpoolQueue& spool_;
  const base::Clock& clock_;
  std::map<int, std::uint64_t> responses_;  ///< by status
  std::map<std::pair<track::HitKind, track::Grade>, std::uint64_t> hits_;
  mutable base::Mutex mutex_;
  std::shared_ptr<const WebState> state_ GUARDED_BY(mutex_);
};

}  // namespace signpost::web
