// The part of daemon/ingest/returned_mail that takes in rows which are dead by an answer that no rule knows: they list, until many
// recipients of one provider had the same (feedback/alike). Then it is a block, and what the first of them caused is taken back.
#include <utility>

#include "daemon/ingest/report_rows.h"
#include "daemon/ingest/returned_mail.h"
#include "feedback/alike.h"
#include "policy/limits/provider.h"

namespace signpost::daemon::ingest {
namespace {

std::vector<store::Withdrawal> withdrawals_of(const std::vector<AlikeRow>& rows) {
  std::vector<store::Withdrawal> withdrawals;
  for (const AlikeRow& row : rows) {
    store::ProviderCounter is = row.counted;
    is.what = store::Counted::bounce_block;
    is.reason = feedback::kAlike.reason;
    withdrawals.push_back({row.listing, row.counted, std::move(is)});
  }
  return withdrawals;
}

}  // namespace

void ReturnedMailIntake::tell_withdrawn(std::vector<AlikeRow> rows, const std::vector<std::size_t>& withdrawn,
                                        base::Wall now) {
  std::vector<bool> is_off(rows.size());
  for (const std::size_t at : withdrawn) is_off[at] = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    policy::Event& event = rows[i].event;
    event.at = now;
    judge_event_anew(event, feedback::kAlike, is_off[i]);
    events_.write(event);
  }
}

base::Result<ReturnedMailIntake::Taken> ReturnedMailIntake::take_alike(const std::string& name,
                                                                       RowEffect effect, RowEffect as_block,
                                                                       base::Wall now) {
  AlikeRow row{effect.effects.changes.listings.front().listing,
               effect.effects.changes.providers.begin()->first, effect.effects.events.front()};
  const std::string fact = effect.name;
  const std::string recipient = row.listing.address;
  if (alike_.take(name, recipient, clock_.steady())) {
    std::vector<AlikeRow> rows = alike_.claim(name);
    as_block.effects.changes.withdrawals = withdrawals_of(rows);
    auto taken = take_row(std::move(as_block), now);
    if (taken && taken->is_fresh) {
      tell_withdrawn(std::move(rows), taken->withdrawn, now);
    } else {
      alike_.give_back(name, std::move(rows));
    }
    return taken;
  }
  auto taken = take_row(std::move(effect), now);
  if (!taken) return taken;
  if (!taken->is_listed) {
    alike_.forget(name, recipient);
    return taken;
  }
  alike_.keep(name, std::move(row));
  // While this one was being listed, others may have shown that it is a block.
  std::vector<AlikeRow> rows = alike_.claim(name);
  if (rows.empty()) return taken;
  Effects late;
  late.changes.withdrawals = withdrawals_of(rows);
  const store::ReadMark mark{report_source(fact + '\0' + "taken-back"), 0, store::hour_of(now)};
  const auto stored = commit(late, mark, store_.hits(), events_, log_);
  if (stored) {
    tell_withdrawn(std::move(rows), stored->withdrawn, now);
  } else {
    alike_.give_back(name, std::move(rows));
  }
  return taken;
}

base::Result<ReturnedMailIntake::Taken> ReturnedMailIntake::judge_row(
    const milter::ReturnedMail& mail, const ReturnedTo& to, const feedback::Report& report,
    const feedback::Row& row, const milter::Snapshot& snapshot, base::Wall now) {
  const auto effect_as = [&](const feedback::Classification& found) {
    return effect_of(mail, to, *snapshot.return_paths, row, found, snapshot.policy.soft, now);
  };
  const feedback::Classification found = feedback::classify(report, row);
  RowEffect effect = effect_as(found);
  // What does not act is nobody's whom we know: only a token, or our own MTA, may make it count.
  const std::string text = effect.acts && !row.went_on ? feedback::alike_text(report, row, found) : "";
  if (text.empty()) return take_row(std::move(effect), now);
  const auto mark = store_.hits().mark(report_source(effect.name));
  if (!mark) return tl::unexpected(mark.error());
  if (*mark > 0) return take_row(std::move(effect), now);
  RowEffect as_block = effect_as(feedback::kAlike);
  as_block.name = effect.name;  // the same fact, so that it is taken once, whatever it was taken for
  const policy::Listing& listing = effect.effects.changes.listings.front().listing;
  const std::string_view domain = std::string_view(listing.address).substr(listing.address.rfind('@') + 1);
  const std::string name =
      Alike::name_of(listing.tenant, std::string(policy::limits::provider_of(domain)), text);
  return take_alike(name, std::move(effect), std::move(as_block), now);
}

}  // namespace signpost::daemon::ingest
