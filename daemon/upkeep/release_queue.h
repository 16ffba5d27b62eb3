// The MTA's hold queue as signpost-release gives access to it.
#pragma once

#include <chrono>
#include <string>

#include "daemon/upkeep/hold_keeper.h"
#include "system/release_channel.h"

namespace signpost::daemon::upkeep {

/// Thread-safe.
class ReleaseQueue final : public MtaQueue {
 public:
  /// The service's socket; it need not be there yet.
  explicit ReleaseQueue(const std::string& socket);

  base::Result<void> announce(const std::string& id) override;
  base::Result<std::vector<Answer>> release(std::span<const std::string> ids) override;
  base::Result<std::vector<Answer>> drop(std::span<const std::string> ids) override;
  base::Result<std::vector<Answer>> refuse(std::span<const std::string> ids) override;

  /// A message waits for the first, at its end; the other is far more than postsuper needs for kBatch messages,
  /// and less than a stop of the daemon may take.
  static constexpr std::chrono::seconds kAnnounces{10};
  static constexpr std::chrono::seconds kReleases{15};

 private:
  const system::ReleaseChannel telling_;
  const system::ReleaseChannel asking_;
};

}  // namespace signpost::daemon::upkeep
