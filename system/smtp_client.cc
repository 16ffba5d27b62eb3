#include "system/smtp_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/text.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/system_address.h"

namespace signpost::system {
namespace {

using base::Result;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxReply = 8192;

tl::unexpected<base::Error> unavailable(std::string text) {
  return base::fail(base::ErrorKind::unavailable, std::move(text));
}

/// Our own end of a connection as a HELO name (RFC 5321 §4.1.3).
std::string address_literal(int descriptor) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size) == 0) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(&own);
    const auto* four = reinterpret_cast<const sockaddr_in*>(&own);
    if (own.ss_family == AF_INET6 && ::inet_ntop(AF_INET6, &six->sin6_addr, text.data(), text.size()))
      return std::string("[IPv6:") + text.data() + "]";
    if (own.ss_family == AF_INET && ::inet_ntop(AF_INET, &four->sin_addr, text.data(), text.size()))
      return std::string("[") + text.data() + "]";
  }
  return "[127.0.0.1]";
}

/// The text as DATA carries it: CRLF, dots at the begin of lines doubled (RFC 5321 §4.5.2), and its end.
std::string dot_stuffed(std::string_view text) {
  std::string wire;
  wire.reserve(text.size() + text.size() / 16 + 8);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with('.')) wire += '.';
    wire.append(line).append("\r\n");
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return wire += ".\r\n";
}

/// One connection; every wait counts against the same deadline.
class Dialogue {
 public:
  explicit Dialogue(SteadyClock::time_point deadline) : deadline_(deadline) {}

  Result<void> connect(const ListenAddress& server) {
    const SystemAddress peer = system_address(server);
    socket_ = Descriptor(::socket(peer.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_.is_open()) return system_failure("a socket");
    if (::connect(socket_.get(), peer.get(), peer.size) == 0) return {};
    if (errno != EINPROGRESS) return system_failure("connect");
    if (auto ready = wait(POLLOUT); !ready) return ready;
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed != 0) return system_failure("connect", failed);
    return {};
  }

  /// Sends `bytes`, reads the reply, and requires it to begin with the digit `wanted`. Returns all its lines.
  Result<std::string> exchange(std::string_view bytes, char wanted) {
    if (auto sent = send(bytes); !sent) return tl::unexpected(sent.error());
    auto reply = read_reply();
    if (reply && reply->front() != wanted) {
      return unavailable("the server answered: " + std::string(base::trim(*reply)));
    }
    return reply;
  }

  Result<void> send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno != EAGAIN && errno != EINTR) {
        return system_failure("send");
      } else if (auto ready = wait(POLLOUT); !ready) {
        return ready;
      }
    }
    return {};
  }
  std::string own_name() const { return address_literal(socket_.get()); }

 private:
  Result<void> wait(short events) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - SteadyClock::now());
    pollfd waiting{socket_.get(), events, 0};
    const int ready = left.count() > 0 ? ::poll(&waiting, 1, static_cast<int>(left.count())) : 0;
    if (ready == 0) return unavailable("the server did not answer in time");
    if (ready < 0 && errno != EINTR) return system_failure("poll");
    return {};
  }

  /// All lines of one reply (RFC 5321 §4.2.1): "250-..." goes on, "250 ..." or "250" is the
  /// last. Never empty.
  Result<std::string> read_reply() {
    std::string reply;
    std::size_t begin = 0;
    for (;;) {
      const std::size_t end = received_.find('\n', begin);
      if (end == std::string::npos) {
        if (auto more = receive(); !more) return tl::unexpected(more.error());
        continue;
      }
      const std::string_view line = std::string_view(received_).substr(begin, end - begin);
      if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, base::is_digit))
        return unavailable("the server's answer is not SMTP");
      begin = end + 1;
      if (line.size() > 3 && line[3] == '-') continue;
      reply = received_.substr(0, begin);
      received_.erase(0, begin);
      return reply;
    }
  }

  Result<void> receive() {
    if (received_.size() > kMaxReply) return unavailable("the server's answer is too long");
    std::array<char, 1024> chunk{};
    const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (count > 0) {
      received_.append(chunk.data(), static_cast<std::size_t>(count));
      return {};
    }
    if (count == 0) return unavailable("the server closed the connection");
    if (errno != EAGAIN && errno != EINTR) return system_failure("recv");
    return wait(POLLIN);
  }

  const SteadyClock::time_point deadline_;
  Descriptor socket_;
  std::string received_;
};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool offers(std::string_view greeting, std::string_view extension) {
  return base::find_ignore_case(greeting, extension) != std::string_view::npos;
}

Result<void> converse(Dialogue& smtp, const std::string& to, const std::string& text) {
  if (auto greeting = smtp.exchange({}, '2'); !greeting) return tl::unexpected(greeting.error());
  const auto hello = smtp.exchange("EHLO " + smtp.own_name() + "\r\n", '2');
  if (!hello) return tl::unexpected(hello.error());
  std::string mail = "MAIL FROM:<>";
  if (offers(*hello, "8BITMIME")) {
    mail += " BODY=8BITMIME";  // RFC 6152
  } else if (!is_ascii(text)) {
    return unavailable("the server does not accept 8-bit text (8BITMIME)");
  }
  if (!is_ascii(to)) {
    if (!offers(*hello, "SMTPUTF8"))
      return unavailable("the server does not accept UTF-8 addresses (SMTPUTF8)");
    mail += " SMTPUTF8";  // RFC 6531 §3.4
  }
  const std::string commands[] = {mail + "\r\n", "RCPT TO:<" + to + ">\r\n"};
  for (const std::string& command : commands) {
    if (auto reply = smtp.exchange(command, '2'); !reply) return tl::unexpected(reply.error());
  }
  if (auto go = smtp.exchange("DATA\r\n", '3'); !go) return tl::unexpected(go.error());
  if (auto taken = smtp.exchange(dot_stuffed(text), '2'); !taken) return tl::unexpected(taken.error());
  (void)smtp.send("QUIT\r\n");  // it is taken, whatever becomes of this
  return {};
}

}  // namespace

Result<void> send_by_smtp(const ListenAddress& server, const std::string& to, const std::string& text,
                          std::chrono::milliseconds patience) {
  if (to.find_first_of("\r\n<>") != std::string::npos) return base::invalid("not an address");
  Dialogue smtp(SteadyClock::now() + patience);
  Result<void> done = smtp.connect(server);
  if (done) done = converse(smtp, to, text);
  if (!done) return tl::unexpected(base::in_context(format_listen(server), done.error()));
  return {};
}

}  // namespace signpost::system
