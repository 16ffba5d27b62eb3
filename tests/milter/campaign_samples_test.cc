// The queue of first messages: one a campaign, bounded, and wanted again after a failure.
#include "milter/held/campaign_samples.h"

#include <gtest/gtest.h>

namespace signpost::milter {
namespace {

CampaignSample sample_of(std::string campaign, std::string body = "x") {
  return {1, std::move(campaign), {}, {}, std::move(body)};
}

TEST(CampaignSamples, TakesOneOfEach) {
  CampaignSamples samples;
  EXPECT_TRUE(samples.needs(1, "november", 10));
  samples.offer(sample_of("november", "first"));
  samples.offer(sample_of("november", "second"));
  EXPECT_FALSE(samples.needs(1, "november", 10));
  EXPECT_TRUE(samples.needs(2, "november", 10)) << "another tenant's";
  EXPECT_EQ(samples.take()->body, "first");
  EXPECT_FALSE(samples.take());
  EXPECT_FALSE(samples.needs(1, "november", 10));
  samples.forget(1, "november");
  EXPECT_TRUE(samples.needs(1, "november", 10));
}

TEST(CampaignSamples, AreBounded) {
  CampaignSamples samples;
  EXPECT_FALSE(samples.needs(1, "", 10)) << "mail without a campaign is no newsletter";
  EXPECT_FALSE(samples.needs(1, "large", CampaignSamples::kMaxBody + 1));
  for (std::size_t i = 0; i < CampaignSamples::kMaxWaiting; ++i) samples.offer(sample_of(std::to_string(i)));
  EXPECT_FALSE(samples.needs(1, "next", 10));
  samples.offer(sample_of("next"));
  std::size_t waiting = 0;
  while (samples.take()) ++waiting;
  EXPECT_EQ(waiting, CampaignSamples::kMaxWaiting);
  EXPECT_TRUE(samples.needs(1, "next", 10));
}

}  // namespace
}  // namespace signpost::milter
