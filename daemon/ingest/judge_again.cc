// The part of daemon/ingest/returned_mail that judges reports of the past anew: what the rules of today say differs from what was
// done if the mark of another class is in the store.
#include <array>

#include "daemon/ingest/effects.h"
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

/// The listing that was made then; whatever somebody else has listed stays.
base::Result<void> ReturnedMailIntake::take_back(const ReturnedTo& to, const std::string& recipient,
                                                 base::Wall at) {
  Effects effects;
  for (const std::string& tenant : {std::string(), to.tenant}) {
    store::ListChange change;
    change.listing.address = recipient;
    change.listing.tenant = tenant;
    change.listing.reason = policy::Reason::hard_bounce;
    change.listing.since = at;
    change.listing.by = kByBounce;
    change.undo = true;
    effects.changes.listings.push_back(std::move(change));
  }
  // As if the report had not come.
  const std::string source = report_source(name_of_fact(*to.path, recipient, Class::hard));
  const auto mark = store_.hits().mark(source);
  if (!mark) return tl::unexpected(mark.error());
  return commit(effects, {source, *mark, 0}, store_.hits(), events_, log_).map([](const Committed&) {});
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
        effect_of(mail, *to, *snapshot.return_paths, report, row, snapshot.policy.soft, evidence.at);
    const std::string after = effect.acts ? std::string(feedback::class_word(found.result)) : std::string();
    if (found.result == Class::complaint || after == *before) continue;
    tell({recipient, to->tenant, *before, std::string(feedback::class_word(found.result)), found.reason});
    if (!acts) continue;
    if (*before == feedback::class_word(Class::hard)) {
      if (auto undone = take_back(*to, recipient, evidence.at); !undone) return undone;
    }
    if (effect.acts) {
      if (auto taken = take_row(std::move(effect), clock_.wall()); !taken) return taken;
    }
  }
  return {};
}

}  // namespace signpost::daemon::ingest
