// From a campaign's first message to what the store keeps of it: once, without what could name a person.
#include "daemon/upkeep/picture_keeper.h"

#include <gtest/gtest.h>

#include "campaign/skeleton.h"
#include "mail/edit.h"
#include "store/store.h"
#include "tests/support/configured.h"
#include "tests/support/workplace.h"
#include "track/rewrite.h"

namespace signpost::daemon::upkeep {
namespace {

constexpr base::Wall kNow{std::chrono::hours{490000}};
constexpr const char* kHtml =
    "<p>Dear Ann Secret</p><a href=\"https://shop.example/tea?for=ann\">tea</a>"
    "<a href=\"https://shop.example/leave/ann@example.org/now\">leave</a>";

class PictureKeeperTest : public testing::Test {
 protected:
  milter::CampaignSample sample(const std::string& campaign, const std::string& html) const {
    track::Settings settings;
    settings.host = "click.example.com";
    track::Context context;
    context.settings = &settings;
    context.sealer = &*snapshot_.sealer;
    const std::vector<mail::Field> fields = {{"Content-Type", " text/html; charset=utf-8"}};
    const auto rewritten = track::rewrite(fields, html, context);
    return {7, campaign, "ann@example.org", fields,
            *mail::apply_splices(html, mail::splices_of(html, rewritten.replacements))};
  }
  base::Result<bool> keep() { return keep_picture(samples_, store_->pictures(), snapshot_, kNow); }

  tests::TempDir directory_;
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(directory_.path() + "/store"));
  std::shared_ptr<milter::Snapshot> configured_ =
      tests::configured("[tracking]\nhost = \"click.example.com\"\nkey_file = \"/keys/ring\"\n");
  milter::Snapshot& snapshot_ = *configured_;
  milter::CampaignSamples samples_;
};

TEST_F(PictureKeeperTest, KeepsTheFirstOfACampaign) {
  EXPECT_FALSE(*keep());
  samples_.offer(sample("november", kHtml));
  EXPECT_TRUE(*keep());
  const auto first = *store_->pictures().find({7, "november"});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->hour, 490000u);
  const auto skeleton = campaign::parse_skeleton(first->skeleton);
  ASSERT_TRUE(skeleton);
  ASSERT_EQ(skeleton->links.size(), 2u);
  EXPECT_EQ(skeleton->links[0].place, "https://shop.example/tea");
  EXPECT_EQ(skeleton->links[1].place, "https://shop.example/leave/");

  milter::CampaignSamples after_restart;
  after_restart.offer(sample("november", "<a href=\"https://other.example/\">other</a>"));
  EXPECT_TRUE(*keep_picture(after_restart, store_->pictures(), snapshot_, kNow));
  EXPECT_EQ(*store_->pictures().find({7, "november"}), first);
}

TEST_F(PictureKeeperTest, KeepsNoWordOfTheText) {
  samples_.offer(sample("november", kHtml));
  ASSERT_TRUE(*keep());
  const std::string record = store::list::format_picture(store_->pictures().find({7, "november"})->value());
  for (const char* word : {"Ann", "Secret", "ann", "Dear", "example.org"})
    EXPECT_EQ(record.find(word), std::string::npos) << word;
}

TEST_F(PictureKeeperTest, KeepsTheTextIfItIsTold) {
  snapshot_.track.keep_sample = true;
  samples_.offer(sample("november", kHtml));
  ASSERT_TRUE(*keep());
  const store::list::Picture kept = store_->pictures().find({7, "november"})->value();
  EXPECT_EQ(kept.sample, "<p>Dear Ann Secret</p><a data-link=\"0\">tea</a><a data-link=\"1\">leave</a>");
  EXPECT_EQ(kept.person, snapshot_.sealer->pseudonym(7, "ann@example.org")) << "no address";
}

TEST_F(PictureKeeperTest, AnswersAPersonWhoAsks) {
  snapshot_.track.keep_sample = true;
  samples_.offer(sample("november", kHtml));
  ASSERT_TRUE(*keep());
  auto shown = tests::configured("[[tenant]]\nname = \"shop\"\n");
  const base::Keyring ring{
      {{1, base::KeyState::accept, std::string(32, 'k')}, {2, base::KeyState::active, std::string(32, 'n')}}};
  shown->sealer = std::move(*track::Sealer::create(ring));  // rotated since
  milter::SnapshotHolder snapshots(shown);
  const SubjectSource source = samples_source(store_->pictures(), snapshots);
  EXPECT_TRUE(source.show({"ann", "example.org"})->empty()) << "another tenant's, whose name is not known";
  EXPECT_EQ(*source.erase({"bob", "example.org"}), 0u);
  EXPECT_EQ(*source.erase({"ann", "example.org"}), 1u);
  EXPECT_TRUE(store_->pictures().find({7, "november"})->value().sample.empty());
}

TEST_F(PictureKeeperTest, KeepsNothingWithoutItsKey) {
  samples_.offer(sample("november", kHtml));
  snapshot_.sealer = std::move(*track::Sealer::create({{{2, base::KeyState::active, std::string(32, 'x')}}}));
  EXPECT_TRUE(*keep());
  EXPECT_FALSE(*store_->pictures().find({7, "november"}));
}

}  // namespace
}  // namespace signpost::daemon::upkeep
