// Which limits a recipient or a message charges, with which rates, and what a full one answers. How full they
// are is policy/limits/buckets; where limits are not judged (role submit) there are no charges.
#include "policy/limits/limits.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "policy/limits/exceptions.h"
#include "policy/limits/key.h"
#include "policy/limits/selector.h"

namespace signpost::policy::limits {

namespace {

bool limits_apply(const Facts& facts) {
  const bool was_charged =
      facts.charged_before || (facts.recipient != nullptr && facts.recipient->charged_before);
  return !was_charged && facts.envelope.role != mail::Role::submit;
}

bool covers_mail(const LimitSettings& limit, const Facts& facts) {
  if (limit.selector) return limit.selector->covers(facts.tenant, facts.envelope);
  return Selector(limit.when).covers(facts.tenant, facts.envelope);
}

const LimitSettings* exception_for(const LimitSettings& limit, const Key& key) {
  return limit.exception_index ? limit.exception_index->find(key) : nullptr;
}

/// nullopt if the limit does not apply to the mail.
std::optional<Charge> make_charge(const LimitSettings& limit, const Facts& facts, std::uint64_t amount) {
  if (!covers_mail(limit, facts)) return std::nullopt;
  const auto key = key_of(limit, facts);
  if (!key) return std::nullopt;
  Charge charge;
  charge.limit = &limit;
  charge.key = format_key(limit, *key);
  charge.amount = amount;
  if (const LimitSettings* exception = exception_for(limit, *key)) {
    charge.limit = exception;
    charge.by = RatesBy::exception;
  } else if (const std::vector<Rate>* rates = facts.overrides.rates(limit.name, facts.now)) {
    auto changed = std::make_shared<LimitSettings>(limit);
    changed->rates = *rates;
    charge.changed = std::move(changed);
    charge.limit = charge.changed.get();
    charge.by = RatesBy::operator_;
  }
  return charge;
}

/// One charge, or more where the MTA may read the recipient's address in several ways with keys of their own: which of
/// them it will be is not known, and none may be a way around a limit.
std::vector<Charge> charges_of_readings(const LimitSettings& limit, const Facts& facts) {
  std::vector<Charge> charges;
  const auto add = [&](const Facts& of_reading) {
    auto charge = make_charge(limit, of_reading, 1);
    const bool is_new = charge && std::none_of(charges.begin(), charges.end(),
                                               [&](const Charge& other) { return other.key == charge->key; });
    if (is_new) charges.push_back(std::move(*charge));
  };
  add(facts);
  if (facts.recipient == nullptr) return charges;
  for (const mail::Address& other : facts.recipient->also) {
    mail::Recipient reading;
    reading.address = other;
    Facts of_reading = facts;
    of_reading.recipient = &reading;
    add(of_reading);
  }
  return charges;
}

/// True the first time; remembers.
bool first_with_key(const Charge& charge, std::vector<std::string>& charged) {
  std::string mark = charge.limit->name + "\n" + charge.key;
  if (std::find(charged.begin(), charged.end(), mark) != charged.end()) return false;
  charged.push_back(std::move(mark));
  return true;
}

}  // namespace

std::vector<Charge> charges_for_recipient(const Facts& facts, std::vector<std::string>& messages_charged) {
  std::vector<Charge> charges;
  if (!limits_apply(facts)) return charges;
  if (facts.envelope.is_report()) {
    if (!facts.settings.report_limit.rates.empty())
      charges.push_back(*make_charge(facts.settings.report_limit, facts, 1));
    return charges;
  }
  for (const LimitSettings& limit : facts.settings.limits) {
    if (limit.weight == Weight::bytes) continue;
    for (Charge& charge : charges_of_readings(limit, facts)) {
      if (limit.weight == Weight::messages && !first_with_key(charge, messages_charged)) continue;
      charges.push_back(std::move(charge));
    }
  }
  return charges;
}

std::vector<Charge> charges_for_bytes(const Facts& facts, std::uint64_t bytes) {
  std::vector<Charge> charges;
  if (!limits_apply(facts) || facts.envelope.is_report()) return charges;
  for (const LimitSettings& limit : facts.settings.limits) {
    if (limit.weight != Weight::bytes) continue;
    if (auto charge = make_charge(limit, facts, bytes)) charges.push_back(std::move(*charge));
  }
  return charges;
}

const Charge* never_fits(std::vector<Charge>& charges) {
  for (std::size_t i = 0; i < charges.size(); ++i) {
    for (std::size_t j = i + 1; j < charges.size(); ++j) {
      if (charges[j].limit->name != charges[i].limit->name || charges[j].key != charges[i].key) continue;
      charges[i].amount += charges[j].amount;
      charges[j].amount = 0;
    }
  }
  // Rates that an operator set, 0 among them, are his word that mail waits.
  const auto capacity = [](const LimitSettings& limit) {
    std::uint64_t least = limit.burst ? std::max<std::uint64_t>(*limit.burst, 1) : UINT64_MAX;
    for (const Rate& rate : limit.rates)
      if (!limit.burst && rate.count > 0) least = std::min(least, rate.count);
    return least;
  };
  const Charge* paced = nullptr;
  for (const Charge& charge : charges) {
    if (charge.limit->action != LimitAction::defer || charge.by == RatesBy::operator_) continue;
    if (charge.amount <= capacity(*charge.limit)) continue;
    if (!charge.limit->burst) return &charge;
    if (paced == nullptr) paced = &charge;
  }
  return paced;
}

Verdict verdict_of_never(const Charge& charge) {
  return {
      Action::refuse,
      Why::limit,
      charge.limit->name,
      {550, "5.7.1", "Limit " + charge.limit->name + " never lets so many recipients of one message pass"}};
}

Verdict verdict_of(const LimitHit& hit) {
  const std::string reached = "Limit " + hit.limit + " reached";
  switch (hit.action) {
    case LimitAction::observe:
      return {Action::observe, Why::limit, hit.limit, {}};
    case LimitAction::hold:
      return {Action::hold, Why::limit, hit.limit, {}};
    case LimitAction::refuse:
      return {Action::refuse, Why::limit, hit.limit, {550, "5.7.1", reached}};
    case LimitAction::defer:
      break;
  }
  const std::string wait = std::to_string(hit.retry_after.count());
  return {Action::defer, Why::limit, hit.limit, {451, "4.7.1", reached + ", retry in " + wait + " s"}};
}

}  // namespace signpost::policy::limits
