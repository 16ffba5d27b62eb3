#include "policy/limits/selector.h"

#include <string_view>

#include "mail/local_part.h"
#include "policy/limits/key.h"
#include "policy/settings.h"

namespace signpost::policy::limits {
namespace {

void add(LoginTable& table, const std::string& text, LoginCase login_case) {
  if (const auto pattern = parse_login_pattern(text, login_case)) table.add(*pattern, 0);
}

}  // namespace

Selector::Names::Names(const MailNames& names)
    : tenants_(names.tenants.begin(), names.tenants.end()),
      streams_(names.streams.begin(), names.streams.end()),
      has_logins_(!names.logins.empty()) {
  for (const std::string& login : names.logins) {
    add(folded_logins_, login, LoginCase::folded);
    add(exact_logins_, login, LoginCase::exact);
  }
  for (const SenderPattern& sender : names.senders) senders_.add(sender, 0);
  for (const base::Network& network : names.clients) clients_.add(network, 0);
}

bool Selector::Names::names_login(const Tenant& tenant, const mail::Envelope& envelope) const {
  const LoginTable& logins = tenant.login_case == LoginCase::exact ? exact_logins_ : folded_logins_;
  return !envelope.login.empty() && logins.find(envelope.login).has_value();
}

bool Selector::Names::names_sender(const Tenant& tenant, const mail::Envelope& envelope) const {
  if (!envelope.sender) return false;
  if (senders_.find(*envelope.sender)) return true;
  const mail::Folds folds = tenant.folds();
  return folds.any() && senders_.find(mail::fold(*envelope.sender, folds));
}

bool Selector::Names::may_name_unread(const mail::Envelope& envelope) const {
  return !envelope.sender && !envelope.null_sender() && senders_.has_domain(unread_sender_domain(envelope));
}

bool Selector::Names::names_client(const mail::Envelope& envelope) const {
  return envelope.client && clients_.find(*envelope.client);
}

bool Selector::Names::all_name(const Tenant& tenant, const mail::Envelope& envelope) const {
  return (tenants_.empty() || tenants_.count(tenant.name) > 0) &&
         (streams_.empty() || streams_.count(envelope.stream) > 0) &&
         (!has_logins_ || names_login(tenant, envelope)) &&
         (senders_.empty() || names_sender(tenant, envelope) || may_name_unread(envelope)) &&
         (clients_.empty() || names_client(envelope));
}

bool Selector::Names::any_names(const Tenant& tenant, const mail::Envelope& envelope) const {
  return tenants_.count(tenant.name) > 0 || streams_.count(envelope.stream) > 0 ||
         (has_logins_ && names_login(tenant, envelope)) ||
         (!senders_.empty() && names_sender(tenant, envelope)) ||
         (!clients_.empty() && names_client(envelope));
}

Selector::Selector(const When& when) : only_(when.only), except_(when.except) {}

bool Selector::covers(const Tenant& tenant, const mail::Envelope& envelope) const {
  return only_.all_name(tenant, envelope) && !except_.any_names(tenant, envelope);
}

}  // namespace signpost::policy::limits
