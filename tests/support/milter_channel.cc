// Sockets and packet framing of the milter protocol.
#include "tests/support/milter_channel.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

namespace signpost::tests {

namespace {

using base::fail;
using base::invalid;
using base::Result;

constexpr std::size_t kMaxPacket = 64u << 20;

tl::unexpected<base::Error> gone(const std::string& what) {
  return fail(base::ErrorKind::unavailable, what);
}

Result<int> connect_unix(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return invalid("socket path too long: " + std::string(path));
  path.copy(address.sun_path, path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return gone(std::strerror(errno));
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  const std::string why = std::strerror(errno);
  ::close(descriptor);
  return gone(std::string(path) + ": " + why);
}

Result<int> connect_inet(std::string_view port_at_host) {
  const std::size_t at = port_at_host.find('@');
  const auto port = base::parse_number(port_at_host.substr(0, at));
  if (at == std::string_view::npos || !port || *port > 65535) return invalid("expected inet:PORT@HOST");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(*port));
  if (inet_pton(AF_INET, std::string(port_at_host.substr(at + 1)).c_str(), &address.sin_addr) != 1)
    return invalid("expected an IPv4 address after @");
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return gone(std::strerror(errno));
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  const std::string why = std::strerror(errno);
  ::close(descriptor);
  return gone(std::string(port_at_host) + ": " + why);
}

}  // namespace

std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

std::uint32_t read_big_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string zero_ended(std::string_view text) {
  return std::string(text) + '\0';
}

Result<std::vector<std::string>> split_zero_ended(std::string_view data) {
  std::vector<std::string> pieces;
  while (!data.empty()) {
    const std::size_t end = data.find('\0');
    if (end == std::string_view::npos) return invalid("the filter sent a string without its NUL");
    pieces.emplace_back(data.substr(0, end));
    data.remove_prefix(end + 1);
  }
  return pieces;
}

Result<MilterChannel> MilterChannel::open(std::string_view address) {
  const bool is_unix = address.starts_with("unix:");
  if (!is_unix && !address.starts_with("inet:")) return invalid("expected unix:PATH or inet:PORT@HOST");
  const Result<int> descriptor = is_unix ? connect_unix(address.substr(5)) : connect_inet(address.substr(5));
  if (!descriptor) return tl::unexpected(descriptor.error());
  return MilterChannel(*descriptor);
}

MilterChannel::MilterChannel(MilterChannel&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      patience_(other.patience_),
      pending_(std::move(other.pending_)) {}

MilterChannel::~MilterChannel() {
  close();
}

void MilterChannel::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void MilterChannel::queue(char command, std::string_view data) {
  pending_ += big_endian(static_cast<std::uint32_t>(data.size() + 1));
  pending_ += command;
  pending_ += data;
}

Result<void> MilterChannel::flush() {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return gone(std::string("write: ") + std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  pending_.clear();
  return {};
}

Result<void> MilterChannel::read_exactly(char* into, std::size_t size) {
  while (size > 0) {
    pollfd waiting{descriptor_, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(patience_.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return gone("the filter did not answer in time");
    const ssize_t got = recv(descriptor_, into, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return gone("the filter closed the connection");
    into += got;
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

Result<MilterChannel::Packet> MilterChannel::read() {
  char length[4];
  if (auto read = read_exactly(length, sizeof length); !read) return tl::unexpected(read.error());
  const std::size_t size = read_big_endian({length, sizeof length});
  if (size == 0 || size > kMaxPacket)
    return invalid("the filter sent a packet of " + std::to_string(size) + " bytes");
  std::string bytes(size, '\0');
  if (auto read = read_exactly(bytes.data(), size); !read) return tl::unexpected(read.error());
  return Packet{bytes[0], bytes.substr(1)};
}

}  // namespace signpost::tests
