// The port for DNS lookups and their answers: A, AAAA, MX, PTR and TXT, many questions at a time, with a deadline.
// Does not know what the answers mean. system/dns_resolver implements it; tests have a twin.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/result.h"

namespace signpost::system {

enum class DnsType { a, aaaa, mx, ptr, txt };
/// "A", "AAAA", "MX", "PTR", "TXT"
const char* dns_type_word(DnsType type);

struct DnsQuestion {
  std::string name;
  DnsType type = DnsType::txt;
  bool operator==(const DnsQuestion&) const = default;
};
/// The name at which the PTR records of an address stand (RFC 1035 §3.5, RFC 3596 §2.5).
std::string reverse_name(const base::Ip& ip);

/// One MX record. An empty host is the null MX: the domain takes no mail (RFC 7505 §3).
struct DnsExchange {
  std::uint16_t preference = 0;
  std::string host;
  auto operator<=>(const DnsExchange&) const = default;
};

/// Of the lists only the one of the type that was asked for is filled.
struct DnsAnswer {
  enum class Kind {
    found,
    absent,  ///< no such name, or no record of that type at it
    failed,  ///< no answer in time, SERVFAIL, a packet or a record that cannot be read
  };
  Kind kind = Kind::failed;
  std::vector<std::string> texts;      ///< TXT: each record's strings joined (RFC 6376 §3.6.2.2)
  std::vector<base::Ip> addresses;     ///< A, AAAA
  std::vector<DnsExchange> exchanges;  ///< MX, the most preferred first
  std::vector<std::string> names;      ///< PTR, in lower case without the last dot
  std::string why;                     ///< of a failure, or of an absence: "NXDOMAIN", "timeout", …
};

class DnsLookup {
 public:
  virtual ~DnsLookup() = default;
  /// Answers in the order of the questions. Blocks until all have one or the deadline has passed; those that are open
  /// then are `failed` with the word "timeout". One thread at a time.
  virtual std::vector<DnsAnswer> look_up(const std::vector<DnsQuestion>& questions,
                                         std::chrono::milliseconds deadline) = 0;
};

}  // namespace signpost::system
