// The data of DNS records, from a server that cannot be trusted: read completely, or refused. Names in it are
// uncompressed, as resolvers return them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "base/result.h"
#include "system/dns_lookup.h"

namespace signpost::system {

constexpr std::size_t kMaxDnsText = 16384;  ///< octets of one TXT record; a key of 16,384 bits has 3,000

// Errors are `corrupt`: data that does not fill its record, or that a record of that type cannot contain.

/// The strings of a TXT record, joined (RFC 1035 §3.3.14).
base::Result<std::string> parse_dns_text(std::string_view data);
/// An A record has four octets, an AAAA record sixteen (RFC 1035 §3.4.1, RFC 3596 §2.2).
base::Result<base::Ip> parse_dns_address(std::string_view data);
/// The name of a host, in lower case, without the last dot; empty for the root (RFC 1035 §3.1). Labels of other
/// bytes than letters, digits, hyphens and underscores are refused: such a name could not be shown.
base::Result<std::string> parse_dns_host(std::string_view data);
/// RFC 1035 §3.3.9.
base::Result<DnsExchange> parse_dns_exchange(std::string_view data);

/// Adds the record to the list of its type.
base::Result<void> add_dns_record(DnsType type, std::string_view data, DnsAnswer& answer);

}  // namespace signpost::system
