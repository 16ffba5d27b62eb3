#include "daemon/ingest/returned_mail.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "daemon/ingest/bursts.h"
#include "daemon/ingest/forwarding.h"
#include "daemon/ingest/hit_effect.h"
#include "daemon/ingest/report_rows.h"
#include "daemon/ingest/report_signature.h"
#include "daemon/ingest/stream_names.h"
#include "daemon/ingest/tracking_opt_outs.h"
#include "mail/address.h"
#include "mail/message.h"
#include "policy/tenant_index.h"
#include "track/unsubscribe.h"

namespace signpost::daemon::ingest {
namespace {

constexpr std::size_t kMaxIds = 8;  ///< fields that are tried
/// A clock that was set back since the message was sent.
constexpr std::chrono::hours kAhead{24};

/// By the sealed id in a field of the returned header.
bool take_id(const feedback::Report& report, const milter::Snapshot& snapshot, std::string_view name,
             ReturnedTo& to) {
  std::size_t tried = 0;
  for (const mail::Field& field : report.returned) {
    if (!mail::has_name(field, name) || ++tried > kMaxIds) continue;
    auto id = snapshot.sealed_ids->parse_sealed_id(field.value);
    if (!id) continue;
    // Of one recipient: whom, the id says itself.
    const std::string mark = id->recipient.empty() ? "" : "known";
    to.path = feedback::ReturnPath{id->tenant, id->stream, feedback::shorten_id(id->id), mark};
    to.recipient = std::move(id->recipient);
    to.sender = std::move(id->sender);
    return true;
  }
  return false;
}

/// By our own id in the returned header, which tells the most; else by the return path; else by what a report of RFC 9477 gives
/// back.
ReturnedTo opened_path(const milter::ReturnedMail& mail, const feedback::Report& report,
                       const milter::Snapshot& snapshot) {
  ReturnedTo to;
  to.reason = "no-token";
  if (take_id(report, snapshot, feedback::kIdField, to)) return to;
  for (const std::string& local : mail.local_parts) {
    auto opened = snapshot.return_paths->parse_return_path(local);
    if (opened) {
      to.path = std::move(*opened);
      return to;
    }
    if (opened.error().kind == base::ErrorKind::invalid) to.reason = "forged";
  }
  to.by_cfbl = take_id(report, snapshot, feedback::kCfblIdField, to);
  return to;
}

}  // namespace

base::Result<ReturnedTo> ReturnedMailIntake::find_return_path(const milter::ReturnedMail& mail,
                                                              const feedback::Report& report,
                                                              const milter::Snapshot& snapshot,
                                                              base::Wall now) const {
  ReturnedTo to = opened_path(mail, report, snapshot);
  to.by_own_mta = mail.by_own_mta;
  to.hard_everywhere = mail.by_own_mta && snapshot.feedback.hard_everywhere;
  if (!to.path) return to;
  const auto refuse = [&](const char* reason) {
    to.path.reset();
    to.reason = reason;
    return to;
  };
  const feedback::ReturnPath& path = *to.path;
  if (to.by_cfbl) {
    const auto is_signed = is_signed_by_author(mail.raw, find_record_, now);
    if (!is_signed) return tl::unexpected(is_signed.error());
    if (!*is_signed) return refuse("unsigned");
  }
  if (now - path.sent() > snapshot.feedback.expires || path.sent() - now > kAhead) return refuse("expired");
  if (const auto at = snapshot.policy.tenant_index()->of_hash(path.tenant)) {
    const policy::Tenant& tenant = snapshot.policy.tenants[*at];
    to.tenant = tenant.name;
    const auto streams = streams_of(tenant);
    const auto stream = streams.find(path.stream);
    if (stream != streams.end()) to.stream = stream->second;
  } else {
    auto former = store_.hits().tenant_name(path.tenant);
    if (!former) return tl::unexpected(former.error());
    to.tenant = std::move(*former);
  }
  return to.tenant.empty() ? refuse("unknown-tenant") : to;
}

/// The token is the link's, so what it causes is too.
base::Result<void> ReturnedMailIntake::take_unsubscribe(const milter::ReturnedMail& mail,
                                                        const milter::Snapshot& snapshot, base::Wall now) {
  const auto fields = mail::parse_message(mail.raw).fields;
  const mail::Field* subject = mail::find_field(fields, "Subject");
  const auto token = subject == nullptr ? std::nullopt : track::find_mailed_token(subject->value);
  const char* refused = token && snapshot.sealer ? nullptr : "no-token";
  Effects effects;
  if (refused == nullptr) {
    Refusals refusals(store_.suppressions());
    Bursts bursts;
    HitEffects hits(
        *snapshot.sealer, snapshot.policy, refusals, bursts,
        [](std::uint32_t, const std::string&) { return HitEffects::Reached{}; },
        [this](std::uint32_t tenant) { return store_.hits().tenant_name(tenant); }, now);
    track::Hit hit;
    hit.kind = track::HitKind::unsubscribe;
    hit.reason = "mail";
    hit.at = now;
    hit.token = *token;
    if (auto taken = hits.take(hit, effects); !taken) return taken;
    if (effects.genuine == 0) refused = "forged";
  }
  if (refused != nullptr) {
    policy::Event event;
    event.at = now;
    event.add("id", mail.id);
    event.add("qid", mail.queue_id);
    event.add("stage", "unsubscribe");
    event.add("action", "observe");
    event.add("reason", refused);
    event.add("client", mail.client);
    events_.write(event);
    return {};
  }
  // What came twice within an hour is one request.
  const std::uint32_t hour = store::hour_of(now);
  const std::string source = report_source("unsubscribe" + *token + std::to_string(hour));
  const auto mark = store_.hits().mark(source);
  if (!mark) return tl::unexpected(mark.error());
  if (*mark > 0) return {};
  effects.changes.waits_for_damaged = true;
  const auto fresh = commit(effects, {source, 0, hour}, store_.hits(), events_, log_);
  if (!fresh)
    return fresh.error().kind == base::ErrorKind::invalid ? base::Result<void>()
                                                          : tl::unexpected(fresh.error());
  for (const policy::Listing& listing : fresh->fresh) unsubscribed_(listing, snapshot);
  return {};
}

base::Result<ReturnedMailIntake::Taken> ReturnedMailIntake::take_row(RowEffect effect, base::Wall now) {
  policy::Event event = std::move(effect.effects.events.front());
  effect.effects.events.clear();
  if (effect.name.empty()) {
    events_.write(event);
    return Taken{};
  }
  Taken taken;
  const std::string source = report_source(effect.name);
  const auto mark = store_.hits().mark(source);
  if (!mark) return tl::unexpected(mark.error());
  bool is_known = *mark > 0;
  if (!is_known) {
    effect.effects.changes.waits_for_damaged = true;
    const auto stored =
        commit(effect.effects, {source, 0, store::hour_of(now)}, store_.hits(), events_, log_);
    // The same report may come twice at one moment.
    is_known = !stored && stored.error().kind == base::ErrorKind::invalid;
    if (!stored && !is_known) return tl::unexpected(stored.error());
    if (stored) {
      taken.is_listed = !stored->fresh.empty();
      taken.withdrawn = stored->withdrawn;
    }
    if (stored && stored->has_refused) {
      tell_nothing_was_done(event, "not-listed");
    } else if (stored) {
      ++(effect.acts ? counters_.reports_acted_on : counters_.reports_counted);
    }
  }
  if (is_known) tell_nothing_was_done(event, "duplicate");
  events_.write(event);
  taken.is_fresh = !is_known;
  return taken;
}

base::Result<milter::TakenMail> ReturnedMailIntake::take(const milter::ReturnedMail& came,
                                                         const milter::Snapshot& snapshot) {
  const base::Wall now = clock_.wall();
  milter::ReturnedMail mail = came;
  mail.by_own_mta = came.by_own_mta && is_from_mta_ && is_from_mta_(came);
  const auto is_request = [](const std::string& local) {
    return base::equals_ignore_case(local, track::kUnsubscribeLocal);
  };
  const auto requests = std::count_if(mail.local_parts.begin(), mail.local_parts.end(), is_request);
  if (requests > 0) {
    if (auto taken = take_unsubscribe(mail, snapshot, now); !taken) return tl::unexpected(taken.error());
    if (static_cast<std::size_t>(requests) == mail.local_parts.size()) return milter::TakenMail{};
  }
  const feedback::Report report = feedback::parse_report(mail.raw);
  const auto to = find_return_path(mail, report, snapshot, now);
  if (!to) return tl::unexpected(to.error());
  ++counters_.reports;
  if (report.rows.empty()) events_.write(event_of_whole(mail, *to, report, now));
  bool is_fresh = false;
  for (const feedback::Row& row : rows_to_take(report, *to, *snapshot.return_paths)) {
    const auto taken = judge_row(mail, *to, report, row, snapshot, now);
    if (!taken) return tl::unexpected(taken.error());
    is_fresh = is_fresh || taken->is_fresh;
  }
  // Once for each fact: whoever has a token may send any number.
  if (is_fresh && evidence_ != nullptr)
    evidence_->append(now, facts::format_evidence({now, mail.id, mail.queue_id, mail.local_parts, mail.client,
                                                   mail.by_own_mta, mail.raw}));
  return forward(mail, *to, report, snapshot.feedback, store_, sent_, events_, log_, now);
}

}  // namespace signpost::daemon::ingest
