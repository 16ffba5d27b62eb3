#include "release/server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <exception>
#include <map>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "release/conversation.h"
#include "release/runner.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/peer_credentials.h"
#include "system/seldom_warning.h"
#include "system/unix_listener.h"

namespace signpost::release {
namespace {

using SteadyClock = std::chrono::steady_clock;
using system::Descriptor;
using system::system_error;
using system::system_failure;
using Id = std::uint64_t;

constexpr Id kListener = 0;
constexpr Id kWakeUp = 1;
constexpr Id kFirstConnection = 2;
constexpr int kEventsATurn = 256;
constexpr std::size_t kRequestsATurn = 512;  ///< of one connection, before the others are served
constexpr std::size_t kListLines = 256;      ///< made at a time
constexpr std::chrono::milliseconds kAcceptPause{100};
/// How often those that are coming are looked at: so long somebody else could hold one that passed, and we would not see it.
constexpr std::chrono::milliseconds kBetweenLooks{100};
constexpr std::chrono::milliseconds kBetweenSweeps{1000};

struct Connection {
  Descriptor socket;
  Conversation talk;
  SteadyClock::time_point last;
  bool ends = false;  ///< the peer sends no more
  std::uint32_t watched = EPOLLIN;
  std::map<std::uint64_t, std::uint64_t> lists;  ///< by slot: the entry it has come to
  std::map<std::uint64_t, std::size_t> listed;   ///< by slot: how many
};

/// An answer to `held` that waits for the disk.
struct Told {
  Id connection = 0;
  std::uint64_t slot = 0;
};

}  // namespace

struct Server::State {
  State(ServerSettings with, Keeper keeps, const base::Clock& time, system::DaemonLog& to,
        system::UnixListener on, Descriptor events, Descriptor wake)
      : settings(std::move(with)),
        keeper(std::move(keeps)),
        clock(time),
        log(to),
        listener(std::move(on)),
        epoll(std::move(events)),
        wake_up(std::move(wake)),
        runner([this] { ring(); }, to) {}

  const ServerSettings settings;
  Keeper keeper;
  const base::Clock& clock;
  system::DaemonLog& log;
  system::UnixListener listener;
  Descriptor epoll;
  Descriptor wake_up;  ///< an eventfd: outcomes are there, or the server must stop
  std::atomic<bool> stopping{false};

  // For the thread only.
  std::unordered_map<Id, Connection> connections;
  Id next = kFirstConnection;
  std::vector<Id> again;  ///< connections with more to do at once
  std::vector<Told> told;
  std::vector<Runner::Task> tasks;
  std::unordered_map<std::uint64_t, Told> running;  ///< by task: who waits for it
  std::uint64_t next_task = 1;
  std::optional<SteadyClock::time_point> accepts_after;
  SteadyClock::time_point swept{};
  SteadyClock::time_point closed{};
  SteadyClock::time_point now{};
  system::SeldomWarning refused{log}, full{log}, failed{log}, unwritten{log};

  Runner runner;
  std::thread thread;

  void ring() const;
  bool watch(int operation, int descriptor, Id id, std::uint32_t events) const;
  void run();
  void turn();
  int rest() const;
  void accept_some();
  bool admit(Descriptor socket);
  void serve(Id id, std::uint32_t events);
  bool converse(Id id, Connection& connection, std::uint32_t events);
  bool receive(Connection& connection);
  void answer(Id id, Connection& connection, const Conversation::Asked& asked);
  void list_some(Connection& connection);
  bool send_out(Connection& connection);
  bool rewatch(Id id, Connection& connection);
  void take_outcomes();
  void sweep();
  void sync();
  void reply_to(const Told& to, const std::string& line);
  void close_idle();
};

void Server::State::ring() const {
  const std::uint64_t one = 1;
  (void)!::write(wake_up.get(), &one, sizeof one);
}

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
    } catch (const std::exception& error) {  // no memory: the next turn may find some
      failed.tell(std::string("release socket: ") + error.what(), now);
    }
  }
}

/// How long epoll may wait, in milliseconds.
int Server::State::rest() const {
  if (!again.empty()) return 0;
  return static_cast<int>((keeper.any_coming() || accepts_after ? kBetweenLooks : kBetweenSweeps).count());
}

void Server::State::turn() {
  std::array<epoll_event, kEventsATurn> events{};
  const int count = ::epoll_wait(epoll.get(), events.data(), kEventsATurn, rest());
  now = SteadyClock::now();
  if (count < 0 && errno != EINTR) {
    log.error(system_error("release socket: epoll_wait failed", errno).text);
    stopping = true;
  }
  take_outcomes();
  for (const Id id : std::exchange(again, {})) serve(id, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kListener) accept_some();
    if (event.data.u64 >= kFirstConnection) serve(event.data.u64, event.events);
  }
  if (accepts_after && now >= *accepts_after &&
      watch(EPOLL_CTL_ADD, listener.descriptor(), kListener, EPOLLIN))
    accepts_after.reset();
  runner.add(std::exchange(tasks, {}));
  sweep();
  sync();
  close_idle();
}

void Server::State::accept_some() {
  for (std::size_t i = 0; i < settings.max_connections; ++i) {
    Descriptor socket(::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.is_open()) {
      if (!admit(std::move(socket))) return;
      continue;
    }
    if (errno == ECONNABORTED || errno == EINTR) continue;
    if (errno == EAGAIN) return;
    // Without a pause a processor would burn until a descriptor is free.
    failed.tell(system_error("release socket: cannot accept", errno).text, now);
    (void)watch(EPOLL_CTL_DEL, listener.descriptor(), kListener, 0);
    accepts_after = now + kAcceptPause;
    return;
  }
}

/// False if no more can be served.
bool Server::State::admit(Descriptor socket) {
  const auto peer = system::read_peer_credentials(socket.get());
  if (!peer || (peer->uid != settings.user && peer->uid != 0)) {
    refused.tell("release socket: refused " +
                     (peer ? "user " + std::to_string(peer->uid) + ", pid " + std::to_string(peer->pid)
                           : "a connection: " + peer.error().text),
                 now);
    return true;
  }
  if (connections.size() >= settings.max_connections) {
    full.tell(
        "release socket: closed a connection, since " + std::to_string(connections.size()) + " are open",
        now);
    return true;
  }
  const Id id = next++;
  if (!watch(EPOLL_CTL_ADD, socket.get(), id, EPOLLIN)) {
    failed.tell(system_error("release socket: a connection cannot be watched", errno).text, now);
    return false;
  }
  Connection& connection = connections[id];
  connection.socket = std::move(socket);
  connection.last = now;
  return true;
}

void Server::State::serve(Id id, std::uint32_t events) {
  const auto found = connections.find(id);
  if (found == connections.end()) return;
  if (!converse(id, found->second, events) || !rewatch(id, found->second)) connections.erase(found);
}

/// One turn of a connection; false if it is to be closed.
bool Server::State::converse(Id id, Connection& connection, std::uint32_t events) {
  Conversation& talk = connection.talk;
  if ((events & EPOLLIN) != 0 && !connection.ends && talk.takes_bytes() && !receive(connection)) return false;
  // Both directions are closed: nobody reads the answers. What was asked is done all the same.
  const bool is_deaf = (events & (EPOLLHUP | EPOLLERR)) != 0;
  const bool may_take = talk.out().size() < Conversation::kFullOut;
  if (may_take || is_deaf)
    for (const auto& asked : talk.take_requests(kRequestsATurn)) {
      connection.last = now;
      answer(id, connection, asked);
    }
  if (is_deaf) return false;
  list_some(connection);
  if (!send_out(connection)) return false;
  const bool goes_on =
      talk.out().size() < Conversation::kFullOut && (talk.has_more() || talk.open_list() != 0);
  if (goes_on) again.push_back(id);
  const bool is_over = connection.ends || talk.is_broken();
  return !is_over || goes_on || talk.is_waiting() || !talk.out().empty();
}

bool Server::State::receive(Connection& connection) {
  std::array<char, Conversation::kMaxIn> chunk{};
  const ssize_t count = ::recv(connection.socket.get(), chunk.data(), chunk.size(), 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) connection.ends = true;
  connection.talk.receive({chunk.data(), static_cast<std::size_t>(count)});
  return true;
}

void Server::State::answer(Id id, Connection& connection, const Conversation::Asked& asked) {
  Conversation& talk = connection.talk;
  if (!asked.request) {
    talk.answer(asked.slot, format_reply(Verb::list, {Answer::invalid, asked.request.error().text}));
    return;
  }
  const Request& request = *asked.request;
  if (request.verb == Verb::list) {
    connection.lists[asked.slot] = 0;
    talk.begin_list(asked.slot);
  } else if (request.verb == Verb::held) {
    const Reply reply = keeper.tell(request, clock.wall());
    if (reply.answer == Answer::done)
      told.push_back({id, asked.slot});
    else
      talk.answer(asked.slot, format_reply(request.verb, reply));
  } else {
    const auto taken = keeper.take(request, clock.wall());
    if (const Reply* reply = std::get_if<Reply>(&taken)) {
      talk.answer(asked.slot, format_reply(request.verb, *reply));
      return;
    }
    running[next_task] = {id, asked.slot};
    tasks.push_back({next_task++, std::get<Job>(taken)});
  }
}

/// A part of the list that is the next answer.
void Server::State::list_some(Connection& connection) {
  Conversation& talk = connection.talk;
  const std::uint64_t slot = talk.open_list();
  if (slot == 0) return;
  const auto lines = keeper.list(connection.lists[slot], kListLines, clock.wall());
  std::string text;
  for (const std::string& line : lines) text += line;
  talk.continue_list(text);
  connection.listed[slot] += lines.size();
  if (lines.size() == kListLines) return;
  talk.answer(slot, format_list_end(connection.listed[slot]));
  connection.lists.erase(slot);
  connection.listed.erase(slot);
}

/// False if the peer is gone.
bool Server::State::send_out(Connection& connection) {
  Conversation& talk = connection.talk;
  while (!talk.out().empty()) {
    const std::string& out = talk.out();
    const ssize_t count = ::send(connection.socket.get(), out.data(), out.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    talk.sent(static_cast<std::size_t>(count));
    connection.last = now;
  }
  return true;
}

bool Server::State::rewatch(Id id, Connection& connection) {
  const Conversation& talk = connection.talk;
  std::uint32_t wanted = 0;
  if (!connection.ends && talk.takes_bytes()) wanted |= EPOLLIN;
  if (!talk.out().empty()) wanted |= EPOLLOUT;
  if (wanted == connection.watched) return true;
  connection.watched = wanted;
  return watch(EPOLL_CTL_MOD, connection.socket.get(), id, wanted);
}

void Server::State::reply_to(const Told& to, const std::string& line) {
  const auto found = connections.find(to.connection);
  if (found == connections.end()) return;
  found->second.talk.answer(to.slot, line);
  found->second.last = now;
  if (again.empty() || again.back() != to.connection) again.push_back(to.connection);
}

void Server::State::take_outcomes() {
  std::uint64_t rings = 0;
  (void)!::read(wake_up.get(), &rings, sizeof rings);
  for (const Runner::Outcome& outcome : runner.take()) {
    keeper.finish(outcome.task.job, outcome.reply.answer);
    const auto waits = running.find(outcome.task.number);
    if (waits == running.end()) continue;
    reply_to(waits->second, format_reply(outcome.task.job.verb, outcome.reply));
    running.erase(waits);
  }
}

void Server::State::sweep() {
  if (now - swept < (keeper.any_coming() ? kBetweenLooks : kBetweenSweeps)) return;
  swept = now;
  keeper.sweep(clock.wall());
}

/// One sync for all that was told in this turn; only then the answers.
void Server::State::sync() {
  const auto done = keeper.sync(!told.empty());
  if (!done) unwritten.tell("cannot keep what was told: " + done.error().text, now);
  const Reply reply = done ? Reply{} : Reply{Answer::unavailable, done.error().text};
  for (const Told& to : std::exchange(told, {})) reply_to(to, format_reply(Verb::held, reply));
}

void Server::State::close_idle() {
  const auto between = std::min(kBetweenSweeps, settings.idle_timeout / 2);
  if (now - closed < between) return;
  closed = now;
  std::erase_if(connections, [this](const auto& entry) {
    const Connection& connection = entry.second;
    const bool is_ours = connection.talk.is_waiting() && connection.talk.out().empty();  // we owe the answer
    return !is_ours && now - connection.last >= settings.idle_timeout;
  });
}

base::Result<std::unique_ptr<Server>> Server::start(ServerSettings settings, Keeper keeper,
                                                    const base::Clock& clock, system::DaemonLog& log) {
  auto listener = system::UnixListener::open(settings.path, {0600, SOCK_STREAM});
  if (!listener) return tl::unexpected(listener.error());
  if (settings.user != ::geteuid() &&
      ::chown(settings.path.c_str(), settings.user, static_cast<gid_t>(-1)) != 0)
    return system_failure("cannot give '" + settings.path + "' to user " + std::to_string(settings.user));
  Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  Descriptor wake_up(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll.is_open() || !wake_up.is_open()) return system_failure("cannot wait for connections");
  auto state = std::make_unique<State>(std::move(settings), std::move(keeper), clock, log,
                                       std::move(*listener), std::move(epoll), std::move(wake_up));
  if (!state->watch(EPOLL_CTL_ADD, state->listener.descriptor(), kListener, EPOLLIN) ||
      !state->watch(EPOLL_CTL_ADD, state->wake_up.get(), kWakeUp, EPOLLIN))
    return system_failure("cannot wait for connections");
  State& serves = *state;
  state->thread = std::thread([&serves] { serves.run(); });
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  state_->stopping = true;
  state_->ring();
  state_->thread.join();
}

}  // namespace signpost::release
