// Which keys sign, or the fixed word why none does.
#include "dkim/select.h"

#include <gtest/gtest.h>

#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using Author = tl::expected<mail::Address, mail::NoAuthor>;

Author at(const std::string& domain) {
  return mail::Address{"ann", domain};
}

TEST(Select, TakesAllKeysOfTheDomain) {
  const Settings settings = testing::test_settings(Canon::relaxed, Canon::relaxed);
  for (const Ownership ownership : {Ownership::own, Ownership::unowned}) {
    const Selection selection = select(settings, at("example.com"), ownership);
    EXPECT_EQ(selection.keys.size(), 2U);
    EXPECT_EQ(selection.unsigned_reason, "");
  }
}

TEST(Select, SaysWhyNot) {
  Settings settings = testing::test_settings(Canon::relaxed, Canon::relaxed);
  settings.keys["keyless.example"] = {};
  const struct {
    Author author;
    Ownership ownership;
    const char* reason;
  } cases[] = {
      {tl::unexpected(mail::NoAuthor::missing), Ownership::own, "no-from"},
      {tl::unexpected(mail::NoAuthor::several_fields), Ownership::own, "several-from"},
      {tl::unexpected(mail::NoAuthor::several_mailboxes), Ownership::own, "several-authors"},
      {tl::unexpected(mail::NoAuthor::empty_group), Ownership::own, "empty-group"},
      {tl::unexpected(mail::NoAuthor::unreadable), Ownership::foreign, "bad-from"},
      {at("example.com"), Ownership::foreign, "foreign-domain"},
      {at("sub.example.com"), Ownership::own, "no-key-for-domain"},
      {at("com"), Ownership::own, "no-key-for-domain"},
      {at("notexample.com"), Ownership::own, "no-key-for-domain"},
      {at(""), Ownership::unowned, "no-key-for-domain"},
      {at("keyless.example"), Ownership::own, "no-key-for-domain"},
  };
  for (const auto& c : cases) {
    const Selection selection = select(settings, c.author, c.ownership);
    EXPECT_TRUE(selection.keys.empty());
    EXPECT_EQ(selection.unsigned_reason, c.reason);
  }
}

}  // namespace
}  // namespace signpost::dkim
