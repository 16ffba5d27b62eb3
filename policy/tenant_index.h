// Who owns a login, a client address or a domain, found without walking the tenants. Made once per Snapshot
// from policy/settings; policy/tenant decides which of these names the tenant of a message,
// and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/network_table.h"
#include "mail/address.h"
#include "policy/login_pattern.h"

namespace signpost::policy {

struct Tenant;

/// Answers are positions in the vector it was made from. What two tenants claim belongs to the first of them
/// (find_overlaps reports it). Immutable, so thread-safe. A lookup costs O(log n) in the number of claims,
/// for clients times the number of different prefix lengths, for domains times the number of labels.
class TenantIndex {
 public:
  using Position = std::optional<std::size_t>;

  explicit TenantIndex(const std::vector<Tenant>& tenants);

  Position of_name(std::string_view name) const;
  /// The one whose name has this hash (tenant_id).
  Position of_hash(std::uint32_t hash) const;
  /// One that names the login exactly, else one that names its domain.
  Position of_login(std::string_view login) const;
  /// Whether a tenant names logins, and none names this one.
  bool is_unknown_login(std::string_view login) const;
  /// The longest prefix that holds the address.
  Position of_client(const base::Ip& client) const;
  /// The domain itself, else its nearest parent. `domain` is canonical.
  Position of_domain(std::string_view domain) const;
  /// One whose `senders` name the address exactly, else the longest beginning of it, else the domain's owner.
  Position of_sender(const mail::Address& sender) const;

 private:
  using ByText = std::map<std::string, std::size_t, std::less<>>;
  ByText names_;
  std::map<std::uint32_t, std::size_t> hashes_;
  LoginTable logins_;
  ByText domains_;
  SenderTable senders_;
  base::NetworkTable clients_;
};

}  // namespace signpost::policy
