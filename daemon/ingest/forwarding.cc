#include "daemon/ingest/forwarding.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/encoding.h"
#include "daemon/facts/original_sender.h"
#include "daemon/ingest/report_rows.h"
#include "feedback/classify.h"
#include "mail/address.h"

namespace signpost::daemon::ingest {
namespace {

using feedback::Class;

constexpr int kSame = 2;

/// What the report says, for whoever gets it: the same again is not worth another message.
std::string content_of(const feedback::Report& report, const std::string& raw) {
  std::vector<std::string> said;
  for (const feedback::Row& row : report.rows)
    said.push_back(std::string(feedback::class_word(feedback::classify(report, row).result)) + ' ' +
                   row.address);
  // People write what they like.
  if (said.empty()) said.push_back(base::encode_hex(base::as_bytes(base::sha256(raw))));
  std::sort(said.begin(), said.end());
  std::string content;
  for (const std::string& one : said) content += one + '\0';
  return content;
}

/// The MTA gave back what we had held and did not let go (daemon/upkeep/hold_keeper): whoever sent it must know.
bool is_given_back(const feedback::Report& report, const ReturnedTo& to) {
  if (!to.by_own_mta || report.rows.empty()) return false;
  return feedback::classify(report, report.rows.front()).reason == "returned-by-operator";
}

bool is_complaint(const feedback::Report& report) {
  if (report.rows.empty()) return feedback::classify_kind(report).result == Class::complaint;
  return feedback::classify(report, report.rows.front()).result == Class::complaint;
}

void tell(const milter::ReturnedMail& mail, const ReturnedTo& to, const std::string& sender,
          std::string_view reason, policy::EventSink& events, base::Wall now) {
  policy::Event event;
  event.at = now;
  event.add("id", mail.id);
  event.add("qid", mail.queue_id);
  event.add("stage", "bounce");
  event.add("action", sender.empty() ? "observe" : "pass");
  event.add("reason", std::string(reason));
  if (!sender.empty()) event.add("to", sender, policy::EventField::Kind::address);
  event.add("tenant", to.tenant);
  event.add("stream", to.stream);
  event.add("client", mail.client);
  event.add("sent", base::format_time(to.path->sent()));
  event.add("about", base::encode_hex(to.path->message));
  events.write(event);
}

/// Takes the first of `most` places that is free, on disk. False if none is.
base::Result<bool> take_place(const std::string& name, int most, store::Store& store,
                              policy::EventSink& events, system::DaemonLog& log, base::Wall now) {
  for (int place = 0; place < most; ++place) {
    const std::string source = report_source(name + std::to_string(place));
    const auto mark = store.hits().mark(source);
    if (!mark) return tl::unexpected(mark.error());
    if (*mark > 0) continue;
    Effects nothing;
    const auto stored = commit(nothing, {source, 0, store::hour_of(now)}, store.hits(), events, log);
    if (stored) return true;
    // Taken by another report at this moment.
    if (stored.error().kind != base::ErrorKind::invalid) return tl::unexpected(stored.error());
  }
  return false;
}

base::Result<std::string> sender_of(const ReturnedTo& to, store::EventFiles* sent) {
  if (!to.sender.empty() || sent == nullptr) return to.sender;
  return facts::find_original_sender(*sent, *to.path);
}

}  // namespace

base::Result<milter::TakenMail> forward(const milter::ReturnedMail& mail, const ReturnedTo& to,
                                        const feedback::Report& report, const feedback::Settings& settings,
                                        store::Store& store, store::EventFiles* sent,
                                        policy::EventSink& events, system::DaemonLog& log, base::Wall now) {
  milter::TakenMail taken;
  if (!mail.can_be_forwarded || !to.path || is_complaint(report)) return taken;
  if (!settings.forwards(to.stream) && !is_given_back(report, to)) return taken;
  const std::string name = "forward" + to.path->message;
  const auto is_full = store.hits().mark(report_source(name + std::to_string(kMaxForwarded - 1)));
  if (!is_full) return tl::unexpected(is_full.error());
  if (*is_full > 0) return taken;
  const auto sender = sender_of(to, sent);
  if (!sender) return tl::unexpected(sender.error());
  const auto address = mail::parse_address(*sender);
  // One of ours would come back here again.
  if (!address || settings.is_bounce_domain(address->domain)) {
    tell(mail, to, "", "unknown-sender", events, now);
    return taken;
  }
  auto is_free = take_place(name + content_of(report, mail.raw), kSame, store, events, log, now);
  if (is_free && *is_free) is_free = take_place(name, kMaxForwarded, store, events, log, now);
  if (!is_free) return tl::unexpected(is_free.error());
  if (!*is_free) return taken;
  tell(mail, to, *sender, "forwarded", events, now);
  taken.forward_to = *sender;
  return taken;
}

}  // namespace signpost::daemon::ingest
