// Who has opted out of tracking by the time that hits of mail already sent arrive. Compares the suppression list's
// no-tracking entries with what a token says about its recipient; track/kept knows what may then be kept.
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

/// For one thread. The recipient of a token of mode `identified` is looked up; a pseudonymous token is compared
/// with the pseudonyms of all who opted out. An opt-out from one stream counts for all, since not every link says its
/// stream.
/// Limitation: a pseudonymous token cannot be compared with a listed domain or a hashed listing.
class Refusals {
 public:
  explicit Refusals(const store::list::SuppressionStore& list) : list_(list) {}

  /// Must be called now and then: what is older than a minute is read again when it is next needed.
  void expire(base::Steady now);
  /// Errors are those of SuppressionStore::find. Identified recipients are looked up at each call. The pseudonyms
  /// of those who opted out are read at the first call that needs them, and again after `expire` discarded them,
  /// because that takes a walk through the whole list.
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
