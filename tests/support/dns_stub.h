// A DNS server on loopback, UDP and TCP on one port, that answers TXT questions as a test says: with records,
// with errors, or in ways that no server should.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace signpost::tests {

struct DnsReply {
  enum class Kind {
    txt,
    no_name,
    no_data,
    server_failure,
    silence,
    truncated,         ///< over UDP cut, over TCP whole
    always_truncated,  ///< over UDP cut, over TCP nothing
    garbage,           ///< a packet that is no DNS
    bad_strings,       ///< a TXT whose string is longer than its data
    alias,             ///< a CNAME to `target`, and what is there
  };
  Kind kind = Kind::no_name;
  std::vector<std::vector<std::string>> records = {};  ///< each a list of strings of at most 255 octets
  std::string target = {};
};

/// One record, cut into strings of 255 octets.
DnsReply txt_reply(const std::string& text);

class DnsStub {
 public:
  DnsStub();
  ~DnsStub();
  DnsStub(const DnsStub&) = delete;
  DnsStub& operator=(const DnsStub&) = delete;

  /// What is answered to that name from now on; other names do not exist.
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

  base::Mutex mutex_;
  std::map<std::string, DnsReply> replies_ GUARDED_BY(mutex_);
  std::atomic<std::size_t> asked_{0};
  std::uint16_t port_ = 0;
  int udp_ = -1;
  int tcp_ = -1;
  int stop_[2] = {-1, -1};
  std::thread thread_;
};

}  // namespace signpost::tests
