// Plays dialogues against the built daemon: the test MTA on its milter socket, listings through
// its control socket.
#pragma once

#include <optional>

#include "tests/support/daemon.h"
#include "tests/support/mta.h"
#include "tests/support/player.h"

namespace signpost::tests {

class DaemonPlayer : public Player {
 public:
  explicit DaemonPlayer(std::string directory) : directory_(std::move(directory)) {}
  base::Result<void> start(const std::string& config) override;
  base::Result<std::vector<std::string>> control(const std::string& command) override {
    return daemon_.control(command);
  }
  base::Result<void> break_store() override;
  base::Result<void> tick(std::chrono::milliseconds by) override;
  base::Result<std::string> reload(const std::string& config) override;
  base::Result<void> connect(const Caller& caller) override;
  base::Result<void> mail(const std::string& sender, const std::vector<std::string>& parameters,
                          const std::string& login) override;
  base::Result<std::string> rcpt(const std::string& recipient) override;
  base::Result<Sent> send(const mail::Message& message) override;
  base::Result<void> abort() override;
  base::Result<void> quit() override;
  base::Result<void> cut() override;
  std::vector<std::string> log_lines() override { return daemon_.log_lines(); }
  bool may_still_log() const override { return true; }
  Daemon& daemon() { return daemon_; }

 private:
  std::string directory_;
  Daemon daemon_;
  std::optional<Mta> mta_;
};

}  // namespace signpost::tests
