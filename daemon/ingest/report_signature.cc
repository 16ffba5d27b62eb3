#include "daemon/ingest/report_signature.h"

#include "base/text.h"
#include "mail/field/author.h"
#include "mail/message.h"

namespace signpost::daemon::ingest {
namespace {

bool is_within(std::string_view name, std::string_view domain) {
  if (domain.empty() || name.size() < domain.size()) return false;
  const std::string_view end = name.substr(name.size() - domain.size());
  return base::equals_ignore_case(end, domain) &&
         (name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.');
}

}  // namespace

base::Result<bool> is_signed_by_author(std::string_view raw, const dkim::RecordLookup& lookup,
                                       base::Wall now) {
  const mail::Message message = mail::parse_message(raw);
  const auto author = mail::find_author(message.fields);
  if (!author) return false;
  bool is_unknown = false;
  for (const dkim::Verified& one : dkim::verify(message, lookup, now, kMaxSignatures)) {
    // One label is no domain of anybody's.
    const bool is_authors =
        one.domain.find('.') != std::string::npos && is_within(author->domain, one.domain);
    if (is_authors && one.problem.empty()) return true;
    is_unknown = is_unknown || (is_authors && one.problem == "key-unavailable");
  }
  if (is_unknown)
    return base::fail(base::ErrorKind::unavailable,
                      "the DNS does not answer for the key that signed a report of " + author->domain);
  return false;
}

}  // namespace signpost::daemon::ingest
