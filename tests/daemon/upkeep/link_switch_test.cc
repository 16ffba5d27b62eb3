// The kill switch in the daemon: stored, published, and by the commands.
#include "daemon/upkeep/link_switch.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/daemon/commands/support.h"
#include "web/spool/blocks_file.h"

namespace signpost::daemon::upkeep {
namespace {

using tests::ControlHouse;

track::Blocks published(const ControlHouse& house) {
  auto follower =
      web::spool::BlocksFollower::open(house.directory.path() + "/blocked-links", house.directory.path());
  EXPECT_TRUE(follower.has_value());
  follower->refresh();
  EXPECT_EQ(follower->failure(), "");
  return *follower->blocks();
}

TEST(LinkSwitch, BlocksByEachScopeAndPublishes) {
  ControlHouse house;
  EXPECT_EQ(house.say("link block host=Bad.Example note=\"phishing\""), "ok blocked host=bad.example\n\n");
  EXPECT_EQ(house.say("link block tenant=acme"), "ok blocked tenant=acme\n\n");
  EXPECT_EQ(house.say("link block campaign=\"spring sale\""), "ok blocked campaign=\"spring sale\"\n\n");
  EXPECT_EQ(house.say("link block msg=01JDC000000000000000000000"),
            "ok blocked msg=01JDC000000000000000000000\n\n");
  EXPECT_EQ(house.say("link block kid=3"), "ok blocked kid=3\n\n");
  const track::Blocks blocks = published(house);
  EXPECT_TRUE(blocks.hosts.contains("bad.example"));
  EXPECT_TRUE(blocks.tenants.contains(policy::tenant_id("acme")));
  EXPECT_TRUE(blocks.campaigns.contains("spring sale"));
  EXPECT_TRUE(blocks.messages.contains("01JDC000000000000000000000"));
  EXPECT_TRUE(blocks.key_ids.contains(3));

  const std::string list = house.say("link blocked");
  EXPECT_NE(list.find("host=bad.example since="), std::string::npos) << list;
  EXPECT_NE(list.find("note=phishing"), std::string::npos) << list;
  EXPECT_TRUE(list.ends_with("end n=5\n\n"));
}

TEST(LinkSwitch, UnblocksAndOutlivesARestart) {
  ControlHouse house;
  house.say("link block host=bad.example");
  EXPECT_EQ(house.say("link block host=bad.example note=again"), "ok changed host=bad.example\n\n");
  house.say("link block kid=007");
  EXPECT_EQ(house.say("link unblock kid=7"), "ok unblocked kid=7\n\n");
  EXPECT_EQ(house.say("link unblock kid=7"), "error not-found not blocked: kid=7\n\n");
  std::filesystem::remove(house.directory.path() + "/blocked-links");
  LinkSwitch next(house.store->links(), house.directory.path() + "/blocked-links");
  EXPECT_FALSE(next.fresh());
  ASSERT_TRUE(next.publish());
  EXPECT_TRUE(next.fresh());
  EXPECT_EQ(published(house).hosts, (track::Blocks::Names{"bad.example"}));
}

TEST(LinkSwitch, RefusesWhatNamesNoLinks) {
  ControlHouse house;
  const char* refused[] = {"link block",
                           "link block host=bad.example kid=1",
                           "link block kid=256",
                           "link block kid=0",
                           "link block msg=short",
                           "link block tenant=nobody",
                           "link unblock host=[::1]"};
  for (const char* line : refused) EXPECT_TRUE(house.say(line).starts_with("error ")) << line;
  EXPECT_TRUE(house.say("link blocked").ends_with("end n=0\n\n"));
}

TEST(LinkSwitch, SaysWhatIsStoredButNotPublished) {
  ControlHouse house;
  const std::string in_the_way = house.directory.path() + "/blocked-links";
  std::filesystem::create_directory(in_the_way);
  const std::string answer = house.say("link block host=bad.example");
  EXPECT_TRUE(answer.starts_with("error unavailable stored, but not yet published: ")) << answer;
  EXPECT_TRUE(house.links.stale());
  std::filesystem::remove(in_the_way);
  EXPECT_TRUE(house.links.publish());
  EXPECT_FALSE(house.links.stale());
}

}  // namespace
}  // namespace signpost::daemon::upkeep
