// Keeps the layout of each campaign's first message for its click map, as a record in the store. campaign/skeleton
// decides what a layout contains. For the housekeeping thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "daemon/upkeep/subject.h"
#include "milter/held/campaign_samples.h"
#include "milter/snapshot.h"
#include "store/picture_store.h"

namespace signpost::daemon::upkeep {

/// Takes one waiting message. True if there was one; a campaign whose layout is stored keeps it. After an error
/// (the store cannot be used) the campaign's next message is taken.
base::Result<bool> keep_picture(milter::CampaignSamples& samples, store::PictureStore& pictures,
                                const milter::Snapshot& snapshot, base::Wall now);

/// The samples of messages to one person, for `subject show` and `subject erase`. The arguments must outlive it.
SubjectSource samples_source(store::PictureStore& pictures, const milter::SnapshotHolder& snapshots);

}  // namespace signpost::daemon::upkeep
