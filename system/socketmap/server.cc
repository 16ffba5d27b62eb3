#include "system/socketmap/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <exception>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/descriptor.h"
#include "system/errors.h"
#include "system/peer_credentials.h"
#include "system/seldom_warning.h"
#include "system/unix_listener.h"

namespace signpost::system::socketmap {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Id = std::uint64_t;

constexpr Id kListener = 0;
constexpr Id kWakeUp = 1;
constexpr Id kFirstConnection = 2;
constexpr int kEventsATurn = 256;
constexpr int kAcceptsATurn = 64;
constexpr int kRequestsATurn = 16;  ///< of one connection, before the others are served
constexpr std::size_t kChunk = 16384;
constexpr std::chrono::milliseconds kAcceptPause{100};  ///< after one that failed: the connection still waits
constexpr std::chrono::milliseconds kLongestRest{1000};

struct Connection {
  Descriptor socket;
  std::string in;   ///< the beginning of a request, or some that wait for their turn
  std::string out;  ///< what the peer has not read yet
  SteadyClock::time_point last;
  bool ends = false;      ///< closed once all is answered
  bool has_more = false;  ///< whole requests wait in `in`
  bool writes = false;    ///< waits until the peer reads
};

/// The group's members may connect. Nothing to do where the directory handed its group down.
base::Result<void> give_to_group(const std::string& path, gid_t group) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return system_failure("cannot inspect '" + path + "'");
  if (facts.st_gid == group || ::chown(path.c_str(), static_cast<uid_t>(-1), group) == 0) return {};
  return system_failure("cannot give '" + path + "' to group " + std::to_string(group) +
                        " (the daemon's user must be a member of it)");
}

}  // namespace

struct Server::State {
  State(ServerSettings with, Answer by, DaemonLog& to, UnixListener on, Descriptor events, Descriptor wake)
      : settings(std::move(with)),
        answer(std::move(by)),
        log(to),
        listener(std::move(on)),
        epoll(std::move(events)),
        wake_up(std::move(wake)) {}

  const ServerSettings settings;
  const Answer answer;
  DaemonLog& log;
  UnixListener listener;
  Descriptor epoll;
  Descriptor wake_up;  ///< an eventfd: readable when the server must stop
  std::atomic<bool> stopping{false};
  std::thread thread;

  // For the thread only.
  std::unordered_map<Id, Connection> connections;
  Id next = kFirstConnection;
  std::vector<Id> again;                                 ///< connections with `has_more`
  std::optional<SteadyClock::time_point> accepts_after;  ///< set while nothing is accepted
  SteadyClock::time_point swept{};
  SteadyClock::time_point now{};
  SeldomWarning refused{log}, full{log}, failed{log}, broken{log};

  bool watch(int operation, int descriptor, Id id, std::uint32_t events) const;
  void run();
  void turn();
  int rest() const;
  void accept_some();
  bool accept_one();
  void pause_accepting();
  void serve(Id id);
  bool converse(Id id, Connection& connection);
  bool receive(Connection& connection);
  void answer_some(Connection& connection);
  bool send_out(Id id, Connection& connection);
  void close_idle();
};

bool Server::State::watch(int operation, int descriptor, Id id, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  return ::epoll_ctl(epoll.get(), operation, descriptor, &event) == 0;
}

void Server::State::run() {
  while (!stopping) {
    try {
      turn();
    } catch (const std::exception&) {  // no memory for a list: the next turn may find some
    }
  }
}

/// How long epoll may wait, in milliseconds.
int Server::State::rest() const {
  if (!again.empty()) return 0;
  if (accepts_after) return static_cast<int>(kAcceptPause.count());
  if (connections.empty()) return -1;
  return static_cast<int>(std::min(kLongestRest, settings.idle_timeout / 2).count());
}

void Server::State::turn() {
  std::array<epoll_event, kEventsATurn> events{};
  const int count = ::epoll_wait(epoll.get(), events.data(), kEventsATurn, rest());
  now = SteadyClock::now();
  if (count < 0 && errno != EINTR) {
    log.error(system_error("results socket: epoll_wait failed", errno).text);
    stopping = true;
  }
  for (const Id id : std::exchange(again, {})) serve(id);
  for (int i = 0; i < count; ++i) {
    const Id id = events[static_cast<std::size_t>(i)].data.u64;
    if (id == kListener)
      accept_some();
    else if (id >= kFirstConnection)
      serve(id);
  }
  if (accepts_after && now >= *accepts_after &&
      watch(EPOLL_CTL_ADD, listener.descriptor(), kListener, EPOLLIN))
    accepts_after.reset();
  close_idle();
}

void Server::State::accept_some() {
  for (int i = 0; i < kAcceptsATurn; ++i)
    if (!accept_one()) return;
}

/// False if there is none left to accept.
bool Server::State::accept_one() {
  Descriptor socket(::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.is_open()) {
    if (errno == ECONNABORTED || errno == EINTR) return true;
    if (errno != EAGAIN) pause_accepting();
    return false;
  }
  const auto peer = read_peer_credentials(socket.get());
  if (!peer || peer->uid != settings.user) {
    if (settings.strangers != nullptr) ++*settings.strangers;
    refused.tell("results socket: refused " +
                     (peer ? "user " + std::to_string(peer->uid) + ", pid " + std::to_string(peer->pid) +
                                 ": only user " + std::to_string(settings.user) + " may ask"
                           : "a connection: " + peer.error().text),
                 now);
    return true;
  }
  if (connections.size() >= settings.max_connections) {
    full.tell(
        "results socket: closed a connection, since " + std::to_string(connections.size()) + " are open",
        now);
    return true;
  }
  const Id id = next++;
  if (!watch(EPOLL_CTL_ADD, socket.get(), id, EPOLLIN)) {
    failed.tell(system_error("results socket: a connection cannot be watched", errno).text, now);
    return true;
  }
  Connection& connection = connections[id];
  connection.socket = std::move(socket);
  connection.last = now;
  return true;
}

/// Without a pause a processor would burn until a descriptor is free; others are served meanwhile.
void Server::State::pause_accepting() {
  failed.tell(system_error("results socket: cannot accept", errno).text, now);
  (void)watch(EPOLL_CTL_DEL, listener.descriptor(), kListener, 0);
  accepts_after = now + kAcceptPause;
}

void Server::State::serve(Id id) {
  const auto found = connections.find(id);
  if (found == connections.end()) return;
  bool stays = false;
  try {
    stays = converse(id, found->second);
  } catch (const std::exception& error) {
    broken.tell(std::string("results socket: a look-up failed: ") + error.what(), now);
  }
  if (!stays) connections.erase(id);
}

/// One turn of a connection; false if it is to be closed.
bool Server::State::converse(Id id, Connection& connection) {
  if (!connection.out.empty()) {
    if (!send_out(id, connection)) return false;
    if (!connection.out.empty()) return true;
  } else if (!connection.has_more && !receive(connection)) {
    return false;
  }
  answer_some(connection);
  if (!send_out(id, connection)) return false;
  if (connection.out.empty() && connection.has_more) again.push_back(id);
  return !connection.ends || connection.has_more || !connection.out.empty();
}

bool Server::State::receive(Connection& connection) {
  std::array<char, kChunk> chunk;
  const ssize_t count = ::recv(connection.socket.get(), chunk.data(), chunk.size(), 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) connection.ends = true;
  connection.in.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

void Server::State::answer_some(Connection& connection) {
  std::string_view rest = connection.in;
  connection.has_more = false;
  for (int i = 0; !rest.empty(); ++i) {
    if (i == kRequestsATurn) {
      connection.has_more = true;
      break;
    }
    const auto request = parse_socketmap_request(rest);
    if (!request) {
      broken.tell("results socket: closed a connection: " + request.error().text, now);
      connection.out += format_reply({Reply::Kind::permanent, request.error().text});
      connection.ends = true;
      rest = {};
      break;
    }
    if (!*request) break;
    connection.out += format_reply(answer((*request)->map, (*request)->key));
    connection.last = now;
    rest.remove_prefix((*request)->bytes);
  }
  connection.in.erase(0, connection.in.size() - rest.size());
}

/// False if the peer is gone.
bool Server::State::send_out(Id id, Connection& connection) {
  std::string& out = connection.out;
  while (!out.empty()) {
    const ssize_t count = ::send(connection.socket.get(), out.data(), out.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return false;
    if (count < 0) break;
    out.erase(0, static_cast<std::size_t>(count));
  }
  const bool writes = !out.empty();
  if (writes == connection.writes) return true;
  connection.writes = writes;
  return watch(EPOLL_CTL_MOD, connection.socket.get(), id, writes ? EPOLLOUT : EPOLLIN);
}

void Server::State::close_idle() {
  if (now - swept < std::min(kLongestRest, settings.idle_timeout / 2)) return;
  swept = now;
  std::erase_if(connections,
                [this](const auto& entry) { return now - entry.second.last >= settings.idle_timeout; });
}

base::Result<std::unique_ptr<Server>> Server::start(ServerSettings settings, Answer answer, DaemonLog& log) {
  auto listener = UnixListener::open(settings.path, {settings.mode, SOCK_STREAM});
  if (!listener) return tl::unexpected(listener.error());
  if (auto given = give_to_group(settings.path, settings.group); !given) return tl::unexpected(given.error());
  Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  Descriptor wake_up(::eventfd(0, EFD_CLOEXEC));
  if (!epoll.is_open() || !wake_up.is_open()) return system_failure("cannot wait for connections");
  auto state = std::make_unique<State>(std::move(settings), std::move(answer), log, std::move(*listener),
                                       std::move(epoll), std::move(wake_up));
  if (!state->watch(EPOLL_CTL_ADD, state->listener.descriptor(), kListener, EPOLLIN) ||
      !state->watch(EPOLL_CTL_ADD, state->wake_up.get(), kWakeUp, EPOLLIN))
    return system_failure("cannot wait for connections");
  state->thread = std::thread([raw = state.get()] { raw->run(); });
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  state_->stopping = true;
  const std::uint64_t one = 1;
  (void)!::write(state_->wake_up.get(), &one, sizeof one);
  state_->thread.join();
}

}  // namespace signpost::system::socketmap
