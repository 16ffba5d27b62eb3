// What judging asked on its way to a verdict, for people: `explain recipient` and `message run` print it. Mail is judged
// without one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"
#include "policy/suppression.h"

namespace signpost::policy {

/// One question and what was said to it.
struct Step {
  enum class Kind { check, probation, limit };
  Kind kind = Kind::check;
  Stage stage = Stage::rcpt;
  std::string name;      ///< the check's, "probation", or the limit's
  Verdict verdict;       ///< accept: nothing against it
  bool decides = false;  ///< the first one that neither accepts nor observes

  // Of limits only, each by itself:
  std::string key;          ///< the bucket: "login=acme-app"
  std::vector<Rate> rates;  ///< in force for it; empty: no limit
  RatesBy rates_by = RatesBy::configuration;
  std::vector<std::uint64_t> used;                  ///< per rate, reservations included; empty: no use yet
  std::optional<std::chrono::seconds> retry_after;  ///< set if it is full
};

inline Step step_of(Step::Kind kind, Stage stage, std::string name, Verdict verdict, bool decides) {
  Step step;
  step.kind = kind;
  step.stage = stage;
  step.name = std::move(name);
  step.verdict = std::move(verdict);
  step.decides = decides;
  return step;
}

struct Trace {
  /// In the order of judging. Steps after the one that decides show what else would refuse.
  std::vector<Step> steps;
  /// What the list has on the recipient; nullopt if it was not asked (null sender, role egress, an address
  /// that does not parse).
  std::optional<base::Result<std::vector<Listing>>> listings;
};

/// Hears each judging of a session, if a tool wants to tell them (milter/services).
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  /// `recipient` is nullptr for the message as a whole. The references live as long as the call.
  virtual void add(const mail::Recipient* recipient, const Trace& trace) = 0;
};

}  // namespace signpost::policy
