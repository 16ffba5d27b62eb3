#include "daemon/ingest/report_effect.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "feedback/classify.h"
#include "mail/address.h"
#include "policy/limits/provider.h"
#include "policy/settings.h"

namespace signpost::daemon::ingest {
namespace {

using feedback::Class;
using store::Counted;
using Kind = policy::EventField::Kind;

Counted counted_as(Class what) {
  switch (what) {
    case Class::hard:
      return Counted::bounce_hard;
    case Class::soft:
      return Counted::bounce_soft;
    case Class::complaint:
      return Counted::complaint;
    default:
      return Counted::bounce_block;
  }
}

/// Whether a complaint may be about that recipient: it names nobody, or hides the local part (RFC 6590), or has the address only
/// from the returned To, where a list's may stand.
bool may_be(const std::string& recipient, const feedback::Row& row) {
  if (row.address.empty() || !row.is_named) return true;
  const std::string domain = row.address.substr(std::min(row.address.rfind('@'), row.address.size()));
  return domain.empty() || domain == "@" ||
         base::equals_ignore_case(domain, recipient.substr(recipient.rfind('@')));
}

/// Why a row does nothing; empty if it may act.
std::string why_not(const ReturnedTo& to, const feedback::ReturnPaths& paths, bool is_named,
                    feedback::Action action, const std::optional<mail::Address>& address, Class what) {
  if (!to.path) return to.reason;
  if (what == Class::none || what == Class::automatic || what == Class::block) return "-";
  if (action == feedback::Action::delayed) return "delayed";
  // What our own MTA says of a recipient is true, whoever else got the message.
  const bool is_proven = to.by_own_mta && what != Class::complaint;
  if (to.path->is_shared() && !is_proven) return "shared-return-path";
  if (!address) return "no-recipient";
  if (to.path->is_shared()) return is_named ? std::string() : "not-named";
  const std::string canonical = mail::canonical_key(*address);
  const bool is_recipient =
      to.recipient.empty() ? paths.is_for(*to.path, canonical) : canonical == to.recipient;
  if (!is_recipient) return "not-a-recipient";
  return is_named ? std::string() : "not-named";
}

policy::Event event_for(const milter::ReturnedMail& mail, const ReturnedTo& to, Class what, base::Wall now) {
  policy::Event event;
  event.at = now;
  event.add("id", mail.id);
  event.add("qid", mail.queue_id);
  event.add("stage", what == Class::complaint ? "complaint" : "bounce");
  event.add("action", "observe");
  event.add("reason", "-");
  event.add("tenant", to.tenant);
  event.add("stream", to.stream);
  event.add("client", mail.client);
  if (to.path) {
    event.add("sent", base::format_time(to.path->sent()));
    event.add("about", base::encode_hex(to.path->message));
  }
  return event;
}

void set(policy::Event& event, std::string_view key, std::string value) {
  const auto field = std::find_if(event.fields.begin(), event.fields.end(),
                                  [key](const policy::EventField& one) { return one.key == key; });
  if (field != event.fields.end()) field->value = std::move(value);
}

void add_class(policy::Event& event, const feedback::Classification& found) {
  event.add("class", std::string(feedback::class_word(found.result)));
  event.add("class_reason", std::string(found.reason));
  event.add("rule", std::string(found.rule));
}

policy::Listing listing_of(const ReturnedTo& to, const mail::Address& address, const feedback::Row& row,
                           base::Wall now) {
  policy::Listing listing;
  listing.address = mail::canonical_key(address);
  listing.tenant = to.tenant;
  listing.since = now;
  listing.by = kByBounce;
  listing.note = feedback::describe(row);
  return listing;
}

void act(const ReturnedTo& to, const mail::Address& address, const feedback::Row& row,
         const feedback::Classification& found, const policy::SoftRule& rule, base::Wall now,
         store::Changes& changes) {
  policy::Listing listing = listing_of(to, address, row, now);
  // Where an alias or a list leads on, one of its targets may be dead, and not the address that we wrote to.
  if (found.result == Class::soft || (found.result == Class::hard && row.went_on)) {
    listing.reason = policy::Reason::soft_bounce;
    listing.until = now + rule.listed;
    changes.soft_bounces.push_back({std::move(listing), rule});
    return;
  }
  listing.reason = policy::Reason::hard_bounce;
  if (to.hard_everywhere && found.result == Class::hard) listing.tenant.clear();
  if (found.result == Class::complaint) {
    listing.by = kByComplaint;
    const bool left = found.reason == "opt-out";
    listing.reason = left ? policy::Reason::unsubscribe : policy::Reason::complaint;
    if (left) listing.stream = to.stream;
  }
  changes.listings.push_back({std::move(listing)});
}

/// By the recipient's provider: our own id says best who that is, else the report does.
void count(const ReturnedTo& to, const std::optional<mail::Address>& address, const feedback::Row& row,
           const feedback::Classification& found, base::Wall now, store::Changes& changes) {
  const bool is_dead_target = row.went_on && found.result == Class::hard;
  const Counted what = counted_as(is_dead_target ? Class::soft : found.result);
  std::string_view domain = address ? std::string_view(address->domain) : std::string_view();
  if (!to.recipient.empty()) domain = std::string_view(to.recipient).substr(to.recipient.rfind('@') + 1);
  const std::string_view reason = what == Counted::bounce_block ? found.reason : std::string_view();
  ++changes.providers[{to.path->tenant, store::hour_of(now), what,
                       std::string(policy::limits::known_provider(domain)), std::string(reason), to.stream}];
}

}  // namespace

std::string name_of_fact(const feedback::ReturnPath& path, const std::string& recipient, Class what,
                         std::string_view reason) {
  // A person who leaves may complain later.
  return path.message + '\0' + recipient + '\0' + std::string(feedback::class_word(what)) +
         (what == Class::complaint ? '\0' + std::string(reason) : std::string());
}

RowEffect effect_of(const milter::ReturnedMail& mail, const ReturnedTo& to,
                    const feedback::ReturnPaths& paths, const feedback::Row& row,
                    const feedback::Classification& found, const policy::SoftRule& rule, base::Wall now) {
  std::optional<mail::Address> address;
  // Complaints often hide the recipient, whom our own id names.
  const bool is_by_id =
      found.result == Class::complaint && !to.recipient.empty() && may_be(to.recipient, row);
  if (auto parsed = mail::parse_address(is_by_id ? to.recipient : row.address)) address = std::move(*parsed);
  const std::string reason = why_not(to, paths, row.is_named || is_by_id, row.action, address, found.result);

  RowEffect effect;
  policy::Event event = event_for(mail, to, found.result, now);
  if (const std::string& recipient = is_by_id ? to.recipient : row.address; !recipient.empty())
    event.add("to", recipient, Kind::address);
  add_class(event, found);
  if (!row.status.empty()) event.add("status", row.status, Kind::text);
  event.add("said", feedback::describe(row), Kind::words);
  if (reason.empty()) {
    act(to, *address, row, found, rule, now, effect.effects.changes);
    effect.acts = true;
    effect.name = name_of_fact(*to.path, mail::canonical_key(*address), found.result, found.reason);
    set(event, "action", "accept");
    if (to.by_own_mta) event.add("by", "own-mta");
    if (found.result == Class::hard && row.went_on) set(event, "reason", "went-on");
  } else {
    set(event, "reason", reason);
    // It says nothing of a recipient, and so counts once a message.
    if (to.path && found.result == Class::block)
      effect.name = to.path->message + std::string(1, '\0') + "block";
  }
  if (!effect.name.empty()) count(to, address, row, found, now, effect.effects.changes);
  effect.effects.events.push_back(std::move(event));
  return effect;
}

policy::Event event_of_whole(const milter::ReturnedMail& mail, const ReturnedTo& to,
                             const feedback::Report& report, base::Wall now) {
  const feedback::Classification found = feedback::classify_kind(report);
  policy::Event event = event_for(mail, to, found.result, now);
  add_class(event, found);
  if (!to.path) set(event, "reason", to.reason);
  return event;
}

void judge_event_anew(policy::Event& event, const feedback::Classification& found, bool is_off_the_list) {
  set(event, "action", is_off_the_list ? "accept" : "observe");
  set(event, "reason", is_off_the_list ? "taken-back" : "still-listed");
  set(event, "class", std::string(feedback::class_word(found.result)));
  set(event, "class_reason", std::string(found.reason));
  set(event, "rule", std::string(found.rule));
}

void tell_nothing_was_done(policy::Event& event, const char* reason) {
  set(event, "action", "observe");
  set(event, "reason", reason);
}

}  // namespace signpost::daemon::ingest
