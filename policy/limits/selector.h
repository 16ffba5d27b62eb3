// Which mail a limit covers, asked without walking its lists. Made once per Snapshot of a limit's `when`.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/network_table.h"
#include "mail/envelope.h"
#include "policy/limit_settings.h"
#include "policy/login_pattern.h"

namespace signpost::policy {
struct Tenant;
}

namespace signpost::policy::limits {

/// Immutable, so thread-safe. Asking costs O(log n) in the number of names of each list.
class Selector {
 public:
  explicit Selector(const When& when);

  /// Whether the limit covers mail of that tenant and envelope. Logins are compared as the tenant's logins_case says,
  /// senders as they are and as the tenant folds them, so that another spelling is no way out. Mail without a login (or
  /// client address) is not named by any; nor is the null sender. A sender that cannot be read counts for its whole
  /// domain in `only`, and is never named by `except`: whoever garbles it gains nothing.
  bool covers(const Tenant& tenant, const mail::Envelope& envelope) const;

 private:
  class Names {
   public:
    explicit Names(const MailNames& names);
    bool all_name(const Tenant& tenant, const mail::Envelope& envelope) const;
    bool any_names(const Tenant& tenant, const mail::Envelope& envelope) const;

   private:
    using Texts = std::set<std::string, std::less<>>;
    bool names_login(const Tenant& tenant, const mail::Envelope& envelope) const;
    bool names_sender(const Tenant& tenant, const mail::Envelope& envelope) const;
    bool may_name_unread(const mail::Envelope& envelope) const;
    bool names_client(const mail::Envelope& envelope) const;

    Texts tenants_;
    Texts streams_;
    bool has_logins_ = false;
    LoginTable folded_logins_;
    LoginTable exact_logins_;
    SenderTable senders_;
    base::NetworkTable clients_;
  };

  Names only_;
  Names except_;
};

}  // namespace signpost::policy::limits
