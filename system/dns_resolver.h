// TXT look-ups with a deadline, many at a time, over libunbound. The only user of libunbound; what the texts
// mean is for others to know.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace signpost::system {

/// An address, with a port or without ("127.0.0.1", "192.0.2.53:5353", "[2001:db8::1]:53").
struct DnsServer {
  std::string address;
  unsigned port = 53;
  bool operator==(const DnsServer&) const = default;
};
base::Result<DnsServer> parse_dns_server(std::string_view text);
std::string format_dns_server(const DnsServer& server);

struct TxtAnswer {
  enum class Kind {
    found,
    absent,  ///< no such name, or no TXT at it
    failed,  ///< no answer in time, SERVFAIL, a packet that cannot be read
  };
  Kind kind = Kind::failed;
  std::vector<std::string> texts;  ///< each record's strings joined (RFC 6376 §3.6.2.2)
  std::string why;                 ///< of a failure, or of an absence: "NXDOMAIN", "timeout", …
};

/// What asks the DNS; tests have one of their own.
class TxtLookup {
 public:
  virtual ~TxtLookup() = default;
  /// Answers in the order of the names. Blocks until all have one or the deadline has passed.
  virtual std::vector<TxtAnswer> look_up(const std::vector<std::string>& names,
                                         std::chrono::milliseconds deadline) = 0;
};

/// One thread uses it. Follows CNAMEs, falls back to TCP for truncated answers, keeps a cache
/// as long as it lives.
class DnsResolver final : public TxtLookup {
 public:
  /// Without servers: those of /etc/resolv.conf.
  static base::Result<std::unique_ptr<DnsResolver>> create(const std::vector<DnsServer>& servers);
  ~DnsResolver() override;
  DnsResolver(const DnsResolver&) = delete;
  DnsResolver& operator=(const DnsResolver&) = delete;

  std::vector<TxtAnswer> look_up(const std::vector<std::string>& names,
                                 std::chrono::milliseconds deadline) override;

 private:
  struct Context;
  explicit DnsResolver(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace signpost::system
