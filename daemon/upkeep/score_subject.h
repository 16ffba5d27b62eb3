// The scores of soft bounces that are kept about a person, for `subject show` and `subject erase`.
#pragma once

#include "daemon/upkeep/subject.h"
#include "store/hit_store.h"

namespace signpost::daemon::upkeep {

/// `hits` must outlive it.
SubjectSource scores_source(store::HitStore& hits);

}  // namespace signpost::daemon::upkeep
