#include "milter/self_check.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "dkim/record.h"
#include "dkim/verify.h"
#include "milter/transaction.h"

namespace signpost::milter {
namespace {

constexpr std::size_t kMaxWaiting = 64;             ///< messages
constexpr std::size_t kMaxWaitingBytes = 16 << 20;  ///< of their bodies

/// The records of our own keys, as they should be published.
dkim::RecordLookup records_of(const std::vector<dkim::SigningKey>& keys) {
  return [&keys](const std::string& name) -> base::Result<std::string> {
    for (const dkim::SigningKey& key : keys) {
      if (name == key.selector + "._domainkey." + key.domain) return dkim::format_record(*key.key);
    }
    return base::fail(base::ErrorKind::not_found, "not a key of this message");
  };
}

}  // namespace

std::string problem_of(CheckJob job, base::Wall now) {
  for (const mail::Edit& edit : job.edits) {
    if (std::holds_alternative<mail::Splice>(edit)) continue;  // in the new body already
    if (!mail::apply_edit(job.message.fields, edit)) return "edit";
  }
  if (job.new_body) job.message.body = std::move(*job.new_body);
  // Ours are on top; what stands below came with the message.
  const auto verified = dkim::verify(job.message, records_of(job.keys), now, job.signatures);
  if (verified.size() != job.signatures) return "edit";
  for (const dkim::Verified& one : verified) {
    if (!one.problem.empty()) return one.problem;
  }
  return {};
}

void SelfCheck::start() {
  worker_.start([this] { return check_next(); });
}

void SelfCheck::stop() {
  worker_.stop();
}

void SelfCheck::offer(CheckJob job) {
  {
    base::MutexLock lock(mutex_);
    if (waiting_.size() >= kMaxWaiting || waiting_bytes_ + job.size() > kMaxWaitingBytes) {
      ++counters_.self_check_dropped;
      return;
    }
    waiting_bytes_ += job.size();
    waiting_.push_back(std::move(job));
  }
  worker_.wake();
}

std::chrono::nanoseconds SelfCheck::check_next() {
  CheckJob job;
  {
    base::MutexLock lock(mutex_);
    if (waiting_.empty()) return base::Worker::kUntilWoken;
    job = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= job.size();
  }
  check(std::move(job));
  return std::chrono::nanoseconds{0};
}

void SelfCheck::check(CheckJob job) {
  policy::Event alarm;
  alarm.at = clock_.wall();
  alarm.add("id", job.id);
  alarm.add("qid", job.queue_id);
  alarm.add("stage", "alarm");
  alarm.add("action", "accept");
  alarm.add("reason", policy::why_word(policy::Why::self_check));
  const std::string problem = problem_of(std::move(job), clock_.wall());
  ++counters_.self_checked;
  if (problem.empty()) return;
  ++counters_.self_check_failed;
  alarm.add("rule", problem);
  events_.write(alarm);
}

void choose_sample(Transaction& transaction, const Services& services) {
  if (!services.self_check || transaction.plan.selection.keys.empty() || transaction.observing()) return;
  transaction.self_check = services.self_check->is_due(transaction.snapshot->milter.self_check_every);
}

void offer_sample(Transaction& transaction, const Services& services) {
  if (!transaction.handed_over || transaction.tally.signatures.empty()) return;
  if (!transaction.body.collected()) {  // it was too large to be kept
    ++services.counters.self_check_dropped;
    return;
  }
  CheckJob job;
  job.id = transaction.envelope.id;
  job.queue_id = transaction.envelope.queue_id;
  job.message.fields = std::move(transaction.header).take();
  job.message.body = std::string(transaction.body.bytes());
  job.edits = std::move(transaction.handed_over->edits);
  if (transaction.handed_over->body) job.new_body = transaction.handed_over->body->copy();
  job.keys = transaction.plan.selection.keys;
  job.signatures = transaction.tally.signatures.size();
  services.self_check->offer(std::move(job));
}

}  // namespace signpost::milter
