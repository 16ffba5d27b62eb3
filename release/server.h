// Serves the protocol on a unix socket: one thread for all connections, and the Runner's for the MTA's programs, so that a message
// which is told at its end never waits for a hundred thousand that are released.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <sys/types.h>

#include "base/clock.h"
#include "base/result.h"
#include "release/keeper.h"
#include "system/daemon_log.h"

namespace signpost::release {

struct ServerSettings {
  std::string path;
  uid_t user = 0;  ///< owns the socket, mode 0600; only it and root get answers, the kernel says who asks
  std::size_t max_connections = 64;
  /// A connection that neither asks nor reads for so long, while no answer is being made, is closed.
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(1);
};

/// Nobody can hold others: no call on a connection blocks, a turn takes a bounded number of requests of each, and a peer that does
/// not read is not read from.
class Server {
 public:
  /// Opens the socket and begins to serve. `clock` and `log` outlive the server.
  static base::Result<std::unique_ptr<Server>> start(ServerSettings settings, Keeper keeper,
                                                     const base::Clock& clock, system::DaemonLog& log);
  /// Closes all connections and waits for a program of the MTA that runs.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace signpost::release
