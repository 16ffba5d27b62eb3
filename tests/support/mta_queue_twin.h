// The MTA's hold queue in memory: what was announced and has come there, and what became of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "daemon/upkeep/hold_keeper.h"

namespace signpost::tests {

/// What a test can look at and change, kept apart from the port: that belongs to the HoldKeeper.
struct HoldQueueState {
  std::set<std::string> announced;
  std::set<std::string> gone;   ///< somebody else released or deleted them
  std::set<std::string> stuck;  ///< asked for, they stay
  std::vector<std::string> released, dropped, refused;
  bool is_down = false;
  bool loses_answer = false;  ///< it does what it is asked, and nobody hears of it
};

class MtaQueueTwin final : public daemon::upkeep::MtaQueue {
 public:
  explicit MtaQueueTwin(HoldQueueState& state) : state_(state) {}

  base::Result<void> announce(const std::string& id) override {
    if (state_.is_down) return down();
    state_.announced.insert(id);
    return {};
  }
  base::Result<std::vector<Answer>> release(std::span<const std::string> ids) override {
    return each(ids, state_.released);
  }
  base::Result<std::vector<Answer>> drop(std::span<const std::string> ids) override {
    return each(ids, state_.dropped);
  }
  base::Result<std::vector<Answer>> refuse(std::span<const std::string> ids) override {
    return each(ids, state_.refused);
  }

 private:
  static tl::unexpected<base::Error> down() {
    return base::fail(base::ErrorKind::unavailable, "signpost-release is not running");
  }
  base::Result<std::vector<Answer>> each(std::span<const std::string> ids, std::vector<std::string>& done) {
    if (state_.is_down) return down();
    std::vector<Answer> answers;
    for (const std::string& id : ids) answers.push_back(answer(id, done));
    if (state_.loses_answer) return down();
    return answers;
  }
  Answer answer(const std::string& id, std::vector<std::string>& done) {
    if (!state_.announced.contains(id)) return Answer::not_told;
    if (state_.stuck.contains(id)) return Answer::failed;
    state_.announced.erase(id);
    if (state_.gone.contains(id)) return Answer::gone;
    done.push_back(id);
    return Answer::done;
  }

  HoldQueueState& state_;
};

}  // namespace signpost::tests
