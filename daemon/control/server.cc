#include "daemon/control/server.h"

#include <atomic>
#include <cerrno>
#include <exception>
#include <list>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mutex.h"
#include "daemon/control/dispatch.h"
#include "daemon/control/socket_channel.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/unix_listener.h"

namespace signpost::daemon::control {
namespace {

constexpr mode_t kSocketMode = 0660;  // and by ACL the two groups

struct Connection {
  system::Descriptor socket;
  commands::Caller caller;
  std::atomic<bool> done{false};
  std::thread thread;
};

/// Tells a peer why it is not served; what does not fit into the socket's buffer at once is not sent.
void turn_away(int socket, std::string_view kind, std::string_view text) {
  const std::string reply = "error " + std::string(kind) + " " + std::string(text) + "\n\n";
  (void)::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

struct ControlServer::State {
  State(ControlServerSettings with, commands::ControlContext& in, system::DaemonLog& to,
        system::UnixListener on, system::Descriptor wake)
      : settings(std::move(with)), context(in), log(to), listener(std::move(on)), wake_up(std::move(wake)) {}

  const ControlServerSettings settings;
  commands::ControlContext& context;
  system::DaemonLog& log;
  system::UnixListener listener;
  system::Descriptor wake_up;  ///< an eventfd: readable when the server must stop
  std::atomic<bool> stopping{false};
  std::list<Connection> connections;  ///< touched by the accepting thread only
  base::Mutex mutex;
  base::Condition one_left;
  std::size_t talking GUARDED_BY(mutex) = 0;  ///< connections whose thread is not done
  std::thread accepting;

  void accept_until_stopped();
  void accept_one();
  bool has_room(const commands::Caller& caller) const;
  void serve(Connection& connection);
  void tell_failure(const char* what) noexcept;
  void reap();
  void finish_all();
};

void ControlServer::State::accept_until_stopped() {
  while (!stopping) {
    pollfd poll_on[] = {{listener.descriptor(), POLLIN, 0}, {wake_up.get(), POLLIN, 0}};
    if (::poll(poll_on, 2, -1) < 0 && errno != EINTR) {
      log.error(system::system_error("control socket: poll failed", errno).text);
      break;
    }
    if (stopping || (poll_on[0].revents & POLLIN) == 0) continue;
    try {
      accept_one();
    } catch (const std::bad_alloc&) {  // this connection is closed; the next may find room
    }
  }
  finish_all();
}

void ControlServer::State::accept_one() {
  reap();
  system::Descriptor socket(::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
  if (socket.get() < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      log.warning(system::system_error("control socket: cannot accept", errno).text);
      // The connection still waits; without a pause this loop would burn a processor until a descriptor is free.
      pollfd poll_on = {wake_up.get(), POLLIN, 0};
      (void)::poll(&poll_on, 1, 100);
    }
    return;
  }
  const auto credentials = system::read_peer_credentials(socket.get());
  if (!credentials) {
    log.warning("control socket: " + credentials.error().text);
    return turn_away(socket.get(), "denied", "the system does not say which user you are");
  }
  commands::Caller caller = judge_peer(*credentials, settings.access);
  if (caller.rights.none()) {
    log.warning("control socket: access denied to " + caller.name +
                " pid=" + std::to_string(credentials->pid));
    return turn_away(socket.get(), "denied",
                     "you must be a member of control.admin_group or control.read_group");
  }
  if (!has_room(caller)) return turn_away(socket.get(), "limit", "too many connections; try again later");
  Connection& connection = connections.emplace_back();
  connection.socket = std::move(socket);
  connection.caller = std::move(caller);
  {
    base::MutexLock lock(mutex);
    ++talking;
  }
  try {
    connection.thread = std::thread([this, &connection] { serve(connection); });
  } catch (const std::exception& error) {  // first what must be, then what needs memory
    const system::Descriptor refused = std::move(connection.socket);
    connections.pop_back();
    {
      base::MutexLock lock(mutex);
      --talking;
    }
    log.error(std::string("control socket: cannot start a thread for a connection: ") + error.what());
    turn_away(refused.get(), "limit", "the daemon cannot start a thread; try again later");
  }
}

bool ControlServer::State::has_room(const commands::Caller& caller) const {
  const bool may_write = caller.rights.has(commands::Right::write);
  return connections.size() < settings.max_connections - (may_write ? 0 : settings.reserved_for_writers);
}

void ControlServer::State::tell_failure(const char* what) noexcept {
  try {
    log.error(std::string("control socket: a connection failed: ") + what);
  } catch (const std::exception&) {  // no memory to say it
  }
}

/// A connection's thread. An exception ends only this connection.
void ControlServer::State::serve(Connection& connection) {
  try {
    SocketChannel channel(connection.socket.get(),
                          {settings.idle_timeout, settings.line_timeout, settings.write_timeout}, stopping);
    converse(channel, connection.caller, context);
  } catch (const std::exception& error) {
    tell_failure(error.what());
  }
  ::shutdown(connection.socket.get(), SHUT_RDWR);
  connection.done = true;
  base::MutexLock lock(mutex);
  --talking;
  one_left.notify_one();
}

void ControlServer::State::reap() {
  for (auto it = connections.begin(); it != connections.end();) {
    if (!it->done) {
      ++it;
      continue;
    }
    it->thread.join();
    it = connections.erase(it);
  }
}

/// Waits until answers in progress are finished; a peer that does not read its answer in time is disconnected.
void ControlServer::State::finish_all() {
  for (Connection& connection : connections) ::shutdown(connection.socket.get(), SHUT_RD);
  const auto deadline = std::chrono::steady_clock::now() + settings.stop_grace;
  {
    base::MutexLock lock(mutex);
    while (talking > 0 && std::chrono::steady_clock::now() < deadline) {
      one_left.wait_for(mutex, deadline - std::chrono::steady_clock::now());
    }
  }
  for (Connection& connection : connections) ::shutdown(connection.socket.get(), SHUT_RDWR);
  for (Connection& connection : connections) connection.thread.join();
  connections.clear();
}

base::Result<std::unique_ptr<ControlServer>> ControlServer::start(ControlServerSettings settings,
                                                                  commands::ControlContext& context,
                                                                  system::DaemonLog& log) {
  auto listener = system::UnixListener::open(settings.path, {kSocketMode, SOCK_STREAM});
  if (!listener) return tl::unexpected(listener.error());
  std::vector<gid_t> groups;
  for (const auto& group : {settings.access.admin_group, settings.access.read_group}) {
    if (group) groups.push_back(*group);
  }
  if (const auto admitted = listener->admit_groups(groups); !admitted) log.warning(admitted.error().text);
  system::Descriptor wake_up(::eventfd(0, EFD_CLOEXEC));
  if (wake_up.get() < 0) {
    return system::system_failure("control socket: eventfd");
  }
  auto state =
      std::make_unique<State>(std::move(settings), context, log, std::move(*listener), std::move(wake_up));
  state->accepting = std::thread([raw = state.get()] { raw->accept_until_stopped(); });
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(state)));
}

ControlServer::ControlServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

ControlServer::~ControlServer() {
  state_->stopping = true;
  const std::uint64_t one = 1;
  (void)!::write(state_->wake_up.get(), &one, sizeof one);
  state_->accepting.join();
}

}  // namespace signpost::daemon::control
