// limit …: the limits in force, how full their buckets are, and changing both while the daemon runs.
#include <algorithm>
#include <limits>

#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/overrides.h"
#include "mail/address.h"
#include "policy/limits/exceptions.h"

namespace signpost::daemon::commands {
namespace {

constexpr std::size_t kShownBuckets = 100;
constexpr std::size_t kShownExceptions = 100;
constexpr std::uint64_t kTopBuckets = 10;
constexpr std::uint64_t kMaxTopBuckets = 1000;

/// The limit that the command names. Otherwise nullptr, and the error is already in the reply.
const policy::LimitSettings* named_limit(const milter::Snapshot& snapshot, const std::string& name,
                                         Reply& reply) {
  std::vector<std::string> known;
  for (const policy::LimitSettings& limit : snapshot.policy.limits) {
    if (limit.name == name) return &limit;
    known.push_back(limit.name);
  }
  const std::string near = base::nearest(name, known);
  reply.error("not-found",
              "no limit is named '" + name + "'" + (near.empty() ? "" : " (did you mean '" + near + "'?)"));
  return nullptr;
}

Value::Texts key_words(const policy::LimitSettings& limit) {
  Value::Texts words;
  for (const policy::LimitKeyPart part : limit.key) words.emplace_back(policy::key_part_word(part));
  return words;
}

const char* weight_word(policy::Weight weight) {
  switch (weight) {
    case policy::Weight::recipients:
      return "recipients";
    case policy::Weight::messages:
      return "messages";
    case policy::Weight::bytes:
      return "bytes";
  }
  return "recipients";
}

const char* action_word(policy::LimitAction action) {
  switch (action) {
    case policy::LimitAction::observe:
      return "observe";
    case policy::LimitAction::defer:
      return "defer";
    case policy::LimitAction::hold:
      return "hold";
    case policy::LimitAction::refuse:
      return "refuse";
  }
  return "defer";
}

Value::Texts texts_of(const std::vector<policy::SenderPattern>& senders) {
  Value::Texts texts;
  for (const policy::SenderPattern& sender : senders) texts.push_back(policy::format_sender_pattern(sender));
  return texts;
}
Value::Texts texts_of(const std::vector<base::Network>& networks) {
  Value::Texts texts;
  for (const base::Network& network : networks) texts.push_back(base::format_network(network));
  return texts;
}

/// The lists that are not empty.
void add_names(const std::string& prefix, const policy::MailNames& names, Fields& fields) {
  const auto add = [&](const char* kind, Value::Texts texts) {
    if (!texts.empty()) fields.emplace_back(prefix + kind, std::move(texts));
  };
  add("tenant", names.tenants);
  add("stream", names.streams);
  add("login", names.logins);
  add("sender", texts_of(names.senders));
  add("client", texts_of(names.clients));
}

/// Keys with a count of their own.
std::size_t count_keys(const std::string& limit, const std::vector<policy::limits::KeyCount>& counts) {
  const auto found = std::find_if(counts.begin(), counts.end(), [&](const policy::limits::KeyCount& count) {
    return count.limit == limit;
  });
  return found == counts.end() ? 0 : found->keys;
}

void show_limit(const policy::LimitSettings& limit, const policy::limits::Overrides& overrides,
                const std::vector<policy::limits::KeyCount>& counts, base::Wall now, Reply& reply) {
  const std::vector<policy::Rate>* set = overrides.rates(limit.name, now);
  Fields fields = {{"limit", limit.name},
                   {"key", key_words(limit)},
                   {"rate", rate_value(set != nullptr ? *set : limit.rates)},
                   {"burst", limit.burst},
                   {"weight", weight_word(limit.weight)},
                   {"action", action_word(limit.action)}};
  add_names("when-", limit.when.only, fields);
  add_names("when-not-", limit.when.except, fields);
  if (!limit.exceptions.empty()) fields.emplace_back("exceptions", limit.exceptions.size());
  if (set != nullptr) {
    const policy::limits::LimitOverride& override_in_force = overrides.limits.find(limit.name)->second;
    fields.emplace_back("configured-rate", rate_value(limit.rates));
    fields.emplace_back("set-by", override_in_force.by);
    fields.emplace_back("set-until", format_until(override_in_force.until));
  }
  fields.emplace_back("keys", count_keys(limit.name, counts));
  fields.emplace_back("max-keys", limit.max_keys);
  reply.line(std::move(fields));
}

/// What holds for a bucket now.
struct InForce {
  std::vector<policy::Rate> rates;
  std::optional<std::uint64_t> burst;
};

/// nullopt if its limit is gone.
std::optional<InForce> in_force(const policy::limits::BucketState& bucket, const policy::Settings& settings,
                                const policy::limits::Overrides& overrides, base::Wall now) {
  if (bucket.limit == settings.report_limit.name) return InForce{settings.report_limit.rates, {}};
  for (const policy::LimitSettings& limit : settings.limits) {
    if (limit.name != bucket.limit) continue;
    const policy::LimitSettings& own = policy::limits::limit_for(limit, bucket.key);
    const std::vector<policy::Rate>* set = &own == &limit ? overrides.rates(limit.name, now) : nullptr;
    return InForce{set != nullptr ? *set : own.rates, own.burst};
  }
  return std::nullopt;
}

/// How much each rate lets pass at once or in its window.
Value::Numbers capacities(const InForce& rules) {
  Value::Numbers numbers;
  for (const policy::Rate& rate : rules.rates) numbers.push_back(rules.burst.value_or(rate.count));
  return numbers;
}

/// Of its fullest rate, in percent; nothing of a bucket without rates.
Value share_of(const std::vector<std::uint64_t>& used, const Value::Numbers& capacity) {
  Value share;
  double most = -1;
  for (std::size_t i = 0; i < std::min(used.size(), capacity.size()); ++i) {
    const double of = static_cast<double>(std::max<std::uint64_t>(capacity[i], 1));
    most = std::max(most, 100.0 * static_cast<double>(used[i]) / of);
  }
  if (most >= 0) share = static_cast<std::uint64_t>(most);
  return share;
}

void show_bucket(const policy::limits::BucketState& bucket, const std::optional<InForce>& rules,
                 Reply& reply) {
  const Value::Numbers capacity = rules ? capacities(*rules) : Value::Numbers();
  reply.line({{"bucket", bucket.limit},
              {"key", bucket.key},
              {"used", bucket.used},
              {"of", capacity.empty() ? Value() : Value(capacity)},
              {"share", share_of(bucket.used, capacity)},
              {"reserved", bucket.reserved},
              {"rate", rules ? rate_value(rules->rates) : Value()}});
}

void show_exception(const policy::LimitSettings& limit, const policy::LimitException& exception,
                    Reply& reply) {
  Fields fields = {{"exception", limit.name},
                   {"key", policy::format_terms(exception)},
                   {"rate", rate_value(exception.rates)}};
  if (exception.burst) fields.emplace_back("burst", exception.burst);
  reply.line(std::move(fields));
}

bool lies_in(const std::string& network, const std::string& address) {
  const auto whole = base::parse_network(network);
  const auto part = base::parse_network(address);
  return whole && part && whole->prefix <= part->prefix && whole->contains(part->base);
}

/// Whether the exception may hold for keys that have this value.
bool may_hold_for(const policy::KeyTerm& term, const std::string& value) {
  switch (term.form) {
    case policy::KeyTerm::Form::whole:
      return base::equals_ignore_case(term.text, value);
    case policy::KeyTerm::Form::domain:
      return base::lower(value).ends_with(base::lower(term.text));
    case policy::KeyTerm::Form::beginning: {
      const auto sender = mail::parse_address(value);
      return base::equals_ignore_case(term.text, value) || (sender && policy::matches(term.sender, *sender));
    }
    case policy::KeyTerm::Form::network:
      break;
  }
  return lies_in(term.text, value);
}

/// True if no option of the request names another value of a part that the exception names.
bool is_chosen(const policy::LimitException& exception, const Request& request) {
  return std::all_of(exception.terms.begin(), exception.terms.end(), [&](const policy::KeyTerm& term) {
    const std::string word = policy::key_part_word(term.part);
    return !request.has(word) || may_hold_for(term, request.text(word));
  });
}

/// True if each option of the request names the value that the bucket's key has for it.
bool is_chosen(const policy::limits::BucketState& bucket, const Request& request) {
  const auto parts = parse_command_line(bucket.key);
  if (!parts) return false;
  return std::all_of(request.command->options.begin(), request.command->options.end(),
                     [&](const Argument& option) {
                       if (!request.has(option.name)) return true;
                       const std::string& wanted = request.text(option.name);
                       return std::any_of(parts->begin(), parts->end(), [&](const Word& part) {
                         return part.key == option.name &&
                                (base::equals_ignore_case(part.value, wanted) || lies_in(part.value, wanted));
                       });
                     });
}

bool chooses_buckets(const Request& request) {
  return request.values.size() > 1;
}

std::vector<policy::limits::BucketState> chosen_buckets(const Request& request, ControlContext& context,
                                                        std::size_t max) {
  const std::string& name = request.text("NAME");
  if (!chooses_buckets(request)) return context.limiter.list(name, max, context.clock.steady());
  std::vector<policy::limits::BucketState> chosen;
  for (policy::limits::BucketState& bucket :
       context.limiter.list(name, policy::limits::Limiter::kAll, context.clock.steady())) {
    if (chosen.size() < max && is_chosen(bucket, request)) chosen.push_back(std::move(bucket));
  }
  return chosen;
}

/// Refuses an option that is not a part of the limit's key: it would silently choose nothing.
bool check_key_options(const Request& request, const policy::LimitSettings& limit, Reply& reply) {
  for (const Argument& option : request.command->options) {
    const bool is_part = std::any_of(limit.key.begin(), limit.key.end(), [&](policy::LimitKeyPart part) {
      return policy::key_part_word(part) == option.name;
    });
    if (!request.has(option.name) || is_part) continue;
    reply.error("invalid", "the key of limit '" + limit.name + "' does not contain " +
                               std::string(option.name) + "; it consists of " +
                               base::join(key_words(limit), ","));
    return false;
  }
  return true;
}

}  // namespace

void limit_list(const Request&, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const auto overrides = context.overrides.get();
  const auto counts = context.limiter.key_counts();
  reply.ok();
  for (const policy::LimitSettings& limit : snapshot->policy.limits)
    show_limit(limit, *overrides, counts, context.clock.wall(), reply);
  reply.end(snapshot->policy.limits.size());
}

void limit_show(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const policy::LimitSettings* limit = named_limit(*snapshot, request.text("NAME"), reply);
  if (limit == nullptr || !check_key_options(request, *limit, reply)) return;
  const auto buckets = chosen_buckets(request, context, kShownBuckets);
  const auto overrides = context.overrides.get();
  const base::Wall now = context.clock.wall();
  reply.ok();
  show_limit(*limit, *overrides, context.limiter.key_counts(), now, reply);
  std::size_t exceptions = 0;
  for (const policy::LimitException& exception : limit->exceptions) {
    if (exceptions == kShownExceptions) break;
    if (!is_chosen(exception, request)) continue;
    show_exception(*limit, exception, reply);
    ++exceptions;
  }
  for (const policy::limits::BucketState& bucket : buckets)
    show_bucket(bucket, in_force(bucket, snapshot->policy, *overrides, now), reply);
  reply.end(exceptions + buckets.size());
}

void limit_set(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const policy::LimitSettings* limit = named_limit(*snapshot, request.text("NAME"), reply);
  if (limit == nullptr) return;
  const auto* rates = request.find<std::vector<policy::Rate>>("rate");
  if (rates == nullptr) return reply.error("usage", "rate is missing");
  policy::limits::LimitOverride set = {*rates, end_of(request, context.clock.wall()), request.caller.name};
  const auto changed = context.override_editor.change(
      [&](policy::limits::Overrides& overrides) { overrides.limits[limit->name] = set; });
  if (!changed) return reply.error(changed.error());
  Fields fields = {
      {"limit", limit->name}, {"rate", rate_value(set.rates)}, {"until", format_until(set.until)}};
  if (!limit->exceptions.empty()) fields.emplace_back("exceptions", limit->exceptions.size());
  fields.emplace_back("undo", "limit reset " + limit->name + " only=rate");
  reply.ok({}, std::move(fields));
}

void limit_reset(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const policy::LimitSettings* limit = named_limit(*snapshot, request.text("NAME"), reply);
  if (limit == nullptr) return;
  std::size_t emptied = 0;
  if (request.has("only")) {
    if (request.text("only") != "rate") return reply.error("usage", "only= must be rate");
    if (request.values.size() > 2)
      return reply.error("usage", "only=rate takes no key: rates are set for all keys");
    const auto changed = context.override_editor.change(
        [&](policy::limits::Overrides& overrides) { overrides.limits.erase(limit->name); });
    if (!changed) return reply.error(changed.error());
    return reply.ok({}, {{"limit", limit->name}, {"rate", rate_value(limit->rates)}, {"emptied", emptied}});
  }
  if (!check_key_options(request, *limit, reply)) return;
  if (chooses_buckets(request)) {
    for (const policy::limits::BucketState& bucket :
         chosen_buckets(request, context, std::numeric_limits<std::size_t>::max())) {
      emptied += context.limiter.reset(limit->name, bucket.key, context.clock.steady());
    }
  } else {
    const auto changed = context.override_editor.change(
        [&](policy::limits::Overrides& overrides) { overrides.limits.erase(limit->name); });
    if (!changed) return reply.error(changed.error());
    emptied = context.limiter.reset(limit->name, "", context.clock.steady());
  }
  reply.ok({}, {{"limit", limit->name}, {"emptied", emptied}});
}

void limit_top(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto* asked = request.find<std::uint64_t>("N");
  const std::uint64_t max = std::min(asked == nullptr ? kTopBuckets : *asked, kMaxTopBuckets);
  const auto buckets = context.limiter.list("", max, context.clock.steady());
  const auto snapshot = context.snapshots.get();
  const auto overrides = context.overrides.get();
  reply.ok();
  for (const policy::limits::BucketState& bucket : buckets)
    show_bucket(bucket, in_force(bucket, snapshot->policy, *overrides, context.clock.wall()), reply);
  reply.end(buckets.size());
}

}  // namespace signpost::daemon::commands
