// The data of DNS records: nothing is read beyond its end, and what is read is what a resolver may show.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "system/dns_records.h"

using namespace signpost;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

bool is_host(std::string_view name) {
  return name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  if (const auto text = system::parse_dns_text(bytes)) require(text->size() <= system::kMaxDnsText);
  if (const auto host = system::parse_dns_host(bytes)) require(is_host(*host));
  if (const auto exchange = system::parse_dns_exchange(bytes)) {
    require(is_host(exchange->host));
    require(system::parse_dns_host(bytes.substr(2)).value() == exchange->host);
  }
  if (const auto ip = system::parse_dns_address(bytes)) {
    require(size == 4 || size == 16);
    require(base::parse_ip(base::format_ip(*ip)).value() == *ip);
    require(!system::reverse_name(*ip).empty());
  }
  for (const auto type : {system::DnsType::a, system::DnsType::aaaa, system::DnsType::mx,
                          system::DnsType::ptr, system::DnsType::txt}) {
    system::DnsAnswer answer;
    const bool added = system::add_dns_record(type, bytes, answer).has_value();
    const std::size_t records =
        answer.texts.size() + answer.addresses.size() + answer.exchanges.size() + answer.names.size();
    require(records == (added ? 1u : 0u));
  }
  return 0;
}
