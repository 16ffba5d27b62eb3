#include "daemon/ingest/mail_log.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/ip.h"
#include "base/text.h"
#include "feedback/answers.h"
#include "feedback/log_line.h"
#include "mail/address.h"
#include "policy/limits/provider.h"
#include "policy/settings.h"

namespace signpost::daemon::ingest {
namespace {

using feedback::Fate;
using Kind = policy::EventField::Kind;

constexpr std::chrono::milliseconds kRest{500};
constexpr std::chrono::seconds kAfterTrouble{5};
/// A line that is younger is of now: its own time has no fractions, and would stand before the message's.
constexpr std::chrono::minutes kFresh{1};
constexpr std::string_view kQueuedAs = "queued as ";

const char* action_of(Fate fate) {
  switch (fate) {
    case Fate::delivered:
      return "accept";
    case Fate::deferred:
      return "defer";
    case Fate::bounced:
      break;
  }
  return "refuse";
}

/// stage=delivery has the fields of a message's line that say whose it is.
policy::Event event_of(const QueuedMessage& message, std::string_view queue_id, const char* action,
                       base::Wall now) {
  policy::Event event;
  event.at = now;
  event.add("id", message.id);
  event.add("qid", std::string(queue_id));
  event.add("stage", "delivery");
  event.add("action", action);
  event.add("tenant", message.tenant);
  event.add("stream", message.stream);
  return event;
}

/// By the provider of the address at which the server was asked, behind aliases.
void count_by_provider(const feedback::Delivery& delivery, const QueuedMessage& message, store::Counted what,
                       std::string_view reason, base::Wall now, store::Changes& changes) {
  const auto address = mail::parse_address(delivery.recipient);
  const std::string_view provider =
      address ? policy::limits::known_provider(address->domain) : policy::limits::kOtherProvider;
  ++changes.providers[{policy::tenant_id(message.tenant), store::hour_of(now), what, std::string(provider),
                       std::string(reason), message.stream}];
}

/// A relay on this host or in a private network: where a content filter may be.
bool is_near(std::string_view relay) {
  static const std::vector<base::Network> near = [] {
    std::vector<base::Network> networks;
    for (const char* text :
         {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7", "fe80::/10"})
      networks.push_back(base::parse_network(text).value());
    return networks;
  }();
  if (relay.find('/') != std::string_view::npos) return true;  // a unix socket
  const std::size_t open = relay.rfind('[');
  const std::size_t close = relay.find(']', std::min(open, relay.size()));
  if (open == std::string_view::npos || close == std::string_view::npos) return false;
  const auto ip = base::parse_ip(relay.substr(open + 1, close - open - 1));
  return ip &&
         std::any_of(near.begin(), near.end(), [&](const base::Network& one) { return one.contains(*ip); });
}

/// How far local time is ahead of UTC: the MTA's log has the host's.
std::chrono::seconds local_offset(base::Wall now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return {};
  return std::chrono::seconds(local.tm_gmtoff);
}

}  // namespace

std::string_view find_queued_as(std::string_view said) {
  const std::size_t at = said.rfind(kQueuedAs);
  if (at == std::string_view::npos) return {};
  said.remove_prefix(at + kQueuedAs.size());
  const auto end = std::find_if_not(said.begin(), said.end(), base::is_alnum);
  return said.substr(0, static_cast<std::size_t>(end - said.begin()));
}

void add_delivery(const feedback::Delivery& delivery, const QueuedMessage& message, std::string_view next,
                  base::Wall now, Effects& effects) {
  policy::Event event = event_of(message, delivery.queue_id, action_of(delivery.fate), now);
  event.add("to", delivery.recipient, Kind::address);
  if (!delivery.original.empty()) event.add("original", delivery.original, Kind::address);
  event.add("relay", delivery.relay, Kind::text);
  if (!delivery.status.empty()) event.add("status", delivery.status);
  if (!next.empty()) event.add("next", std::string(next));
  feedback::Classification found;
  if (delivery.fate != Fate::delivered) {
    found = feedback::diagnose(delivery.said).found;
    event.add("class", std::string(feedback::class_word(found.result)));
    event.add("class_reason", std::string(found.reason));
    event.add("rule", std::string(found.rule));
  }
  event.add("said", delivery.said, Kind::words);
  effects.events.push_back(std::move(event));

  if (message.tenant.empty()) return;
  // Without a relay no server was asked: Postfix repeats what it heard of another message ("temporarily suspended").
  if (found.result == feedback::Class::block && !delivery.relay.empty())
    count_by_provider(delivery, message, store::Counted::refusal, found.reason, now, effects.changes);
  // What went on is told by what comes of it.
  if (delivery.fate == Fate::deferred || !next.empty() || !delivery.went_on_as.empty()) return;
  const bool is_delivered = delivery.fate == Fate::delivered;
  const auto what = is_delivered ? store::Counted::delivered : store::Counted::undelivered;
  count_by_provider(delivery, message, what, {}, now, effects.changes);
  if (!is_delivered) return;
  const auto address =
      mail::parse_address(delivery.original.empty() ? delivery.recipient : delivery.original);
  if (address)
    effects.changes.reached.push_back(
        {mail::canonical_key(*address), policy::tenant_id(message.tenant), now});
}

MailLog::MailLog(std::string path, store::Store& store, store::EventFiles& files,
                 const milter::Services& services, system::DaemonLog& log)
    : path_(std::move(path)),
      store_(store),
      files_(files),
      services_(services),
      log_(log),
      lines_(path_, "mail-log-", [&store](const std::string& source) { return store.hits().mark(source); }),
      messages_(files) {}

void MailLog::start() {
  if (path_.empty()) return;
  worker_.start([this]() -> std::chrono::nanoseconds {
    const auto passed = pass();
    tell(passed);
    if (!passed) return kAfterTrouble;
    return *passed ? std::chrono::nanoseconds(0) : kRest;
  });
}

void MailLog::stop() {
  worker_.stop();
}

base::Result<bool> MailLog::pass() {
  const base::Wall now = services_.clock.wall();
  const auto chunk = lines_.next(now);
  if (!chunk) return tl::unexpected(chunk.error());
  if (chunk->to == chunk->from) return false;
  // A delivery is logged after its message was answered, so the message's own line has been appended.
  if (!files_.flush())
    return base::fail(base::ErrorKind::unavailable,
                      "the event files are not being written; look for a slow disk");
  const auto caught_up =
      messages_.catch_up(std::chrono::floor<std::chrono::days>(now), [this] { return worker_.stopping(); });
  if (!caught_up) return tl::unexpected(caught_up.error());
  if (worker_.stopping()) return false;
  Effects effects;
  const std::chrono::seconds offset = local_offset(now);
  for (const std::string_view line : base::split(chunk->text, '\n')) {
    const base::Wall written = feedback::parse_log_time(line, now, offset).value_or(now);
    take_line(line, now - written > kFresh ? written : now, effects);
  }
  const std::vector<policy::Event> events = std::exchange(effects.events, {});
  const auto stored =
      commit(effects, {chunk->source, chunk->from, chunk->to}, store_.hits(), services_.events, log_);
  if (!stored) {
    if (stored.error().kind == base::ErrorKind::invalid) lines_.start_over();
    return tl::unexpected(stored.error());
  }
  lines_.advance(*chunk);
  for (const policy::Event& event : events) services_.events.keep(event);
  return true;
}

void MailLog::take_line(std::string_view line, base::Wall now, Effects& effects) const {
  for (const feedback::Delivery& delivery : feedback::parse_mail_log(line)) {
    const auto message = messages_.find(delivery.queue_id);
    if (!message) continue;  // mail that did not pass us
    std::string_view next = delivery.went_on_as;
    // What a server elsewhere calls the message may be like an id of ours.
    if (next.empty() && is_near(delivery.relay)) next = find_queued_as(delivery.said);
    if (!next.empty() && !messages_.find(next)) next = {};
    add_delivery(delivery, *message, next, now, effects);
  }
  if (const auto queue_id = feedback::parse_expiry(line)) {
    if (const auto message = messages_.find(*queue_id)) {
      policy::Event event = event_of(*message, *queue_id, "refuse", now);
      event.add("reason", "expired");
      effects.events.push_back(std::move(event));
    }
  }
}

/// Logs a failure when it begins and when it ends.
void MailLog::tell(const base::Result<bool>& passed) {
  const std::string now = passed ? "" : passed.error().text;
  std::string before;
  {
    base::MutexLock lock(mutex_);
    before = std::exchange(failure_, now);
  }
  if (now == before) return;
  if (now.empty()) log_.info("feedback.mail_log: it is being read again");
  if (!now.empty()) log_.error("feedback.mail_log: " + now + "; it is tried again every few seconds");
}

std::string MailLog::failure() const {
  base::MutexLock lock(mutex_);
  return failure_;
}

}  // namespace signpost::daemon::ingest
