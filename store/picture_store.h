// What a message of each campaign looked like, kept once a campaign. How a picture is made is
// track/skeleton's business; when it goes, with the campaign's last counter, store/hit_store's.
#pragma once

#include <optional>

#include "base/result.h"
#include "store/env.h"
#include "store/hit_keys.h"
#include "store/records.h"
#include "store/writer.h"

namespace signpost::store {

/// Thread-safe. Writes are on disk when they return.
class PictureStore {
 public:
  PictureStore(Env& env, Writer& writer) : env_(env), writer_(writer) {}

  /// Nullopt if there is none. A damaged one is none.
  base::Result<std::optional<Picture>> find(const CampaignName& name) const;
  /// In place of the one that is there, if any.
  base::Result<void> put(const CampaignName& name, const Picture& picture);

 private:
  Env& env_;
  Writer& writer_;
};

}  // namespace signpost::store
