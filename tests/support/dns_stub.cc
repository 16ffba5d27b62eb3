// Just enough of RFC 1035: one question, answers whose owner is a pointer to it.
#include "tests/support/dns_stub.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ip.h"
#include "base/text.h"

namespace signpost::tests {
namespace {

constexpr std::size_t kHeader = 12;
constexpr int kA = 1;
constexpr int kPtr = 12;
constexpr int kMx = 15;
constexpr int kTxt = 16;
constexpr int kAaaa = 28;
constexpr int kCname = 5;
constexpr unsigned kTruncated = 0x0200;

void put16(std::string& bytes, unsigned value) {
  bytes += static_cast<char>(value >> 8);
  bytes += static_cast<char>(value & 0xff);
}

struct Asked {
  std::string name;  ///< in lower case
  int type = 0;
  std::size_t end = 0;  ///< behind type and class
};

Asked decode_question(const std::string& packet) {
  std::string name;
  std::size_t at = kHeader;
  while (at < packet.size() && packet[at] != 0) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(packet[at]));
    if (!name.empty()) name += '.';
    name += packet.substr(at + 1, length);
    at += length + 1;
  }
  const int type = at + 2 < packet.size() ? static_cast<unsigned char>(packet[at + 1]) << 8 |
                                                static_cast<unsigned char>(packet[at + 2])
                                          : 0;
  return {base::lower(name), type, std::min(at + 5, packet.size())};
}

std::string record(const std::string& owner, int type, const std::string& data) {
  std::string bytes = owner;
  put16(bytes, static_cast<unsigned>(type));
  put16(bytes, 1);
  bytes += std::string(4, '\0');  // lives no second
  put16(bytes, static_cast<unsigned>(data.size()));
  return bytes + data;
}

std::string txt_data(const std::vector<std::string>& strings) {
  std::string data;
  for (const std::string& text : strings) {
    data += static_cast<char>(text.size());
    data += text;
  }
  return data;
}

struct Answer {
  unsigned flags = 0x8180;
  std::vector<std::string> records;
};

void add_records(Answer& answer, const std::string& owner, const DnsReply& reply) {
  for (const auto& strings : reply.records) answer.records.push_back(record(owner, kTxt, txt_data(strings)));
  for (const std::string& data : reply.data) answer.records.push_back(record(owner, reply.type, data));
}

}  // namespace

DnsReply txt_reply(const std::string& text) {
  DnsReply reply{DnsReply::Kind::txt, {{}}};
  for (std::size_t at = 0; at < text.size(); at += 255) reply.records[0].push_back(text.substr(at, 255));
  return reply;
}

std::string encode_dns_name(const std::string& name) {
  std::string bytes;
  for (const std::string_view label : base::split(name == "." ? std::string_view() : name, '.')) {
    if (label.empty()) continue;
    bytes += static_cast<char>(label.size());
    bytes += label;
  }
  return bytes + '\0';
}

DnsReply address_reply(const std::vector<std::string>& addresses) {
  DnsReply reply{DnsReply::Kind::data};
  for (const std::string& address : addresses) {
    const bool is_v6 = address.find(':') != std::string::npos;
    const auto ip = base::parse_ip(address);
    reply.type = is_v6 ? kAaaa : kA;
    reply.data.emplace_back(ip->bytes.begin() + (is_v6 ? 0 : 12), ip->bytes.end());
  }
  return reply;
}

DnsReply mx_reply(const std::vector<std::pair<int, std::string>>& exchanges) {
  DnsReply reply{DnsReply::Kind::data};
  reply.type = kMx;
  for (const auto& [preference, host] : exchanges) {
    std::string data;
    put16(data, static_cast<unsigned>(preference));
    reply.data.push_back(data + encode_dns_name(host));
  }
  return reply;
}

DnsReply ptr_reply(const std::vector<std::string>& names) {
  DnsReply reply{DnsReply::Kind::data};
  reply.type = kPtr;
  for (const std::string& name : names) reply.data.push_back(encode_dns_name(name));
  return reply;
}

DnsStub::DnsStub() {
  // UDP takes a free port; TCP must get the same, so a few may be tried.
  for (int attempt = 0; attempt < 20; ++attempt) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(udp_, generic, size) == 0 && ::getsockname(udp_, generic, &size) == 0 &&
        ::bind(tcp_, generic, size) == 0 && ::listen(tcp_, 8) == 0) {
      port_ = ntohs(address.sin_port);
      break;
    }
    ::close(udp_);
    ::close(tcp_);
  }
  if (port_ == 0 || ::pipe(stop_) != 0) std::abort();
  thread_ = std::thread([this] { run(); });
}

DnsStub::~DnsStub() {
  ::close(stop_[1]);
  thread_.join();
  for (const int fd : {udp_, tcp_, stop_[0]}) ::close(fd);
}

void DnsStub::set(const std::string& name, DnsReply reply) {
  base::MutexLock lock(mutex_);
  const int type = reply.kind == DnsReply::Kind::data ? reply.type : 0;
  replies_[{name, type}] = std::move(reply);
}

/// What is set for the type goes before what is set for all of them.
DnsReply DnsStub::reply_to(const std::string& name, int type) {
  for (const int one : {type, 0}) {
    if (const auto found = replies_.find({name, one}); found != replies_.end()) return found->second;
  }
  const auto other = replies_.lower_bound({name, 0});
  const bool exists = other != replies_.end() && other->first.first == name;
  return {exists ? DnsReply::Kind::no_data : DnsReply::Kind::no_name};
}

void DnsStub::run() {
  for (;;) {
    std::array<pollfd, 3> ready = {
        {{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}, {stop_[0], static_cast<short>(POLLIN | POLLHUP), 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[2].revents != 0) return;
    if (ready[0].revents != 0) serve_udp();
    if (ready[1].revents != 0) serve_tcp();
  }
}

void DnsStub::serve_udp() {
  std::array<char, 65536> buffer{};
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  auto* const generic = reinterpret_cast<sockaddr*>(&peer);
  const ssize_t count = ::recvfrom(udp_, buffer.data(), buffer.size(), 0, generic, &size);
  if (count < static_cast<ssize_t>(kHeader)) return;
  const std::string bytes = answer({buffer.data(), static_cast<std::size_t>(count)}, false);
  if (!bytes.empty()) (void)::sendto(udp_, bytes.data(), bytes.size(), 0, generic, size);
}

void DnsStub::serve_tcp() {
  const int peer = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
  if (peer < 0) return;
  const timeval patience{2, 0};
  (void)::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::array<char, 65536> buffer{};
  std::size_t filled = 0;
  for (;;) {
    const ssize_t count = ::read(peer, buffer.data() + filled, buffer.size() - filled);
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
    const std::size_t wanted =
        (static_cast<unsigned char>(buffer[0]) << 8 | static_cast<unsigned char>(buffer[1])) + 2u;
    if (filled < 2 || filled < wanted) continue;
    const std::string bytes = answer({buffer.data() + 2, wanted - 2}, true);
    std::string framed;
    put16(framed, static_cast<unsigned>(bytes.size()));
    framed += bytes;
    if (!bytes.empty()) (void)::send(peer, framed.data(), framed.size(), MSG_NOSIGNAL);
    break;
  }
  ::close(peer);
}

std::string DnsStub::answer(const std::string& question, bool tcp) {
  ++asked_;
  const auto [name, type, end] = decode_question(question);
  const std::string owner = "\xc0\x0c";
  Answer answer;
  base::MutexLock lock(mutex_);
  const DnsReply reply = reply_to(name, type);
  switch (reply.kind) {
    case DnsReply::Kind::silence:
      return {};
    case DnsReply::Kind::garbage:
      return question.substr(0, 2) + std::string(40, '\xff');
    case DnsReply::Kind::no_name:
      answer.flags |= 3;
      break;
    case DnsReply::Kind::no_data:
      break;
    case DnsReply::Kind::server_failure:
      answer.flags |= 2;
      break;
    case DnsReply::Kind::always_truncated:
      if (tcp) return {};
      answer.flags |= kTruncated;
      break;
    case DnsReply::Kind::truncated:
      if (tcp) {
        add_records(answer, owner, reply);
      } else {
        answer.flags |= kTruncated;
      }
      break;
    case DnsReply::Kind::bad_strings:
      answer.records.push_back(record(owner, kTxt,
                                      "\xff"
                                      "short"));
      break;
    case DnsReply::Kind::alias:
      answer.records.push_back(record(owner, kCname, encode_dns_name(reply.target)));
      add_records(answer, encode_dns_name(reply.target), reply_to(reply.target, type));
      break;
    case DnsReply::Kind::txt:
    case DnsReply::Kind::data:
      add_records(answer, owner, reply);
      break;
  }
  std::string bytes = question.substr(0, 2);
  put16(bytes, answer.flags);
  put16(bytes, 1);
  put16(bytes, static_cast<unsigned>(answer.records.size()));
  bytes += std::string(4, '\0');
  bytes += question.substr(kHeader, end - kHeader);
  for (const std::string& one : answer.records) bytes += one;
  if (!tcp && bytes.size() > 1200) {
    bytes.resize(end);
    bytes[2] = static_cast<char>(bytes[2] | 2);
    bytes[6] = bytes[7] = 0;
  }
  return bytes;
}

}  // namespace signpost::tests
