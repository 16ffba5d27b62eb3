#include "milter/held/campaign_samples.h"

#include <utility>

namespace signpost::milter {

bool CampaignSamples::needs_locked(std::uint32_t tenant, const std::string& campaign,
                                   std::size_t body_bytes) const {
  return !campaign.empty() && body_bytes <= kMaxBody && waiting_.size() < kMaxWaiting &&
         waiting_bytes_ + body_bytes <= kMaxWaitingBytes && !known_.contains({tenant, campaign});
}

bool CampaignSamples::needs(std::uint32_t tenant, const std::string& campaign, std::size_t body_bytes) const {
  base::MutexLock lock(mutex_);
  return needs_locked(tenant, campaign, body_bytes);
}

void CampaignSamples::offer(CampaignSample sample) {
  base::MutexLock lock(mutex_);
  if (!needs_locked(sample.tenant, sample.campaign, sample.body.size())) return;
  if (known_.size() >= kMaxKnown) known_.clear();
  known_.emplace(sample.tenant, sample.campaign);
  waiting_bytes_ += sample.body.size();
  waiting_.push_back(std::move(sample));
}

std::optional<CampaignSample> CampaignSamples::take() {
  base::MutexLock lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  std::optional<CampaignSample> next = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= next->body.size();
  return next;
}

void CampaignSamples::forget(std::uint32_t tenant, const std::string& campaign) {
  base::MutexLock lock(mutex_);
  known_.erase({tenant, campaign});
}

}  // namespace signpost::milter
