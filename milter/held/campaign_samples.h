// The first message of each campaign whose links were rewritten, as it was sent: handed over at the end of
// the message to the keeper of its layout. Decides nothing about it; nothing is written per message.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "mail/message.h"

namespace signpost::milter {

struct CampaignSample {
  std::uint32_t tenant = 0;  ///< policy::tenant_id
  std::string campaign;
  std::string recipient;  ///< canonical; empty if there are several
  std::vector<mail::Field> fields;
  std::string body;
};

/// Thread-safe; never waits.
class CampaignSamples {
 public:
  static constexpr std::size_t kMaxWaiting = 16;
  static constexpr std::size_t kMaxWaitingBytes = 16u << 20;  ///< of their bodies
  static constexpr std::size_t kMaxBody = 4u << 20;           ///< of one of them, bytes
  static constexpr std::size_t kMaxKnown = 20000;             ///< campaigns; above that all are forgotten

  /// False for a campaign without a name, one that has been offered, a body that is too large, and while
  /// too many are waiting.
  bool needs(std::uint32_t tenant, const std::string& campaign, std::size_t body_bytes) const;
  /// Takes a sample. A second one of the same campaign is dropped, and so is one that is no longer needed.
  void offer(CampaignSample sample);
  /// The next waiting sample; nullopt if there is none.
  std::optional<CampaignSample> take();
  /// The sample could not be stored: the campaign's next message is needed.
  void forget(std::uint32_t tenant, const std::string& campaign);

 private:
  bool needs_locked(std::uint32_t tenant, const std::string& campaign, std::size_t body_bytes) const
      REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  std::set<std::pair<std::uint32_t, std::string>> known_ GUARDED_BY(mutex_);
  std::deque<CampaignSample> waiting_ GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace signpost::milter
