// What a hit from the web program's spool causes in the daemon: counters, a listing, a line in the policy log.
// Opens the token again and trusts nothing else. daemon/ingest/effects stores it; track/kept knows what a mode
// may keep.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "daemon/ingest/bursts.h"
#include "daemon/ingest/effects.h"
#include "daemon/ingest/tracking_opt_outs.h"
#include "policy/settings.h"
#include "track/hit.h"
#include "track/kept.h"
#include "track/token.h"

namespace signpost::daemon::ingest {

/// Campaigns of fewer recipients are counted together in the mode `anonymous`: a count would point at a person.
inline constexpr std::uint64_t kFewRecipients = 10;
/// The name they are counted under.
inline constexpr std::string_view kPooledCampaign = "(under ten recipients)";

/// For one pass over the spool, one thread.
class HitEffects {
 public:
  /// How many recipients a campaign of a tenant reached.
  struct Reached {
    std::uint64_t all = 0;
    std::uint64_t fewest = 0;  ///< in the stream of the campaign that reached the fewest
  };
  /// Errors end the pass.
  using Recipients = std::function<base::Result<Reached>(std::uint32_t tenant, const std::string& campaign)>;

  /// The name of a tenant that is no longer configured; empty: unknown. Errors end the pass.
  using FormerTenant = std::function<base::Result<std::string>(std::uint32_t tenant)>;

  /// The arguments must outlive it. A time in the spool that is later than `now` counts as `now`.
  HitEffects(const track::Sealer& sealer, const policy::Settings& settings, Refusals& refusals,
             Bursts& bursts, Recipients recipients, FormerTenant former_tenant, base::Wall now);

  /// Adds what the hit causes. An error (the store cannot be read) adds nothing: the whole batch must be taken
  /// again later, and the bursts be cleared before.
  base::Result<void> take(const track::Hit& spooled, Effects& effects);

 private:
  struct Tenant {
    const policy::Tenant* settings = nullptr;
    /// By track::stream_code; empty where two have the same. Made when first needed.
    std::optional<std::map<std::uint8_t, std::string>> streams = {};
  };
  /// What a hit is counted as.
  struct CountedAs {
    std::string campaign;
    bool pooled = false;
    bool by_stream = true;
  };
  base::Result<CountedAs> counted_under(const track::Token& token);
  std::string stream_of(const track::Token& token);
  void count(const track::Hit& hit, const CountedHit& counted, store::Changes& changes) const;
  std::size_t grade_again(track::Hit& hit, const track::Kept& kept, CountedHit& counted,
                          store::Changes& changes);
  void change_list(const track::Hit& hit, const track::Token& token, const std::string& tenant,
                   store::Changes& changes);

  const track::Sealer& sealer_;
  Refusals& refusals_;
  Bursts& bursts_;
  Recipients recipients_;
  FormerTenant former_tenant_;
  base::Wall now_;
  std::map<std::uint32_t, Tenant> tenants_;
  std::map<std::pair<std::uint32_t, std::string>, Reached> reached_;
};

}  // namespace signpost::daemon::ingest
