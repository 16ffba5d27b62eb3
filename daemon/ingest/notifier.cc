// All notices that wait for one address go into one message: in quiet times each gets its own, and a flood makes only a
// few messages.
#include "daemon/ingest/notifier.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/encoding.h"
#include "mail/field/date.h"
#include "policy/fields.h"

namespace signpost::daemon::ingest {

namespace {

/// The same for the same notices, so that a message handed over twice shows as one.
std::string id_of(const std::vector<UnsubscribeNotice>& notices) {
  base::Sha256 hash;
  for (const UnsubscribeNotice& notice : notices) {
    for (const std::string* text : {&notice.tenant, &notice.stream, &notice.note, &notice.recipient})
      hash.update(*text + '\n');
    hash.update(base::format_time(notice.at) + '\n');
  }
  const std::string& to = notices.front().to;
  return base::encode_hex(base::as_bytes(hash.finish()).substr(0, 16)) +
         to.substr(std::min(to.rfind('@'), to.size()));
}

}  // namespace

std::string format_notices(const std::vector<UnsubscribeNotice>& notices) {
  const UnsubscribeNotice& first = notices.front();
  std::string text = "From: Signpost <" + first.to + ">\nTo: <" + first.to + ">\nSubject: ";
  text += notices.size() == 1 ? "An unsubscribe" : std::to_string(notices.size()) + " unsubscribes";
  text += "\nDate: " + mail::format_date(notices.back().at) + "\nMessage-ID: <" + id_of(notices) + ">";
  text +=
      "\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"  // RFC 3834 §5
      "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
      "These recipients are now on the suppression list and get no more mail of that stream:\n\n";
  for (const UnsubscribeNotice& notice : notices) {
    policy::Fields fields = {{"time", base::format_time(notice.at)},
                             {"tenant", notice.tenant},
                             {"stream", notice.stream},
                             {"note", notice.note}};
    if (!notice.recipient.empty()) fields.emplace_back("recipient", notice.recipient);
    text += policy::format_fields(fields) + "\n";
  }
  return text;
}

void Notifier::start() {
  worker_.start([this] { return send_some(); });
}

void Notifier::stop() {
  worker_.stop();
}

void Notifier::offer(UnsubscribeNotice notice) {
  bool fills = false;
  {
    base::MutexLock lock(mutex_);
    const bool was_full = std::exchange(full_, waiting_.size() >= kMaxWaiting);
    fills = full_ && !was_full;
    if (!full_) waiting_.push_back({std::move(notice), 0});
  }
  if (fills) log_.error("unsubscribe.notify: too many notices are waiting; further ones are dropped");
  worker_.wake();
}

std::vector<Notifier::Waiting> Notifier::next() {
  std::vector<Waiting> batch;
  if (waiting_.empty()) return batch;
  const std::string to = waiting_.front().notice.to;
  std::deque<Waiting> others;
  for (Waiting& one : waiting_) {
    const bool fits = one.notice.to == to && batch.size() < kMaxInOne;
    if (fits) {
      batch.push_back(std::move(one));
    } else {
      others.push_back(std::move(one));
    }
  }
  waiting_.swap(others);
  return batch;
}

std::chrono::nanoseconds Notifier::send_some() {
  std::vector<Waiting> batch;
  {
    base::MutexLock lock(mutex_);
    batch = next();
  }
  if (batch.empty()) return base::Worker::kUntilWoken;
  std::vector<UnsubscribeNotice> notices;
  notices.reserve(batch.size());
  for (const Waiting& one : batch) notices.push_back(one.notice);
  const auto sent = send_(notices.front().to, format_notices(notices));
  if (!sent) give_back(std::move(batch), sent.error());
  return std::chrono::nanoseconds{0};  // others may wait
}

/// Behind the others, so that one address that cannot be reached does not hold them up.
void Notifier::give_back(std::vector<Waiting> failed, const base::Error& error) {
  const std::size_t before = failed.size();
  std::erase_if(failed, [](Waiting& one) { return ++one.tries >= kTries; });
  log_.error("unsubscribe.notify: " + error.text + "; " +
             (failed.empty() ? "given up: " : "will be tried again: ") + std::to_string(before) + " notices");
  {
    base::MutexLock lock(mutex_);
    for (Waiting& one : failed) waiting_.push_back(std::move(one));
  }
  worker_.pause(pause_);
}

}  // namespace signpost::daemon::ingest
