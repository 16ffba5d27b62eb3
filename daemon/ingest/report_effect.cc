#include "daemon/ingest/report_effect.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "feedback/classify.h"
#include "mail/address.h"
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

/// Why a row does nothing; empty if it may act.
std::string why_not(const ReturnedTo& to, const feedback::ReturnPaths& paths, bool is_named,
                    feedback::Action action, const std::optional<mail::Address>& address, Class what) {
  if (!to.path) return to.reason;
  if (what == Class::none || what == Class::automatic || what == Class::block) return "-";
  if (action == feedback::Action::delayed) return "delayed";
  if (to.path->is_shared()) return "shared-return-path";
  if (!address) return "no-recipient";
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
  if (to.path) event.add("sent", base::format_time(to.path->sent()));
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

/// The words with "*@*" for what may be an address: the line has it under `to`, hashed where the log hashes. Linear.
std::string without_addresses(std::string_view text) {
  constexpr std::string_view kEnds = " \t<>()[]{}\"',;:";
  std::string masked;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(kEnds), text.size());
    const std::string_view word = text.substr(0, end);
    masked += word.find('@') == word.npos ? word : std::string_view("*@*");
    if (end < text.size()) masked += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return masked;
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
  if (found.result == Class::complaint) {
    listing.by = kByComplaint;
    const bool left = found.reason == "opt-out";
    listing.reason = left ? policy::Reason::unsubscribe : policy::Reason::complaint;
    if (left) listing.stream = to.stream;
  }
  changes.listings.push_back({std::move(listing)});
}

}  // namespace

RowEffect effect_of(const milter::ReturnedMail& mail, const ReturnedTo& to,
                    const feedback::ReturnPaths& paths, const feedback::Report& report,
                    const feedback::Row& row, const policy::SoftRule& rule, base::Wall now) {
  const feedback::Classification found = feedback::classify(report, row);
  std::optional<mail::Address> address;
  // Complaints often hide the recipient, whom our own id names.
  const bool is_hidden = row.address.empty() && found.result == Class::complaint && !to.recipient.empty();
  if (auto parsed = mail::parse_address(is_hidden ? to.recipient : row.address)) address = std::move(*parsed);
  const std::string reason = why_not(to, paths, row.is_named || is_hidden, row.action, address, found.result);

  RowEffect effect;
  policy::Event event = event_for(mail, to, found.result, now);
  if (!row.address.empty() || is_hidden)
    event.add("to", is_hidden ? to.recipient : row.address, Kind::address);
  add_class(event, found);
  if (!row.status.empty()) event.add("status", row.status, Kind::text);
  event.add("said", without_addresses(feedback::describe(row)), Kind::text);
  if (reason.empty()) {
    act(to, *address, row, found, rule, now, effect.effects.changes);
    effect.acts = true;
    // A person who leaves may complain later.
    effect.name = to.path->message + '\0' + mail::canonical_key(*address) + '\0' +
                  std::string(feedback::class_word(found.result)) +
                  (found.result == Class::complaint ? '\0' + std::string(found.reason) : std::string());
    set(event, "action", "accept");
    if (found.result == Class::hard && row.went_on) set(event, "reason", "went-on");
  } else {
    set(event, "reason", reason);
    // It says nothing of a recipient, and so counts once a message.
    if (to.path && found.result == Class::block)
      effect.name = to.path->message + std::string(1, '\0') + "block";
  }
  if (!effect.name.empty())
    ++effect.effects.changes
          .streams[{to.path->tenant, "", store::hour_of(now), counted_as(found.result), to.stream}];
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

void mark_as_duplicate(policy::Event& event) {
  set(event, "action", "observe");
  set(event, "reason", "duplicate");
}

}  // namespace signpost::daemon::ingest
