// Keeps what each campaign looked like, for its click map: from the first message that went out to a record in the
// store, once a campaign. What a picture tells is campaign/skeleton's business. For the housekeeping thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "daemon/upkeep/subject.h"
#include "milter/campaign_samples.h"
#include "milter/snapshot.h"
#include "store/picture_store.h"

namespace signpost::daemon::upkeep {

/// Takes one message that waits. True if there was one; a campaign that has a picture keeps it. After an
/// error (the store cannot be asked) the campaign's next message is wanted again.
base::Result<bool> keep_picture(milter::CampaignSamples& samples, store::PictureStore& pictures,
                                const milter::Snapshot& snapshot, base::Wall now);

/// The samples of people's messages, for a person who asks; what it refers to must outlive it.
SubjectSource samples_source(store::PictureStore& pictures, const milter::SnapshotHolder& snapshots);

}  // namespace signpost::daemon::upkeep
