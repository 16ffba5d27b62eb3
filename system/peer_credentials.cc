#include "system/peer_credentials.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <grp.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "system/descriptor.h"
#include "system/errors.h"

namespace signpost::system {
namespace {

base::Result<std::vector<gid_t>> read_peer_groups(int socket) {
  std::vector<gid_t> groups(32);
  while (true) {
    auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) == 0) {
      groups.resize(bytes / sizeof(gid_t));
      return groups;
    }
    const int error = errno;
    // With ERANGE the kernel has set `bytes` to the size that it needs.
    if (error != ERANGE || bytes / sizeof(gid_t) <= groups.size()) {
      return system_failure("cannot read the peer's groups", error);
    }
    groups.resize(bytes / sizeof(gid_t));
  }
}

/// What asks for the connected TCP sockets of that family with that local port; the kernel leaves out all others.
struct DiagRequest {
  nlmsghdr header{};
  inet_diag_req_v2 wanted{};
};

DiagRequest request_for(int family, std::uint16_t port) {
  constexpr std::uint32_t kEstablished = 1u << 1;  // TCP_ESTABLISHED
  DiagRequest request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.wanted.sdiag_family = static_cast<std::uint8_t>(family);
  request.wanted.sdiag_protocol = IPPROTO_TCP;
  request.wanted.idiag_states = kEstablished;
  request.wanted.id.idiag_sport = htons(port);
  return request;
}

constexpr std::size_t kMappedBytes = 12;  ///< before an IPv4 address in its mapped form

bool is_mapped(const base::Ip& address) {
  return base::parse_network("0.0.0.0/0").value().contains(address);
}

/// Adds the owners of the connected sockets with that address. False once the kernel has told all.
bool take_owners(const char* bytes, std::size_t size, const base::Ip& address, std::uint16_t port,
                 std::vector<uid_t>& owners) {
  const bool is_v4 = is_mapped(address);
  const auto* wanted = address.bytes.data() + (is_v4 ? kMappedBytes : 0);
  const std::size_t length = is_v4 ? 4 : address.bytes.size();
  auto left = static_cast<unsigned>(size);
  for (auto* header = reinterpret_cast<const nlmsghdr*>(bytes); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) return false;
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) continue;
    const auto* found = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
    // One that nobody has accepted yet has no inode, and on some kernels root for an owner.
    if (found->idiag_inode != 0 && found->id.idiag_sport == htons(port) &&
        std::memcmp(found->id.idiag_src, wanted, length) == 0)
      owners.push_back(found->idiag_uid);
  }
  return true;
}

}  // namespace

base::Result<uid_t> find_tcp_owner(const base::Ip& address, std::uint16_t port) {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket.is_open()) return system_failure("cannot ask the kernel about sockets");
  const timeval patience{1, 0};
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const DiagRequest request = request_for(is_mapped(address) ? AF_INET : AF_INET6, port);
  if (::send(socket.get(), &request, sizeof request, 0) < 0)
    return system_failure("cannot ask the kernel about sockets");
  alignas(nlmsghdr) char buffer[32 * 1024];
  std::vector<uid_t> owners;
  for (bool goes_on = true; goes_on;) {
    const ssize_t size = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_failure("the kernel does not tell about sockets");
    goes_on = take_owners(buffer, static_cast<std::size_t>(size), address, port, owners);
  }
  if (owners.empty())
    return base::fail(base::ErrorKind::not_found, "no socket of this host has that address");
  if (owners.size() > 1)
    return base::fail(base::ErrorKind::unavailable, "several sockets share that address");
  return owners.front();
}

base::Result<PeerCredentials> read_peer_credentials(int socket) {
  ucred credentials{};
  socklen_t bytes = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) {
    return system_failure("cannot read the peer's user");
  }
  auto groups = read_peer_groups(socket);
  if (!groups) return tl::unexpected(groups.error());
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid, std::move(*groups)};
}

std::optional<UserIds> find_user(const std::string& name) {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  while (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) return std::nullopt;
  return UserIds{found->pw_uid, found->pw_gid};
}

std::optional<gid_t> find_group(const std::string& name) {
  std::vector<char> buffer(4096);
  group entry{};
  group* found = nullptr;
  while (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

}  // namespace signpost::system
