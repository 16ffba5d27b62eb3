// Who refuses to be tracked by now, asked when hits of mail already sent come in. Knows how the suppression list's
// no-tracking entries meet what a token tells of its recipient; what is then kept is track/kept's business.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/list/suppression_store.h"
#include "track/token.h"

namespace signpost::daemon::ingest {

/// For one thread. A token of mode `identified` is looked up; a pseudonymous one is compared with the
/// pseudonyms of all who refuse. A click does not tell its stream, so a refusal of one stream counts for all.
/// Limitation: a pseudonymous token cannot be compared with a listed domain or a hashed listing.
class Refusals {
 public:
  explicit Refusals(const store::list::SuppressionStore& list) : list_(list) {}

  /// To be called now and then: what is older than a minute is read again when it is next needed.
  void expire(base::Steady now);
  /// Errors: as SuppressionStore::find. The refusal of an identified recipient is that of this moment. Who
  /// refuses of those with pseudonyms is read at the first one, and again after `expire` says so: it takes a
  /// walk through the whole list.
  base::Result<bool> refuses(const track::Token& token, const track::Sealer& sealer, base::Wall now);

 private:
  base::Result<void> read();
  bool knows_pseudonym(const track::Token& token, const track::Sealer& sealer, base::Wall now);

  const store::list::SuppressionStore& list_;
  bool is_read_ = false;
  base::Steady expired_{};  ///< when expire last threw away what was read
  std::vector<policy::Listing> refusing_;
  std::map<std::uint32_t, std::set<std::string>> pseudonyms_;  ///< by tenant, made when first asked for
};

}  // namespace signpost::daemon::ingest
