// Answers Postfix' socketmap: look-ups on a unix socket: one thread for all connections, since each process of Postfix keeps
// its own, several hundred of them, and asks seldom. What is answered is the caller's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/result.h"
#include "system/daemon_log.h"
#include "system/socketmap/protocol.h"

namespace signpost::system::socketmap {

struct ServerSettings {
  std::string path;
  mode_t mode = 0660;
  /// Of the socket's file; the process must be a member, or the directory hand it down (setgid).
  gid_t group = 0;
  /// Who may ask; the kernel says who asks. All others are closed at once, and counted below.
  uid_t user = 0;
  std::atomic<std::uint64_t>* strangers = nullptr;  ///< outlives the server
  std::size_t max_connections = 2048;
  /// A connection that completes no request for so long is closed. Postfix itself closes after 10 s, and asks again.
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(1);
};

/// Nobody can hold others: no call blocks, a turn serves each connection a bounded number of look-ups, and a peer that does
/// not read its reply is not read from.
class Server {
 public:
  /// Called in the server's thread, for one look-up after the other; must not wait. What it throws ends the connection.
  using Answer = std::function<Reply(std::string_view map, std::string_view key)>;

  /// Opens the socket and begins to serve. `log` outlives the server.
  static base::Result<std::unique_ptr<Server>> start(ServerSettings settings, Answer answer, DaemonLog& log);
  /// Closes all connections; Postfix then leaves results as they are.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace signpost::system::socketmap
