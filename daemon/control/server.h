// The control socket: accepts connections, asks the kernel for the peer's user, and gives each connection a thread, in
// which daemon/control/dispatch answers.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "daemon/commands/context.h"
#include "daemon/control/access.h"
#include "system/daemon_log.h"

namespace signpost::daemon::control {

struct ControlServerSettings {
  std::string path;
  AccessRules access;
  std::size_t max_connections = 64;
  /// How many of these are kept free for peers who may write, so that readers cannot lock the administrator out.
  std::size_t reserved_for_writers = 16;
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(10);  ///< between commands
  std::chrono::milliseconds line_timeout =
      std::chrono::minutes(1);  ///< from the first byte of a line to its end
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);  ///< without any progress
  std::chrono::milliseconds stop_grace =
      std::chrono::seconds(5);  ///< for answers in progress when the server stops
};

class ControlServer {
 public:
  /// Opens the socket and begins to serve. `context` and `log` outlive the server.
  static base::Result<std::unique_ptr<ControlServer>> start(ControlServerSettings settings,
                                                            commands::ControlContext& context,
                                                            system::DaemonLog& log);
  /// Stops: no new connections, no new commands; what is being answered is finished; a bulk command without
  /// its "." lists nothing.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct State;
  explicit ControlServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace signpost::daemon::control
