// Patterns of logins and senders, terms of exceptions and keys of limits: what is read comes back through its text, and
// matches what it names.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/limit_settings.h"
#include "policy/limits/key.h"
#include "policy/login_pattern.h"
#include "policy/origin.h"

namespace policy = signpost::policy;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const auto login_case : {policy::LoginCase::folded, policy::LoginCase::exact}) {
    const auto login = policy::parse_login_pattern(text, login_case);
    if (!login) continue;
    require(login->login.empty() != login->domain.empty());
    require(policy::matches(*login, login->domain.empty() ? text : "x@" + login->domain));
    require(policy::parse_login_pattern(policy::claim_of(*login), policy::LoginCase::folded).has_value());
    policy::LoginTable table;
    table.add(*login, 7);
    require(table.find(login->domain.empty() ? text : "x@" + login->domain) == 7U);
  }
  if (const auto sender = policy::parse_sender_pattern(text)) {
    require(policy::parse_sender_pattern(policy::format_sender_pattern(*sender)) == *sender);
    if (!sender->local.empty()) require(policy::matches(*sender, {sender->local, sender->domain}));
  }
  for (const policy::LimitKeyPart part : policy::kLimitKeyParts) {
    const auto term = policy::parse_key_term(part, text);
    if (term) require(policy::parse_key_term(part, term->text) == *term);
  }
  policy::LimitSettings limit;
  limit.key = {policy::LimitKeyPart::login, policy::LimitKeyPart::client};
  if (const auto key = policy::limits::parse_key(limit, text)) {
    const auto again = policy::limits::parse_key(limit, policy::limits::format_key(limit, *key));
    const bool is_short = key->values[0].size() <= 255 && key->values[1].size() <= 255;
    require(again && (!is_short || again->values == key->values));
  }
  const auto local = policy::parse_local_mail(text);
  if (local) require(policy::local_mail_word(*local) == text);
  return 0;
}
