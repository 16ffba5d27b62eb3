#include "policy/judging.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/limits/limits.h"

namespace signpost::policy {
namespace {

/// One way through the steps. The first verdict that neither accepts nor observes ends it, or, where others
/// are asked for the trace, at least decides it.
class Walk {
 public:
  Walk(const Ports& ports, Trace* trace) : ports_(ports), trace_(trace) {}

  bool over() const { return decided_ && (trace_ == nullptr || !asks()); }
  bool accepts() const { return !decided_; }
  Judged take() && {
    if (decided_) judged_.held.clear();
    if (judged_.held.empty()) judged_.hold = {};
    return std::move(judged_);
  }
  void note_tracking(bool refused) { judged_.no_tracking = refused; }

  void hear(Part part, Verdict verdict) {
    if (decided_ || verdict.action == Action::accept) return;
    if (verdict.action == Action::hold) {
      if (judged_.hold.action == Action::accept) judged_.hold = std::move(verdict);
      return;
    }
    if (verdict.action == Action::observe) {
      judged_.observed.push_back(std::move(verdict));
      return;
    }
    decided_ = true;
    judged_.decided_by = part;
    judged_.verdict = std::move(verdict);
  }

  void ask_checks(Stage stage, const Facts& facts) {
    const std::size_t before = trace_ == nullptr ? 0 : trace_->steps.size();
    Judgement judgement = judge(stage, facts, trace_);
    if (decided_ && trace_ != nullptr) {
      for (std::size_t i = before; i < trace_->steps.size(); ++i) trace_->steps[i].decides = false;
    }
    for (Verdict& verdict : judgement.observed) hear(Part::check, std::move(verdict));
    hear(Part::check, std::move(judgement.verdict));
  }

  /// Asks for the one trial that ended listings allow; `due` must not be empty.
  void ask_probation(const Facts& facts, std::vector<Listing> due) {
    base::Result<bool> begun = true;
    if (!asks()) begun = ports_.probation->begin(due, facts.now);
    Verdict verdict = probation_verdict(facts, due.front(), begun);
    if (trace_ != nullptr) {
      trace_->steps.push_back(
          step_of(Step::Kind::probation, Stage::rcpt, "probation", verdict, decides(verdict)));
    }
    if (begun && *begun) judged_.trial = std::move(due);
    hear(Part::probation, std::move(verdict));
  }

  /// All charges together, or none; those of full limits that hold are left for later.
  void ask_limits(Stage stage, std::vector<limits::Charge> charges) {
    if (charges.empty()) return;
    if (trace_ != nullptr) trace_limits(stage, charges);
    leave_out(charges, [this](const limits::Charge& charge) {
      return charge.limit->action == LimitAction::hold && ports_.holds != nullptr &&
             ports_.holds->waits(charge.limit->name, charge.key);
    });
    // Each turn leaves a limit out or ends.
    for (;;) {
      auto reserved = reserve(charges);
      if (reserved) {
        judged_.reservation = reserved->id;
        for (const limits::LimitHit& hit : reserved->observed) hear(Part::limit, limits::verdict_of(hit));
        return;
      }
      if (reserved.error().action != LimitAction::hold || ports_.holds == nullptr)
        return hear(Part::limit, verdict_of(reserved.error()));
      leave_out(charges,
                [&](const limits::Charge& charge) { return charge.limit->name == reserved.error().limit; });
    }
  }

 private:
  bool asks() const { return ports_.mode == Ports::Mode::ask; }
  bool decides(const Verdict& verdict) const {
    return !decided_ && verdict.action != Action::accept && verdict.action != Action::observe;
  }

  tl::expected<limits::Reserved, limits::LimitHit> reserve(const std::vector<limits::Charge>& charges) {
    if (!asks()) return ports_.limiter.reserve(charges, ports_.steady);
    return ports_.limiter.judge(charges, ports_.steady).map([](std::vector<limits::LimitHit> observed) {
      return limits::Reserved{0, std::move(observed)};
    });
  }

  Verdict verdict_of(limits::LimitHit hit) const {
    if (hit.action == LimitAction::hold && ports_.holds == nullptr) hit.action = LimitAction::defer;
    return limits::verdict_of(hit);
  }

  template <class Which>
  void leave_out(std::vector<limits::Charge>& charges, const Which& which) {
    std::erase_if(charges, [&](const limits::Charge& charge) {
      if (!which(charge)) return false;
      judged_.held.push_back({charge.limit->name, charge.key, charge.amount});
      hear(Part::limit, {Action::hold, Why::limit, charge.limit->name, {}});
      return true;
    });
  }

  /// Each limit by itself.
  void trace_limits(Stage stage, const std::vector<limits::Charge>& charges) {
    bool decided = decided_;
    for (const limits::Charge& charge : charges) {
      Step step = step_of(Step::Kind::limit, stage, charge.limit->name, {}, false);
      step.key = charge.key;
      step.rates = charge.limit->rates;
      step.rates_by = charge.by;
      step.used = ports_.limiter.used(charge, ports_.steady);
      const auto judged = ports_.limiter.judge({charge}, ports_.steady);
      const limits::LimitHit* hit = nullptr;
      if (!judged) hit = &judged.error();
      if (judged && !judged->empty()) hit = &judged->front();
      if (hit != nullptr) {
        step.verdict = verdict_of(*hit);
        step.retry_after = hit->retry_after;
      }
      step.decides = !decided && !judged;
      decided = decided || !judged;
      trace_->steps.push_back(std::move(step));
    }
  }

  const Ports& ports_;
  Trace* const trace_;
  bool decided_ = false;
  Judged judged_;
};

using Looked = base::Result<SuppressionAnswer>;

/// What the list says of one reading of the recipient's address. Its listings are added to the trace.
Looked look_up(const Facts& facts, const mail::Address& address, const Suppressions& suppressions,
               Trace* trace) {
  auto listings = suppressions.find(address);
  Looked answer =
      listings.map([&](const std::vector<Listing>& found) { return decide_listings(facts, found); });
  if (trace == nullptr) return answer;
  if (!trace->listings || !listings) {
    trace->listings = std::move(listings);
  } else if (*trace->listings) {
    for (Listing& listing : *listings) {
      std::vector<Listing>& all = **trace->listings;
      if (std::find(all.begin(), all.end(), listing) == all.end()) all.push_back(std::move(listing));
    }
  }
  return answer;
}

/// The stricter of two answers about one recipient, with what both say besides.
SuppressionAnswer stricter(SuppressionAnswer first, SuppressionAnswer second) {
  const bool no_tracking = first.no_tracking || second.no_tracking;
  const bool trap = first.trap || second.trap;
  if (!first.blocked && !second.blocked)
    first.due.insert(first.due.end(), second.due.begin(), second.due.end());
  SuppressionAnswer& one = !first.blocked && second.blocked ? second : first;
  one.no_tracking = no_tracking;
  one.trap = trap;
  return std::move(one);
}

/// What the list says of the recipient, whichever way the MTA may read the address; nullopt if it has no say.
std::optional<Looked> look_up(const Facts& facts, const Suppressions& suppressions, Trace* trace) {
  if (!is_listable(facts)) return std::nullopt;
  Looked answer = look_up(facts, *facts.recipient->address, suppressions, trace);
  for (const mail::Address& other : facts.recipient->also) {
    if (!answer) break;
    Looked more = look_up(facts, other, suppressions, trace);
    if (more) {
      answer = stricter(std::move(*answer), std::move(*more));
    } else if (!answer->blocked) {
      answer = std::move(more);
    }
  }
  return answer;
}

}  // namespace

Judged judge_recipient(const Verdict& sender, Facts facts, const Ports& ports,
                       std::vector<std::string>& messages_charged, Trace* trace) {
  Walk walk(ports, trace);
  if (sender.action != Action::accept) walk.hear(Part::given, sender);
  if (walk.over()) return std::move(walk).take();

  auto listed = look_up(facts, ports.suppressions, trace);
  if (listed) {
    facts.listed = &*listed;
    walk.note_tracking(!*listed || (*listed)->no_tracking);
  }
  walk.ask_checks(Stage::rcpt, facts);
  if (walk.over()) return std::move(walk).take();

  if (ports.probation != nullptr && listed && *listed && !(*listed)->due.empty()) {
    walk.ask_probation(facts, std::move((*listed)->due));
    if (walk.over()) return std::move(walk).take();
  }

  const std::size_t charged = messages_charged.size();
  walk.ask_limits(Stage::rcpt, limits::charges_for_recipient(facts, messages_charged));
  if (!walk.accepts()) messages_charged.resize(charged);
  return std::move(walk).take();
}

Judged judge_message(const Verdict& signing, const Facts& facts, std::uint64_t bytes, const Ports& ports,
                     Trace* trace) {
  Walk walk(ports, trace);
  walk.ask_checks(Stage::message, facts);
  if (walk.over()) return std::move(walk).take();
  if (signing.action != Action::accept) walk.hear(Part::given, signing);
  if (walk.over()) return std::move(walk).take();
  walk.ask_limits(Stage::message, limits::charges_for_bytes(facts, bytes));
  return std::move(walk).take();
}

}  // namespace signpost::policy
