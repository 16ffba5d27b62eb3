#include "programs/picture_keeper.h"

#include <algorithm>

#include "store/hit_store.h"
#include "track/sample.h"
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
  store::Picture picture{store::hour_of(now), track::format_skeleton(skeleton), {}, {}};
  if (snapshot.track.keep_sample) {
    picture.sample = track::make_sample(sample.fields, sample.body, *snapshot.sealer);
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

/// Compares with the hash under each key of the ring; without a ring nobody is found.
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
  source.show = [&](const mail::Address& address) -> base::Result<std::vector<Fields>> {
    const auto snapshot = snapshots.get();
    const auto names = pictures.samples_of(same_person(*snapshot, address));
    if (!names) return tl::unexpected(names.error());
    std::vector<Fields> lines;
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

}  // namespace signpost::programs
