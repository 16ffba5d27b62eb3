#include "programs/picture_keeper.h"

#include "store/hit_store.h"
#include "track/skeleton.h"

namespace signpost::programs {
namespace {

/// The ring may have changed since the message went out: then there is nothing to see, and none is kept.
base::Result<void> keep(const milter::CampaignSample& sample, store::PictureStore& pictures,
                        const milter::Snapshot& snapshot, base::Wall now) {
  const store::CampaignName name{sample.tenant, sample.campaign};
  const auto found = pictures.find(name);
  if (!found) return tl::unexpected(found.error());
  if (*found || !snapshot.sealer) return {};
  const track::Skeleton skeleton = track::make_skeleton(sample.fields, sample.body, *snapshot.sealer);
  if (skeleton.links.empty()) return {};
  return pictures.put(name, {store::hour_of(now), track::format_skeleton(skeleton)});
}

}  // namespace

base::Result<bool> keep_picture(milter::CampaignSamples& samples, store::PictureStore& pictures,
                                const milter::Snapshot& snapshot, base::Wall now) {
  const auto sample = samples.take();
  if (!sample) return false;
  if (auto kept = keep(*sample, pictures, snapshot, now); !kept) {
    samples.forget(sample->tenant, sample->campaign);
    return tl::unexpected(kept.error());
  }
  return true;
}

}  // namespace signpost::programs
