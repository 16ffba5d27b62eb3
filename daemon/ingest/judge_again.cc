// The part of daemon/ingest/returned_mail that judges reports of the past anew: what the rules of today say differs from what was
// done if the mark of another class is in the store. A dead address that was missed is listed; all else is only told.
#include <array>

#include "daemon/ingest/report_rows.h"
#include "daemon/ingest/returned_mail.h"
#include "feedback/classify.h"
#include "mail/address.h"

namespace signpost::daemon::ingest {
namespace {

using feedback::Class;

/// By which a report of a failure acts.
constexpr std::array<Class, 2> kActing = {Class::hard, Class::soft};

}  // namespace

/// Empty if no report about that message acted on the recipient.
base::Result<std::string> ReturnedMailIntake::former_class(const ReturnedTo& to,
                                                           const std::string& recipient) const {
  for (const Class one : kActing) {
    const auto mark = store_.hits().mark(report_source(name_of_fact(*to.path, recipient, one)));
    if (!mark) return tl::unexpected(mark.error());
    if (*mark > 0) return std::string(feedback::class_word(one));
  }
  return std::string();
}

base::Result<void> ReturnedMailIntake::judge_again(const facts::Evidence& evidence,
                                                   const milter::Snapshot& snapshot, bool acts,
                                                   const std::function<void(const Rejudged&)>& tell) {
  const milter::ReturnedMail mail{evidence.id,  evidence.queue_id, evidence.local_parts,
                                  evidence.raw, evidence.client,   evidence.by_own_mta};
  const feedback::Report report = feedback::parse_report(mail.raw);
  const auto to = find_return_path(mail, report, snapshot, evidence.at);
  if (!to) return tl::unexpected(to.error());
  if (!to->path) return {};
  for (const feedback::Row& row : rows_to_take(report, *to, *snapshot.return_paths)) {
    const auto address = mail::parse_address(row.address);
    if (!address || !(to->path->is_shared() ? to->by_own_mta : is_about(row, *to, *snapshot.return_paths)))
      continue;
    const std::string recipient = mail::canonical_key(*address);
    const auto before = former_class(*to, recipient);
    if (!before) return tl::unexpected(before.error());
    const feedback::Classification found = feedback::classify(report, row);
    RowEffect effect =
        effect_of(mail, *to, *snapshot.return_paths, row, found, snapshot.policy.soft, evidence.at);
    const std::string after = effect.acts ? std::string(feedback::class_word(found.result)) : std::string();
    if (found.result == Class::complaint || after == *before) continue;
    // What is on the list may have been proven by other reports, or put there by others: that is for a person to take off.
    const bool adds = before->empty() && found.result == Class::hard && !row.went_on;
    if (adds && acts) {
      if (auto taken = take_row(std::move(effect), clock_.wall()); !taken)
        return tl::unexpected(taken.error());
    }
    tell({recipient, to->tenant, *before, std::string(feedback::class_word(found.result)), found.reason,
          adds && acts});
  }
  return {};
}

}  // namespace signpost::daemon::ingest
