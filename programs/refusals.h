// Who refuses to be tracked by now, asked when hits of mail already sent come in. Knows how the suppression
// list's no-tracking entries meet what a token tells of its recipient; what is then kept is track/kept's
// business.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/suppression_store.h"
#include "track/token.h"

namespace signpost::programs {

/// For one thread. A token of mode `identified` is looked up; a pseudonymous one is compared with the
/// pseudonyms of all who refuse. A click does not tell its stream, so a refusal of one stream counts for all.
/// Limitation: a pseudonymous token cannot be compared with a listed domain or a hashed listing.
class Refusals {
 public:
  explicit Refusals(const store::SuppressionStore& list) : list_(list) {}

  /// Reads who refuses; needed for pseudonymous tokens only. Walks the whole list.
  base::Result<void> refresh();
  /// Errors: as SuppressionStore::find. The refusal of an identified recipient is that of this moment, of a
  /// pseudonymous one that of the last refresh.
  base::Result<bool> refuses(const track::Token& token, const track::Sealer& sealer, base::Wall now);

 private:
  bool knows_pseudonym(const track::Token& token, const track::Sealer& sealer, base::Wall now);

  const store::SuppressionStore& list_;
  std::vector<policy::Listing> refusing_;
  std::map<std::uint32_t, std::set<std::string>> pseudonyms_;  ///< by tenant, made when first asked for
};

}  // namespace signpost::programs
