// The real DnsLookup: many questions at a time with libunbound, with a deadline. The only user of libunbound.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "system/dns_lookup.h"

namespace signpost::system {

/// An address, with a port or without ("127.0.0.1", "192.0.2.53:5353", "[2001:db8::1]:53").
struct DnsServer {
  std::string address;
  unsigned port = 53;
  bool operator==(const DnsServer&) const = default;
};
base::Result<DnsServer> parse_dns_server(std::string_view text);
std::string format_dns_server(const DnsServer& server);

/// One thread uses it. Follows CNAMEs, falls back to TCP for truncated answers, keeps a cache as long as it lives.
class DnsResolver final : public DnsLookup {
 public:
  /// Without servers: those of /etc/resolv.conf.
  static base::Result<std::unique_ptr<DnsResolver>> create(const std::vector<DnsServer>& servers);
  ~DnsResolver() override;
  DnsResolver(const DnsResolver&) = delete;
  DnsResolver& operator=(const DnsResolver&) = delete;

  std::vector<DnsAnswer> look_up(const std::vector<DnsQuestion>& questions,
                                 std::chrono::milliseconds deadline) override;

 private:
  struct Context;
  explicit DnsResolver(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace signpost::system
