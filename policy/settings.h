// What policy needs to know, as plain data: tenants, streams, suppression table, limits. Filled by config/.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/envelope.h"
#include "mail/local_part.h"
#include "policy/limit_settings.h"
#include "policy/login_pattern.h"
#include "policy/origin.h"
#include "policy/reason.h"
#include "policy/soft_score.h"
#include "policy/tenant_index.h"

namespace signpost::policy {

/// The most recipients that one message of a login may have.
struct RecipientCap {
  std::string login;  ///< a pattern (policy/login_pattern), as given
  std::uint64_t max_recipients = 0;
};

/// All given conditions must hold; the first rule that matches wins.
struct StreamRule {
  std::string sender;  ///< an address or "@domain"; empty: any
  std::string login;
  std::optional<base::Network> client;
  std::string stream;
};

enum class SuppressionAction { refuse, drop, observe };
enum class Fold { plus_tag, gmail_dots };

/// A tenant's name as it appears in tokens and store keys: first 32 bits of its SHA-256, big endian.
std::uint32_t tenant_id(std::string_view name);

struct Tenant {
  std::string name;
  std::vector<std::string> logins;  ///< patterns, as given (policy/login_pattern)
  LoginCase login_case = LoginCase::folded;
  std::vector<base::Network> clients;
  std::vector<std::string> sender_domains;  ///< canonical; empty: any domain that no tenant owns
  std::vector<SenderPattern> senders;       ///< addresses that it may use beside those domains
  /// Whether mail without a login from this host or a trusted client is found to be its by the sender.
  bool local = true;
  std::string stream = "transactional";  ///< default stream
  std::vector<std::string> streams;      ///< what Signpost-Stream may choose; empty: only the default
  std::vector<StreamRule> stream_rules;
  std::optional<std::uint64_t> max_recipients;  ///< of one message; absent: any number
  std::vector<RecipientCap> recipient_caps;     ///< of some of its logins, instead of max_recipients
  std::shared_ptr<const LoginTable> cap_index;  ///< of recipient_caps, made by Settings::index_tenants
  /// `default`, added by the loader because the site has no such tenant.
  bool is_implied = false;
  std::optional<SuppressionAction> suppression_action;
  std::string bounce_domain;  ///< of its return paths; empty: feedback.bounce_domain
  std::vector<Fold> fold;     ///< what its own listings take for the same mailbox
  /// [tenant.blocks], once Settings::complete_blocks filled in the rest; empty: none given.
  BlockTable blocks;
  /// The name as it appears in tokens and store keys: first 32 bits of SHA-256(name), big endian.
  std::uint32_t id() const { return tenant_id(name); }
  mail::Folds folds() const;
  /// How many recipients a message of that login may have: what its recipient_cap says (one that names it exactly, else
  /// its domain's), else max_recipients; nullopt: any number.
  std::optional<std::uint64_t> max_recipients_of(std::string_view login) const;
  /// It may use only what sender_domains and senders name.
  bool is_bound() const { return !sender_domains.empty() || !senders.empty(); }
};

struct Settings {
  std::vector<Tenant> tenants;
  std::vector<base::Network> trusted;  ///< [clients] trusted
  std::vector<base::Network> hops;     ///< [clients] hops: other hosts whose seals are believed
  OriginSettings origin;
  SuppressionAction suppression_action = SuppressionAction::refuse;
  /// At role egress, for recipients of mail that was judged at submit; absent: the list is not asked again.
  std::optional<SuppressionAction> egress_suppression = {};
  std::chrono::seconds probation{0};  ///< how long a trial's result is waited for; 0: no probation
  std::chrono::seconds keep_ended{std::chrono::days{30}};   ///< how long listings that ended stay to be seen
  std::chrono::seconds hold_at_most{std::chrono::days{5}};  ///< how long a limit may hold a message
  SoftRule soft;  ///< [feedback] soft_…: when an address that keeps failing is left alone
  bool suppression_fails_open = false;  ///< [suppression] on_error = "accept"
  BlockTable blocks = default_blocks();
  std::vector<LimitSettings> limits;
  int ipv6_prefix = 64;  ///< limits count IPv6 clients by networks of so many bits
  /// What reports of the MTA are charged to instead, since any local program can imitate one; without rates, nothing.
  LimitSettings report_limit{
      "reports", {}, {Rate{1000, std::chrono::hours{1}}}, {}, Weight::recipients, LimitAction::defer, {}, {},
      {},        {}};
  /// What mail that came back to this host is charged to; without rates, nothing.
  LimitSettings reinjected_limit{"reinjected",       {}, {}, {}, Weight::recipients,
                                 LimitAction::defer, {}, {}, {}, {}};

  const Tenant* find_tenant(std::string_view name) const;
  /// Gives each tenant that changed some rows of the table the other rows; to be called once all are read.
  void complete_blocks();
  /// To be called once all tenants are there, and again if they change: lookups use the indexes made here.
  void index_tenants();
  /// To be called once all limits are there: what they cover and except is then found without a walk.
  void index_limits();
  /// Without index_tenants() before it, one made for this call.
  std::shared_ptr<const TenantIndex> tenant_index() const;

 private:
  std::shared_ptr<const TenantIndex> tenant_index_;
};

/// Which reasons block which streams of that tenant's mail.
const BlockTable& blocks_of(const Settings& settings, const Tenant& tenant);

}  // namespace signpost::policy
