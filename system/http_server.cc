// <utility> first: asio 1.74 uses std::exchange without including it, which g++ 12 notices.
#include "system/http_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <list>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "system/listen_socket.h"

namespace signpost::system {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<Protocol, Executor>;
using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;
using Stream = beast::basic_stream<Protocol, Executor, beast::unlimited_rate_policy>;
using Parser = http::request_parser<http::string_body>;

constexpr std::chrono::seconds kLingerTime{1};
constexpr std::size_t kUsualFields = 24;
constexpr std::size_t kLingerBytes = 256u << 10;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kDrainPause{5};

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

/// True if nothing between the client and us can have found the request's end elsewhere: one plain length or none,
/// and no coding except chunked (RFC 9112 §6.1, §6.3). Beast lets other codings and lists of equal lengths pass.
bool has_one_length(const http::request<http::string_body>& message) {
  const auto lengths = message.count(http::field::content_length);
  const auto codings = message.count(http::field::transfer_encoding);
  if (lengths + codings > 1) return false;
  if (codings == 1) {
    return message.version() == 11 &&
           base::equals_ignore_case(view(message[http::field::transfer_encoding]), "chunked");
  }
  const std::string_view length = view(message[http::field::content_length]);
  return lengths == 0 || (!length.empty() && std::all_of(length.begin(), length.end(), base::is_digit));
}

std::optional<base::Ip> peer_of(const Socket& socket) {
  error_code failed;
  const auto endpoint = socket.remote_endpoint(failed);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = nullptr;
  sockaddr_storage storage{};
  if (failed || endpoint.size() > sizeof storage) return std::nullopt;
  std::memcpy(&storage, endpoint.data(), endpoint.size());
  if (storage.ss_family == AF_INET) address = &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr;
  if (storage.ss_family == AF_INET6) address = &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
  if (address == nullptr || ::inet_ntop(storage.ss_family, address, text.data(), text.size()) == nullptr) {
    return std::nullopt;
  }
  const auto ip = base::parse_ip(text.data());
  return ip ? std::optional(*ip) : std::nullopt;
}

class Connection;

struct Counters {
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> evicted{0};
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> malformed{0};
};

/// What all connections of a server share.
struct Shared {
  explicit Shared(const HttpLimits& the_limits, const base::Clock& the_clock)
      : limits(the_limits), clock(the_clock) {}
  const HttpLimits limits;
  const base::Clock& clock;
  Counters counters;
  bool draining = false;
  std::list<Connection*> by_age;  ///< by when each began to wait for the end of its request
};

/// One client: reads a request, waits for its answer, writes it, and so on. Lives as long as
/// something is in progress.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, Socket socket, const HttpHandler& handler)
      : shared_(shared),
        handler_(handler),
        peer_(peer_of(socket)),
        stream_(std::move(socket)),
        buffer_(shared.limits.header_bytes * 2),
        place_(shared.by_age.insert(shared.by_age.end(), this)) {
    ++shared_.counters.connections;
    ++shared_.counters.open;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    leave_line();
    --shared_.counters.open;
  }

  void read() {
    if (shared_.draining) return linger();
    ++requests_;
    if (place_) shared_.by_age.splice(shared_.by_age.end(), shared_.by_age, *place_);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
    parser_->body_limit(shared_.limits.body_bytes);
    stream_.expires_after(shared_.limits.request_time);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code failed, std::size_t) { self->on_read(failed); });
  }

  /// No byte of a request has arrived yet.
  bool is_idle() const { return parser_ && !parser_->got_some() && buffer_.size() == 0; }

  /// Ends now, whatever is in progress.
  void abort() {
    leave_line();
    stream_.close();
  }

 private:
  void leave_line() {
    if (place_) shared_.by_age.erase(*place_);
    place_.reset();
  }

  void on_read(error_code failed) {
    if (failed == beast::error::timeout) ++shared_.counters.timed_out;
    if (failed == http::error::header_limit || failed == http::error::buffer_overflow) return refuse(431);
    if (failed == http::error::body_limit) return refuse(413);
    if (failed == http::error::end_of_stream) return linger();
    static const error_code one_of_http = http::make_error_code(http::error::bad_value);
    if (failed.category() == one_of_http.category() && failed && failed != http::error::partial_message)
      return refuse(400);
    if (failed) return;

    const auto& message = parser_->get();
    const bool known_version = message.version() == 10 || message.version() == 11;
    const bool has_one_host = message.count(http::field::host) < 2;  // RFC 9112 §3.2
    if (!known_version || !has_one_length(message) || !has_one_host) return refuse(400);
    answer(message);
  }

  void answer(const http::request<http::string_body>& message) {
    system::HttpRequest request;
    request.method = view(message.method_string());
    request.target = view(message.target());
    request.fields.reserve(kUsualFields);
    for (const auto& field : message)
      request.fields.emplace_back(view(field.name_string()), view(field.value()));
    request.body = message.body();
    request.peer = peer_;
    head_only_ = message.method() == http::verb::head;
    keep_alive_ = message.version() == 11 && message.keep_alive();
    handler_(request, [self = shared_from_this()](system::HttpResponse response) {
      const auto executor = self->stream_.get_executor();
      asio::dispatch(executor, [self, sent = std::move(response)] { self->write(sent); });
    });
  }

  void write(const system::HttpResponse& response) {
    keep_alive_ = keep_alive_ && !shared_.draining && requests_ < shared_.limits.requests_per_connection;
    out_ = system::format_response(response, {head_only_, keep_alive_, shared_.clock.wall()});
    asio::async_write(stream_, asio::buffer(out_),
                      [self = shared_from_this()](error_code failed, std::size_t) {
                        if (failed == beast::error::timeout) ++self->shared_.counters.timed_out;
                        if (failed) return;
                        self->keep_alive_ ? self->read() : self->linger();
                      });
  }

  /// A malformed request: answered, then closed, because the next request cannot be distinguished from its body.
  void refuse(int status) {
    ++shared_.counters.malformed;
    keep_alive_ = false;
    head_only_ = false;
    stream_.expires_after(shared_.limits.request_time);
    write({status, "text/plain; charset=utf-8", {}, {}, "Malformed request.\n"});
  }

  /// Closes so that the client gets to read the answer: with unread input, the kernel would
  /// send a reset at once.
  void linger() {
    error_code ignored;
    stream_.socket().shutdown(Socket::shutdown_send, ignored);
    stream_.expires_after(kLingerTime);
    buffer_.clear();
    discard();
  }

  void discard() {
    stream_.async_read_some(buffer_.prepare(shared_.limits.header_bytes),
                            [self = shared_from_this()](error_code failed, std::size_t count) {
                              self->discarded_ += count;
                              if (!failed && self->discarded_ < kLingerBytes) self->discard();
                            });
  }

  Shared& shared_;
  const HttpHandler& handler_;
  const std::optional<base::Ip> peer_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string out_;
  std::size_t requests_ = 0;
  std::size_t discarded_ = 0;
  bool head_only_ = false;
  bool keep_alive_ = true;
  std::optional<std::list<Connection*>::iterator> place_;
};

/// Accepts connections on one address.
class Door {
 public:
  Door(Shared& shared, asio::io_context& context, Protocol protocol, int descriptor, HttpHandler handler)
      : shared_(shared),
        handler_(std::move(handler)),
        acceptor_(context, protocol, descriptor),
        pause_(context) {}

  void accept() {
    acceptor_.async_accept([this](error_code failed, Socket socket) {
      if (failed == asio::error::operation_aborted) return;
      if (failed) return wait();
      const int on = 1;
      ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on,
                   sizeof on);  // fails on a unix socket
      if (shared_.by_age.size() >= shared_.limits.connections) {
        ++shared_.counters.evicted;
        shared_.by_age.front()->abort();
      }
      std::make_shared<Connection>(shared_, std::move(socket), handler_)->read();
      accept();
    });
  }
  void close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }
  int descriptor() { return acceptor_.native_handle(); }

 private:
  /// There are no descriptors or no memory left; some will be free soon.
  void wait() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code failed) {
      if (!failed) accept();
    });
  }

  Shared& shared_;
  const HttpHandler handler_;
  Acceptor acceptor_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             Executor>
      pause_;
};

}  // namespace

struct HttpServer::State {
  State(const HttpLimits& limits, const base::Clock& clock) : shared(limits, clock) {}

  Shared shared;  // outlives the connections, which die with the context
  asio::io_context context{1};
  /// Keeps the thread while the only thing to wait for is an answer from elsewhere.
  asio::executor_work_guard<Executor> work{context.get_executor()};
  std::list<Door> doors;
  std::vector<std::uint16_t> ports;
  std::vector<UnixListener> files;  ///< of unix sockets
  std::thread thread;
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

void HttpServer::stop() {
  state_->context.stop();
  if (state_->thread.joinable()) state_->thread.join();
}

HttpServer::~HttpServer() {
  stop();
}

base::Result<std::unique_ptr<HttpServer>> HttpServer::open(const std::vector<Listener>& listeners,
                                                           const HttpLimits& limits,
                                                           const base::Clock& clock) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::make_unique<State>(limits, clock)));
  State& state = *server->state_;
  for (const Listener& listener : listeners) {
    auto socket = open_listening(listener.address);
    if (!socket) return tl::unexpected(socket.error());
    state.ports.push_back(socket->port);
    if (socket->file) state.files.push_back(std::move(*socket->file));
    state.doors.emplace_back(state.shared, state.context, Protocol(socket->family, 0),
                             socket->handle.release(), listener.handler);
    state.doors.back().accept();
  }
  return server;
}

void HttpServer::serve() {
  state_->thread = std::thread([this] { state_->context.run(); });
}

void HttpServer::drain(std::chrono::milliseconds patience) {
  State& state = *state_;
  asio::post(state.context, [&state] {
    state.shared.draining = true;
    for (Door& door : state.doors) door.close();
    const std::list<Connection*> all = state.shared.by_age;
    for (Connection* connection : all) {
      if (connection->is_idle()) connection->abort();
    }
  });
  const auto end = std::chrono::steady_clock::now() + patience;
  while (state.shared.counters.open > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kDrainPause);
  }
  stop();
}

HttpCounts HttpServer::counts() const {
  const Counters& counters = state_->shared.counters;
  return {counters.connections, counters.open, counters.evicted, counters.timed_out, counters.malformed};
}

std::uint16_t HttpServer::port(std::size_t listener) const {
  return state_->ports[listener];
}

}  // namespace signpost::system
