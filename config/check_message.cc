// The checks of the rows in rows_message.cc.
#include <algorithm>
#include <set>
#include <string>

#include "config/rows_message.h"

namespace signpost::config {
namespace {

void check_any_domain(const KeyDraft& key, const reader::Value& table, reader::Checks& checks) {
  const bool is_any = key.domain == dkim::KeyTable::kAnyDomain;
  if (is_any && !key.allow_any) {
    checks.error(table.find("domain")->at,
                 "dkim.key.domain: this key signs as every domain that no other tenant owns; "
                 "set allow_any = true if that is intended");
  } else if (key.allow_any && !is_any) {
    checks.error(table.find("allow_any")->at, "dkim.key.allow_any is for keys with domain = \"*\" only");
  }
}

/// Streams in dkim.expire_streams exist, and none is there twice.
void check_expiry(const dkim::Settings& settings, const KnownNames& known, reader::Checks& checks) {
  std::set<std::string> seen;
  for (const dkim::StreamExpiry& expiry : settings.stream_expiry) {
    if (known.streams.count(expiry.stream) == 0)
      checks.error_at("dkim", "expire_streams", "there is no stream '" + expiry.stream + "'");
    if (!seen.insert(expiry.stream).second)
      checks.error_at("dkim", "expire_streams", "'" + expiry.stream + "' is listed twice");
  }
}

/// With unsigned = "refuse", settings that let mail leave unsigned after a failure are likely left over.
void check_unsigned(const milter::Settings& milter, reader::Checks& checks) {
  if (!milter.unsigned_mail.strict || milter.on_error != milter::OnError::accept) return;
  checks.warning_at("milter", "on_error",
                    "dkim.unsigned is \"refuse\", but after an internal failure mail leaves unsigned; "
                    "with \"defer\" it waits");
}

}  // namespace

void check_signing(const SigningDraft& draft, const milter::Settings& milter, const KnownNames& known,
                   reader::Checks& checks) {
  check_unsigned(milter, checks);
  const auto& oversign = draft.settings.oversign;
  if (std::find(oversign.begin(), oversign.end(), "from") == oversign.end()) {
    checks.error_at("dkim", "oversign",
                    "must contain \"from\", or a second From field could be added to a signed message");
  }
  check_expiry(draft.settings, known, checks);
  reader::SeenNames seen;
  for (std::size_t i = 0; i < draft.keys.size(); ++i) {
    const KeyDraft& key = draft.keys[i];
    if (key.domain.empty() || key.selector.empty()) continue;
    const reader::Value& table = *draft.key_tables[i];
    checks.require_unique("[[dkim.key]]", key.selector + "._domainkey." + key.domain, table, seen);
    check_any_domain(key, table, checks);
    if (!key.tenant.empty())
      checks.require_name(table.find("tenant")->at, "dkim.key.tenant", "tenant", key.tenant, known.tenants);
  }
}

}  // namespace signpost::config
