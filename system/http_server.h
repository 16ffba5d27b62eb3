// A hardened HTTP/1.1 server for small requests behind a TLS proxy: every limit is enforced before anything is
// parsed further. The only user of Boost.Beast (15 seconds a translation unit). Handlers decide what to answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "system/http.h"
#include "system/http_response.h"
#include "system/listen_address.h"

namespace signpost::system {

struct HttpLimits {
  std::size_t header_bytes = 8u << 10;
  std::size_t body_bytes = 64u << 10;
  std::chrono::milliseconds request_time =
      std::chrono::seconds(10);  ///< from the wait for a request to the end of its answer
  /// Above this, the connection that has waited longest for the end of its request is closed for a new one.
  std::size_t connections = 10'000;
  std::size_t requests_per_connection = 1'000;
};

struct HttpCounts {
  std::uint64_t connections = 0;  ///< accepted so far
  std::uint64_t open = 0;         ///< now
  std::uint64_t evicted = 0;      ///< closed to make room for others
  std::uint64_t timed_out = 0;
  std::uint64_t malformed = 0;  ///< requests answered 4xx by the server itself
};

/// Gives the answer to one request; called once, from any thread, at once or later, before the server's end.
/// A copy keeps the connection open.
using HttpReply = std::function<void(system::HttpResponse)>;
/// Called in the server's thread; must not block. What `request` points to ends with the call.
using HttpHandler = std::function<void(const system::HttpRequest& request, const HttpReply& reply)>;

/// Thread-safe.
class HttpServer {
 public:
  struct Listener {
    ListenAddress address;
    HttpHandler handler;
  };
  /// Listens. Errors name the address that cannot be listened on. A stale unix socket is replaced; mode 0666,
  /// its directory decides who may use it.
  static base::Result<std::unique_ptr<HttpServer>> open(const std::vector<Listener>& listeners,
                                                        const HttpLimits& limits, const base::Clock& clock);
  /// Begins to answer, in a thread of its own.
  void serve();
  /// Stops at once; see drain().
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Accepts no more connections, closes those that wait for a request, and waits at most `patience` for those that
  /// are being answered.
  void drain(std::chrono::milliseconds patience);
  HttpCounts counts() const;
  /// The TCP port of a listener, by its place in start()'s list.
  std::uint16_t port(std::size_t listener) const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  void stop();
  std::unique_ptr<State> state_;
};

}  // namespace signpost::system
