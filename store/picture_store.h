// The layout of a message of each campaign, kept once a campaign. campaign/skeleton makes it; store/hit_store
// removes it with the campaign's last counter.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/hit_keys.h"
#include "store/list/records.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"

namespace signpost::store {

/// Thread-safe. Writes are on disk when they return.
class PictureStore {
 public:
  PictureStore(lmdb::Env& env, lmdb::Writer& writer) : env_(env), writer_(writer) {}

  /// Nullopt if there is none. A damaged one counts as absent.
  base::Result<std::optional<list::Picture>> find(const CampaignName& name) const;
  /// In place of the one that is there, if any.
  base::Result<void> put(const CampaignName& name, const list::Picture& picture);

  /// True for the keyed hash of the person that is looked for, within that tenant.
  using IsPerson = std::function<bool(std::uint32_t tenant, std::string_view person)>;
  /// The campaigns whose sample is that person's. Reads all pictures.
  base::Result<std::vector<CampaignName>> samples_of(const IsPerson& is_person) const;
  /// Takes their samples off; the skeletons stay. Returns how many.
  base::Result<std::uint64_t> erase_samples_of(const IsPerson& is_person);

 private:
  lmdb::Env& env_;
  lmdb::Writer& writer_;
};

}  // namespace signpost::store
