// What asks the DNS, answering from a map that the test fills; names that are not in it get no answer.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "daemon/upkeep/dkim_watch.h"

namespace signpost::tests {

/// Thread-safe.
class Zone {
 public:
  void publish(const std::string& name, const std::string& text) {
    set(name, {system::TxtAnswer::Kind::found, {text}, {}});
  }
  void take_down(const std::string& name) { set(name, {system::TxtAnswer::Kind::absent, {}, "NXDOMAIN"}); }
  void clear() {
    base::MutexLock lock(mutex_);
    answers_.clear();
  }
  system::TxtAnswer find(const std::string& name) {
    ++asked_;
    base::MutexLock lock(mutex_);
    const auto found = answers_.find(name);
    if (found != answers_.end()) return found->second;
    return {system::TxtAnswer::Kind::failed, {}, "timeout"};
  }
  std::size_t asked() const { return asked_; }

  daemon::upkeep::DkimWatch::MakeLookup lookups() {
    return [this](const std::vector<system::DnsServer>&) -> base::Result<std::unique_ptr<system::TxtLookup>> {
      return std::make_unique<Lookup>(*this);
    };
  }

 private:
  class Lookup final : public system::TxtLookup {
   public:
    explicit Lookup(Zone& zone) : zone_(zone) {}
    std::vector<system::TxtAnswer> look_up(const std::vector<std::string>& names,
                                           std::chrono::milliseconds) override {
      std::vector<system::TxtAnswer> answers;
      for (const std::string& name : names) answers.push_back(zone_.find(name));
      return answers;
    }

   private:
    Zone& zone_;
  };

  void set(const std::string& name, system::TxtAnswer answer) {
    base::MutexLock lock(mutex_);
    answers_[name] = std::move(answer);
  }

  base::Mutex mutex_;
  std::map<std::string, system::TxtAnswer> answers_ GUARDED_BY(mutex_);
  std::atomic<std::size_t> asked_{0};
};

}  // namespace signpost::tests
