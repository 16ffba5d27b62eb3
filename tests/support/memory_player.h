// Plays dialogues against milter::Session with in-memory twins of everything around it; the configuration is
// read by the same loader as the daemon's.
#pragma once

#include <memory>

#include "milter/session.h"
#include "tests/support/player.h"
#include "tests/support/twins.h"

namespace signpost::tests {

class MemoryPlayer : public Player {
 public:
  /// `directory` holds the keys and takes the configuration files.
  explicit MemoryPlayer(std::string directory) : directory_(std::move(directory)) {}
  base::Result<void> start(const std::string& config) override;
  base::Result<void> suppress(const policy::Listing& listing) override;
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
  base::Result<void> cut() override { return quit(); }
  std::vector<std::string> log_lines() override { return sink_.lines(); }
  bool may_still_log() const override { return false; }

 private:
  base::Result<std::shared_ptr<const milter::Snapshot>> load(const std::string& config) const;

  std::string directory_;
  HandClock clock_;
  RecordingSink sink_;
  MemorySuppressions suppressions_;
  policy::Buckets buckets_;
  milter::Counters counters_;
  milter::OverridesHolder overrides_;
  std::unique_ptr<milter::SnapshotHolder> snapshots_;
  std::unique_ptr<milter::Session> session_;
  bool local_ = false;
  bool id_known_ = false;
  std::string queue_id_;
  unsigned messages_ = 0;
};

}  // namespace signpost::tests
