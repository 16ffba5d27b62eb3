#include "release/runner.h"

#include <iterator>
#include <utility>

namespace signpost::release {
namespace {

constexpr std::chrono::seconds kBetweenHurries{5};

const char* past_word(Verb verb) {
  if (verb == Verb::drop) return "dropped";
  return verb == Verb::refuse ? "refused" : "released";
}

}  // namespace

Runner::Runner(std::function<void()> ring, system::DaemonLog& log) : ring_(std::move(ring)), log_(log) {
  worker_.start([this] { return turn(); }, base::Worker::kUntilWoken);
}

void Runner::add(std::vector<Task> tasks) {
  if (tasks.empty()) return;
  {
    const base::MutexLock lock(mutex_);
    std::move(tasks.begin(), tasks.end(), std::back_inserter(waiting_));
  }
  worker_.wake();
}

std::vector<Runner::Outcome> Runner::take() {
  const base::MutexLock lock(mutex_);
  return std::exchange(done_, {});
}

std::chrono::nanoseconds Runner::turn() {
  std::vector<Task> batch = next_batch();
  if (batch.empty()) return base::Worker::kUntilWoken;
  if (batch.front().job.verb != Verb::drop) moved_.insert(batch.front().job.queue);
  std::vector<Outcome> outcomes = run(std::move(batch));
  bool is_last = false;
  {
    const base::MutexLock lock(mutex_);
    std::move(outcomes.begin(), outcomes.end(), std::back_inserter(done_));
    is_last = waiting_.empty();
  }
  ring_();
  if (is_last || std::chrono::steady_clock::now() - hurried_ >= kBetweenHurries) hurry();
  return std::chrono::nanoseconds(0);
}

/// Once for many batches: the MTA reads its whole queue each time.
void Runner::hurry() {
  for (const HeldQueue* queue : std::exchange(moved_, {}))
    if (auto asked = queue->hurry(); !asked) log_.warning(asked.error().text);
  hurried_ = std::chrono::steady_clock::now();
}

std::vector<Runner::Task> Runner::next_batch() {
  const base::MutexLock lock(mutex_);
  std::vector<Task> batch;
  while (!waiting_.empty()) {
    const Job& job = waiting_.front().job;
    const bool fits =
        batch.empty() || (job.verb == batch.front().job.verb && job.queue == batch.front().job.queue &&
                          batch.size() < job.queue->batch());
    if (!fits) break;
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch;
}

std::vector<Runner::Outcome> Runner::run(std::vector<Task> batch) {
  const HeldQueue& queue = *batch.front().job.queue;
  const Verb verb = batch.front().job.verb;
  std::vector<Outcome> outcomes;
  std::vector<std::string> ids;
  for (Task& task : batch) {
    const auto sight = queue.look(task.job.id);
    Reply reply;  // done, unless something else turns out
    if (!sight)
      reply = {Answer::unavailable, sight.error().text};
    else if (!is_still_held(task.job, *sight))
      reply = {Answer::gone, ""};
    else
      ids.push_back(task.job.id);
    outcomes.push_back({std::move(task), std::move(reply)});
  }
  if (ids.empty()) return outcomes;

  const auto acted = queue.act(verb, ids);
  std::size_t left = 0;
  for (Outcome& outcome : outcomes) {
    if (outcome.reply.answer != Answer::done) continue;
    const auto sight = queue.look(outcome.task.job.id);
    // In any state of it: postsuper -f changes the file before it moves it.
    const bool is_out = sight && (sight->place != Sight::Place::held || sight->mark != outcome.task.job.mark);
    if (is_out) continue;
    ++left;
    outcome.reply = {Answer::unavailable, !sight   ? sight.error().text
                                          : !acted ? acted.error().text
                                                   : "the MTA left it in the hold queue"};
  }
  if (!acted) log_.error(acted.error().text);
  log_.info(std::string(past_word(verb)) + " " + std::to_string(ids.size() - left) + " of " +
            std::to_string(ids.size()) + " messages");
  return outcomes;
}

}  // namespace signpost::release
