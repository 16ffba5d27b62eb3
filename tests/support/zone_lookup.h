// What asks the DNS, answering from a map that the test fills; names that are not in it get no answer.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "daemon/upkeep/dkim_watch.h"

namespace signpost::tests {

/// Thread-safe.
class Zone {
 public:
  /// A TXT record.
  void publish(const std::string& name, const std::string& text) {
    system::DnsAnswer answer;
    answer.kind = system::DnsAnswer::Kind::found;
    answer.texts = {text};
    set({name, system::DnsType::txt}, std::move(answer));
  }
  /// No TXT record from now on.
  void take_down(const std::string& name) {
    system::DnsAnswer answer;
    answer.kind = system::DnsAnswer::Kind::absent;
    answer.why = "NXDOMAIN";
    set({name, system::DnsType::txt}, std::move(answer));
  }
  /// Any answer to any question.
  void set(const system::DnsQuestion& question, system::DnsAnswer answer) {
    base::MutexLock lock(mutex_);
    answers_[{question.name, question.type}] = std::move(answer);
  }
  void clear() {
    base::MutexLock lock(mutex_);
    answers_.clear();
  }
  system::DnsAnswer find(const system::DnsQuestion& question) {
    ++asked_;
    base::MutexLock lock(mutex_);
    const auto found = answers_.find({question.name, question.type});
    if (found != answers_.end()) return found->second;
    system::DnsAnswer silence;
    silence.why = "timeout";
    return silence;
  }
  std::size_t asked() const { return asked_; }

  daemon::upkeep::DkimWatch::MakeLookup lookups() {
    return [this](const std::vector<system::DnsServer>&) -> base::Result<std::unique_ptr<system::DnsLookup>> {
      return std::make_unique<Lookup>(*this);
    };
  }

 private:
  class Lookup final : public system::DnsLookup {
   public:
    explicit Lookup(Zone& zone) : zone_(zone) {}
    std::vector<system::DnsAnswer> look_up(const std::vector<system::DnsQuestion>& questions,
                                           std::chrono::milliseconds) override {
      std::vector<system::DnsAnswer> answers;
      for (const system::DnsQuestion& question : questions) answers.push_back(zone_.find(question));
      return answers;
    }

   private:
    Zone& zone_;
  };

  base::Mutex mutex_;
  std::map<std::pair<std::string, system::DnsType>, system::DnsAnswer> answers_ GUARDED_BY(mutex_);
  std::atomic<std::size_t> asked_{0};
};

}  // namespace signpost::tests
