// The layout of one message of each campaign. campaign/skeleton makes it; store/hit_store
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
  /// Replaces the stored one, if there is one.
  base::Result<void> put(const CampaignName& name, const list::Picture& picture);

  /// True for the keyed hash of the person who is searched for, within that tenant.
  using IsPerson = std::function<bool(std::uint32_t tenant, std::string_view person)>;
  /// The campaigns whose sample was sent to that person. Reads all layouts.
  base::Result<std::vector<CampaignName>> samples_of(const IsPerson& is_person) const;
  /// Removes those samples; the skeletons stay. Returns how many.
  base::Result<std::uint64_t> erase_samples_of(const IsPerson& is_person);

 private:
  lmdb::Env& env_;
  lmdb::Writer& writer_;
};

}  // namespace signpost::store
