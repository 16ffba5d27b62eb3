// A DNS server on loopback, UDP and TCP on one port, that answers questions as a test says: with records, with
// errors, or in ways that no server should.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace signpost::tests {

struct DnsReply {
  enum class Kind {
    txt,   ///< `records`, to whatever type was asked for
    data,  ///< `data` as records of `type`; for another type there is nothing
    no_name,
    no_data,
    server_failure,
    silence,
    truncated,         ///< over UDP cut, over TCP whole
    always_truncated,  ///< over UDP cut, over TCP nothing
    garbage,           ///< a packet that is not DNS
    bad_strings,       ///< a TXT whose string is longer than its data
    alias,             ///< a CNAME to `target`, and what is there
  };
  Kind kind = Kind::no_name;
  std::vector<std::vector<std::string>> records = {};  ///< each a list of strings of at most 255 octets
  std::string target = {};
  int type = 0;  ///< RFC 1035 §3.2.2
  std::vector<std::string> data = {};
};

/// One record, cut into strings of 255 octets.
DnsReply txt_reply(const std::string& text);
/// A or AAAA records; all addresses are of one kind.
DnsReply address_reply(const std::vector<std::string>& addresses);
DnsReply mx_reply(const std::vector<std::pair<int, std::string>>& exchanges);
DnsReply ptr_reply(const std::vector<std::string>& names);
/// A name as it stands in a record; "." is the root.
std::string encode_dns_name(const std::string& name);

class DnsStub {
 public:
  DnsStub();
  ~DnsStub();
  DnsStub(const DnsStub&) = delete;
  DnsStub& operator=(const DnsStub&) = delete;

  /// What is answered to that name from now on; other names do not exist. Replies of the kind `data` stand
  /// beside each other by their type.
  void set(const std::string& name, DnsReply reply);
  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Questions that came, also those that got no answer.
  std::size_t asked() const { return asked_; }

 private:
  void run();
  void serve_udp();
  void serve_tcp();
  std::string answer(const std::string& question, bool tcp);
  DnsReply reply_to(const std::string& name, int type) REQUIRES(mutex_);

  base::Mutex mutex_;
  std::map<std::pair<std::string, int>, DnsReply> replies_ GUARDED_BY(mutex_);
  std::atomic<std::size_t> asked_{0};
  std::uint16_t port_ = 0;
  int udp_ = -1;
  int tcp_ = -1;
  int stop_[2] = {-1, -1};
  std::thread thread_;
};

}  // namespace signpost::tests
