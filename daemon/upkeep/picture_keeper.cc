#include "daemon/upkeep/picture_keeper.h"

#include <algorithm>

#include "campaign/sample.h"
#include "campaign/skeleton.h"
#include "store/hit_store.h"

namespace signpost::daemon::upkeep {
namespace {

/// The ring may have changed since the message went out: then no link can be opened, and no layout is kept.
base::Result<void> keep(const milter::CampaignSample& sample, store::PictureStore& pictures,
                        const milter::Snapshot& snapshot, base::Wall now) {
  const store::CampaignName name{sample.tenant, sample.campaign};
  const auto found = pictures.find(name);
  if (!found) return tl::unexpected(found.error());
  if (*found || !snapshot.sealer) return {};
  const campaign::Skeleton skeleton = campaign::make_skeleton(sample.fields, sample.body, *snapshot.sealer);
  if (skeleton.links.empty()) return {};
  store::list::Picture picture{store::hour_of(now), campaign::format_skeleton(skeleton), {}, {}};
  if (snapshot.track.keep_sample) {
    picture.sample = campaign::make_sample(sample.fields, sample.body, *snapshot.sealer);
    if (!sample.recipient.empty())
      picture.person = snapshot.sealer->pseudonym(sample.tenant, sample.recipient);
  }
  return pictures.put(name, picture);
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

namespace {

/// Compares with the hash under each key of the ring; without a ring there is no match.
store::PictureStore::IsPerson same_person(const milter::Snapshot& snapshot, const mail::Address& address) {
  return [&snapshot, key = mail::canonical_key(address)](std::uint32_t tenant, std::string_view person) {
    if (!snapshot.sealer) return false;
    const auto hashes = snapshot.sealer->pseudonyms(tenant, key);
    return std::find(hashes.begin(), hashes.end(), person) != hashes.end();
  };
}

}  // namespace

SubjectSource samples_source(store::PictureStore& pictures, const milter::SnapshotHolder& snapshots) {
  SubjectSource source;
  source.what = "sample";
  source.show = [&](const mail::Address& address) -> base::Result<std::vector<policy::Fields>> {
    const auto snapshot = snapshots.get();
    const auto names = pictures.samples_of(same_person(*snapshot, address));
    if (!names) return tl::unexpected(names.error());
    std::vector<policy::Fields> lines;
    for (const store::CampaignName& name : *names) {
      for (const policy::Tenant& tenant : snapshot->policy.tenants) {
        if (tenant.id() == name.tenant)
          lines.push_back({{"tenant", tenant.name}, {"campaign", name.campaign}});
      }
    }
    return lines;
  };
  source.erase = [&](const mail::Address& address) {
    return pictures.erase_samples_of(same_person(*snapshots.get(), address));
  };
  return source;
}

}  // namespace signpost::daemon::upkeep
