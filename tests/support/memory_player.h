// Plays dialogues against milter::Session in this process, with a clock moved by hand, a log in memory and a
// store of its own; configuration and control commands are read by the daemon's own code.
#pragma once

#include <memory>

#include "base/keyring.h"
#include "config/load.h"
#include "mail/identity_seal.h"
#include "milter/passed_before.h"
#include "milter/session.h"
#include "policy/limits/buckets.h"
#include "store/store.h"
#include "system/files.h"
#include "tests/support/player.h"
#include "tests/support/twins.h"

namespace signpost::tests {

/// Another list, until it is told to fail as when the disk is gone.
class BreakableSuppressions : public policy::Suppressions {
 public:
  explicit BreakableSuppressions(const policy::Suppressions& list) : list_(list) {}
  void break_down() { broken_ = true; }
  base::Result<std::vector<policy::Listing>> find(const mail::Address& address) const override {
    if (broken_) return base::fail(base::ErrorKind::unavailable, "the list cannot be read");
    return list_.find(address);
  }

 private:
  const policy::Suppressions& list_;
  bool broken_ = false;
};

class MemoryPlayer : public Player {
 public:
  /// `directory` holds the keys and takes the configuration files and the store.
  explicit MemoryPlayer(std::string directory) : directory_(std::move(directory)) {}
  base::Result<void> start(const std::string& config) override;
  base::Result<std::vector<std::string>> control(const std::string& command) override;
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
  base::Result<config::LoadedConfig> load(const std::string& config) const;
  /// As the daemon does at start and reload.
  void keep_limits(const policy::Settings& settings);

  std::string directory_;
  system::SystemFiles files_;
  HandClock clock_;
  RecordingSink sink_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<BreakableSuppressions> suppressions_;
  policy::limits::Buckets buckets_;
  milter::Counters counters_;
  milter::PassedBefore passed_before_;
  /// In place of the ring that the daemon makes.
  std::shared_ptr<const mail::IdentitySealer> sealer_ = std::make_shared<const mail::IdentitySealer>(
      *mail::IdentitySealer::create(*base::rotate({}, std::string(32, 'k'))));
  milter::OverridesHolder overrides_;
  std::unique_ptr<milter::SnapshotHolder> snapshots_;
  std::unique_ptr<milter::Session> session_;
  bool local_ = false;
  bool id_known_ = false;
  std::string queue_id_;
  unsigned messages_ = 0;
};

}  // namespace signpost::tests
