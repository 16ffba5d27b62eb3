// The ring that the daemon makes itself: made once, read again, never replaced.
#include "daemon/upkeep/seal_ring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "system/file.h"
#include "tests/support/workplace.h"

namespace signpost::daemon::upkeep {
namespace {

mail::Identity sample(base::Wall expires) {
  mail::Identity identity;
  identity.origin = mail::Origin::login;
  identity.tenant = "shop";
  identity.id = "01JDC0000000000000000000AB";
  identity.expires = expires;
  return identity;
}

TEST(OwnSealer, StaysOverARestart) {
  const tests::TempDir directory;
  const base::Wall now{std::chrono::hours(400000)};
  const mail::SealBinding binding{"<1@a>", "today", "a@b", "a@b"};
  const auto first = own_sealer(directory.path());
  ASSERT_TRUE(first) << first.error().text;
  struct stat facts {};
  ASSERT_EQ(stat((directory.path() + "/seal.keys").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const auto value = (*first)->seal(sample(now + std::chrono::hours(1)), binding);
  ASSERT_TRUE(value);
  const auto second = own_sealer(directory.path());
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_TRUE((*second)->open(*value, binding, now));
  const tests::TempDir other;
  const auto third = own_sealer(other.path());
  ASSERT_TRUE(third);
  EXPECT_FALSE((*third)->open(*value, binding, now)) << "each host has its own";
}

TEST(OwnSealer, NeverReplacesAFileThatItCannotRead) {
  const tests::TempDir directory;
  const std::string file = directory.path() + "/seal.keys";
  ASSERT_TRUE(system::write_new_file(file, "1 active short\n"));
  const auto failed = own_sealer(directory.path());
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().text.find(file), std::string::npos) << failed.error().text;
  EXPECT_EQ(system::read_file(file).value_or(""), "1 active short\n");
  EXPECT_FALSE(own_sealer(directory.path() + "/none"));
}

}  // namespace
}  // namespace signpost::daemon::upkeep
