// The checks of the rows in rows_limits.cc: what cannot be, and what can never apply, so that no limit is silently
// without effect. Only what is certain is reported.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/rows_policy.h"
#include "policy/tenant.h"

namespace signpost::config {
namespace {

using policy::KeyTerm;
using policy::LimitKeyPart;
using policy::LimitSettings;

// Whether all mail that `narrow` names is named by `wide` too.
bool includes(const std::string& wide, const std::string& narrow) {
  return wide == narrow;
}
bool includes(const policy::SenderPattern& wide, const policy::SenderPattern& narrow) {
  if (wide.domain != narrow.domain) return false;
  return wide.is_prefix ? narrow.local.starts_with(wide.local) : wide == narrow;
}
bool includes(const base::Network& wide, const base::Network& narrow) {
  return wide.prefix <= narrow.prefix && wide.contains(narrow.base);
}
bool includes(const policy::LoginPattern& wide, const policy::LoginPattern& narrow) {
  if (wide.domain.empty()) return wide == narrow;
  return narrow.domain.empty() ? matches(wide, narrow.login) : wide.domain == narrow.domain;
}

/// Whether no mail that `item` names can be covered.
template <class T>
bool is_outside(const T& item, const std::vector<T>& only, const std::vector<T>& except) {
  const auto meets = [&](const T& other) { return includes(other, item) || includes(item, other); };
  if (!only.empty() && std::none_of(only.begin(), only.end(), meets)) return true;
  return std::any_of(except.begin(), except.end(), [&](const T& other) { return includes(other, item); });
}

template <class T>
bool leaves_nothing(const std::vector<T>& only, const std::vector<T>& except) {
  return !only.empty() &&
         std::all_of(only.begin(), only.end(), [&](const T& item) { return is_outside(item, {}, except); });
}

std::vector<std::string> key_words(const LimitSettings& limit) {
  std::vector<std::string> words;
  for (const LimitKeyPart part : limit.key) words.emplace_back(policy::key_part_word(part));
  return words;
}

class LimitChecker {
 public:
  LimitChecker(const PolicyDraft& draft, const KnownNames& known, const policy::TenantIndex& index,
               reader::Checks& checks)
      : draft_(draft), known_(known), index_(index), checks_(checks) {
    for (const policy::Tenant& tenant : draft.settings.tenants) {
      if (tenant.login_case == policy::LoginCase::exact) login_case_ = policy::LoginCase::exact;
    }
  }

  void check(const LimitSettings& limit, const reader::Value& table) {
    if (!limit.name.empty()) checks_.require_unique("[[limit]]", limit.name, table, seen_);
    if (limit.name == draft_.settings.report_limit.name ||
        limit.name == draft_.settings.reinjected_limit.name)
      checks_.error(
          table.find("name")->at,
          "limit.name: '" + limit.name + "' is the name of a built-in limit ([clients]); choose another");
    const reader::Value* rate = table.find("rate");
    if (rate != nullptr && rate->kind == reader::Value::Kind::array && rate->items.empty())
      checks_.error(rate->at, "limit.rate: must name at least one rate");
    if (limit.action == policy::LimitAction::hold && checks_.given("hold", "socket") == nullptr)
      checks_.error(table.find("action")->at,
                    "limit.action: \"hold\" needs hold.socket, by which held mail is released");
    check_weight(limit, table);
    if (const reader::Value* when = table.find("when")) check_when(limit, *when);
    check_exceptions(limit, table);
  }

 private:
  const policy::Settings& settings() const { return draft_.settings; }

  std::vector<policy::LoginPattern> patterns_of(const std::vector<std::string>& texts) const {
    std::vector<policy::LoginPattern> patterns;
    for (const std::string& text : texts) {
      if (const auto pattern = policy::parse_login_pattern(text, login_case_)) patterns.push_back(*pattern);
    }
    return patterns;
  }

  /// Bytes are charged once for the whole message, whoever its recipients are.
  void check_weight(const LimitSettings& limit, const reader::Value& table) {
    if (limit.weight != policy::Weight::bytes) return;
    for (std::size_t i = 0; i < limit.key.size(); ++i) {
      const LimitKeyPart part = limit.key[i];
      if (part != LimitKeyPart::rcpt_domain && part != LimitKeyPart::rcpt_provider) continue;
      checks_.error(reader::place_of_item(*table.find("key"), i),
                    std::string("limit.key: bytes are counted per message, so the key must not contain ") +
                        policy::key_part_word(part));
    }
  }

  // ---- when

  /// False after an error.
  bool check_names(const reader::Value& lists, const std::string& path) {
    bool known = true;
    const auto check = [&](const char* kind, const std::set<std::string>& names) {
      const reader::Value* given = lists.find(kind);
      if (given == nullptr) return;
      checks_.require_names(*given, path + "." + kind, kind, names);
      for (const reader::Value& item : given->items) known = known && names.count(item.text) > 0;
    };
    check("tenant", known_.tenants);
    check("stream", known_.streams);
    return known;
  }

  void check_when(const LimitSettings& limit, const reader::Value& when) {
    if (when.kind != reader::Value::Kind::table) return;
    bool known = check_names(when, "limit.when");
    if (const reader::Value* except = when.find("not"))
      known = check_names(*except, "limit.when.not") && known;
    if (!known) return;
    const policy::MailNames& only = limit.when.only;
    const policy::MailNames& except = limit.when.except;
    const std::pair<const char*, bool> kinds[] = {
        {"tenant", tenants_of(limit).empty()},
        {"stream", leaves_nothing(only.streams, except.streams)},
        {"login", leaves_nothing(patterns_of(only.logins), patterns_of(except.logins))},
        {"sender", leaves_nothing(only.senders, except.senders)},
        {"client", leaves_nothing(only.clients, except.clients)}};
    bool empty = false;
    for (const auto& [kind, nothing] : kinds) {
      if (nothing)
        checks_.error(when.at, std::string("limit.when: `not` leaves out every ") + kind +
                                   " that is covered, so limit '" + limit.name + "' never applies");
      empty = empty || nothing;
    }
    // What other hosts know of tenants and logins, their seals tell.
    if (!empty && settings().hops.empty()) warn_of_strangers(limit, when);
  }

  /// Names of the tenants that the limit covers.
  std::vector<std::string> tenants_of(const LimitSettings& limit) const {
    const std::vector<std::string>& only = limit.when.only.tenants;
    std::vector<std::string> names =
        only.empty() ? std::vector<std::string>(known_.tenants.begin(), known_.tenants.end()) : only;
    std::erase_if(names,
                  [&](const std::string& name) { return is_outside(name, {}, limit.when.except.tenants); });
    return names;
  }

  /// Whether mail of that tenant may be in one of the streams that the limit covers.
  bool has_stream(const std::string& name, const LimitSettings& limit) const {
    const auto position = index_.of_name(name);
    static const policy::Tenant kImplied;
    const policy::Tenant& tenant = position ? settings().tenants[*position] : kImplied;
    std::vector<std::string> streams = tenant.streams;
    streams.push_back(tenant.stream);
    for (const policy::StreamRule& rule : tenant.stream_rules) streams.push_back(rule.stream);
    return std::any_of(streams.begin(), streams.end(), [&](const std::string& stream) {
      return !is_outside(stream, limit.when.only.streams, limit.when.except.streams);
    });
  }

  /// Tenants whose mail is never of the named streams, logins or senders.
  void warn_of_strangers(const LimitSettings& limit, const reader::Value& when) {
    const std::vector<std::string> tenants = tenants_of(limit);
    const auto warn = [&](const std::string& what) {
      checks_.warning(when.at, "limit.when: limit '" + limit.name + "' never applies: no mail of " +
                                   (limit.when.only.tenants.empty() ? "any tenant " : "these tenants ") +
                                   what);
    };
    if (std::none_of(tenants.begin(), tenants.end(),
                     [&](const std::string& name) { return has_stream(name, limit); }))
      warn("is in these streams");
    if (limit.when.only.tenants.empty()) return;
    const std::vector<std::string>& logins = limit.when.only.logins;
    if (!logins.empty() && std::all_of(logins.begin(), logins.end(), [&](const std::string& login) {
          return is_of_another(login, tenants);
        }))
      warn("has one of these logins, which are other tenants'");
    const std::vector<policy::SenderPattern>& senders = limit.when.only.senders;
    if (!senders.empty() &&
        std::none_of(senders.begin(), senders.end(), [&](const policy::SenderPattern& sender) {
          return std::any_of(tenants.begin(), tenants.end(),
                             [&](const std::string& name) { return may_use(name, sender); });
        }))
      warn("may have one of these senders");
  }

  /// One login that a tenant names which is not among these.
  bool is_of_another(const std::string& login, const std::vector<std::string>& tenants) const {
    if (login.starts_with('@') || login.starts_with('*')) return false;
    const auto owner = index_.of_login(login);
    return owner &&
           std::find(tenants.begin(), tenants.end(), settings().tenants[*owner].name) == tenants.end();
  }

  bool may_use(const std::string& name, const policy::SenderPattern& sender) const {
    const auto position = index_.of_name(name);
    const auto owner = index_.of_domain(sender.domain);
    if (!position) return !owner;  // the implied default
    const policy::Tenant& tenant = settings().tenants[*position];
    const bool named = std::any_of(tenant.senders.begin(), tenant.senders.end(),
                                   [&](const auto& own) { return own.domain == sender.domain; });
    return named || (owner ? *owner == *position : !tenant.is_bound());
  }

  // ---- exceptions

  void check_exceptions(const LimitSettings& limit, const reader::Value& table) {
    const reader::Value* tables = table.find("override");
    std::map<std::string, reader::Position> places;
    for (std::size_t i = 0; tables != nullptr && i < limit.exceptions.size(); ++i) {
      const policy::LimitException& exception = limit.exceptions[i];
      const reader::Value& given = tables->items[i];
      if (exception.burst && exception.rates.empty() && given.find("rate") != nullptr)
        checks_.error(given.find("burst")->at, "limit.override.burst: needs a rate");
      if (!check_terms(limit, exception, given)) continue;
      const auto [first, added] = places.emplace(claim_of_terms(exception), given.at);
      if (!added)
        checks_.error(given.at, "[[limit.override]] " + policy::format_terms(exception) +
                                    " is already defined at " + first->second.format());
    }
  }

  /// Two exceptions with the same text here name the same keys.
  std::string claim_of_terms(policy::LimitException exception) const {
    for (KeyTerm& term : exception.terms) {
      if (term.part == LimitKeyPart::login && term.form == KeyTerm::Form::whole)
        term.text = policy::login_key(term.text, login_case_);
    }
    return policy::format_terms(exception);
  }

  /// False after an error.
  bool check_terms(const LimitSettings& limit, const policy::LimitException& exception,
                   const reader::Value& given) {
    if (exception.terms.empty()) {
      const bool is_bad =
          std::any_of(std::begin(policy::kLimitKeyParts), std::end(policy::kLimitKeyParts),
                      [&](LimitKeyPart part) { return given.find(policy::key_part_word(part)); });
      if (!is_bad)
        checks_.error(given.at, limit.key.empty()
                                    ? "[[limit.override]]: limit '" + limit.name +
                                          "' has no key, so there is nothing to name"
                                    : "[[limit.override]] must name a part of the limit's key: " +
                                          base::join(key_words(limit), ", "));
      return false;
    }
    bool good = true;
    for (const KeyTerm& term : exception.terms) {
      const std::string word = policy::key_part_word(term.part);
      const reader::Position& at = given.find(word)->at;
      const std::string problem = problem_of(limit, term);
      if (problem.empty()) continue;
      checks_.error(at, "limit.override." + word + ": " + problem);
      good = false;
    }
    return good;
  }

  /// Why the exception would never apply; empty if it may.
  std::string problem_of(const LimitSettings& limit, const KeyTerm& term) const {
    const std::string word = policy::key_part_word(term.part);
    if (std::find(limit.key.begin(), limit.key.end(), term.part) == limit.key.end()) {
      if (limit.key.empty()) return "limit '" + limit.name + "' has no key";
      return "the key of limit '" + limit.name + "' does not contain " + word + "; it consists of " +
             base::join(key_words(limit), ", ");
    }
    if (term.part == LimitKeyPart::tenant && known_.tenants.count(term.text) == 0)
      return "there is no tenant '" + term.text + "'";
    if (term.part == LimitKeyPart::stream && known_.streams.count(term.text) == 0)
      return "there is no stream '" + term.text + "'";
    if (is_too_narrow(term))
      return "limits count IPv6 clients by /" + std::to_string(settings().ipv6_prefix) +
             " (limits.ipv6_prefix), so " + term.text + " is never a count of its own";
    if (is_outside_when(limit, term))
      return "limit '" + limit.name + "' does not cover " + term.text + " (limit.when)";
    return {};
  }

  bool is_too_narrow(const KeyTerm& term) const {
    static const base::Network kV4 = *base::parse_network("0.0.0.0/0");
    return term.form == KeyTerm::Form::network && !includes(kV4, term.network) &&
           term.network.prefix > settings().ipv6_prefix;
  }

  bool is_outside_when(const LimitSettings& limit, const KeyTerm& term) const {
    const policy::MailNames& only = limit.when.only;
    const policy::MailNames& except = limit.when.except;
    switch (term.part) {
      case LimitKeyPart::tenant:
        return is_outside(term.text, only.tenants, except.tenants);
      case LimitKeyPart::stream:
        return is_outside(term.text, only.streams, except.streams);
      case LimitKeyPart::login: {
        const auto pattern = policy::parse_login_pattern(term.text, login_case_);
        return pattern && is_outside(*pattern, patterns_of(only.logins), patterns_of(except.logins));
      }
      case LimitKeyPart::client:
        return term.form == KeyTerm::Form::network && is_outside(term.network, only.clients, except.clients);
      case LimitKeyPart::sender:
        if (const auto pattern = policy::parse_sender_pattern(term.text))
          return is_outside(*pattern, only.senders, except.senders);
        return false;
      case LimitKeyPart::sender_domain:
      case LimitKeyPart::rcpt_domain:
      case LimitKeyPart::rcpt_provider:
        break;
    }
    return false;
  }

  const PolicyDraft& draft_;
  const KnownNames& known_;
  const policy::TenantIndex& index_;
  reader::Checks& checks_;
  reader::SeenNames seen_;
  /// Exact if some tenant's logins are: then spellings that differ in case may be two logins.
  policy::LoginCase login_case_ = policy::LoginCase::folded;
};

}  // namespace

void check_limits(const PolicyDraft& draft, const KnownNames& known, const policy::TenantIndex& index,
                  reader::Checks& checks) {
  LimitChecker checker(draft, known, index, checks);
  for (std::size_t i = 0; i < draft.settings.limits.size(); ++i)
    checker.check(draft.settings.limits[i], *draft.limit_tables[i]);
}

}  // namespace signpost::config
