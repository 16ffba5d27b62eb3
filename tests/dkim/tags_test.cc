// The tag list: what is read, what is refused, and the way back.
#include "dkim/tags.h"

#include <gtest/gtest.h>

namespace signpost::dkim {
namespace {

TEST(Tags, Reads) {
  const auto list = parse_tags(" v=1; a = rsa-sha256 ;\n\th=from:\n\t to ; b=\n\tAb\n\t==; z9_=;");
  ASSERT_TRUE(list) << list.error().text;
  ASSERT_EQ(list->tags.size(), 5U);
  EXPECT_EQ(*list->find("v"), "1");
  EXPECT_EQ(*list->find("a"), "rsa-sha256");
  EXPECT_EQ(*list->find("h"), "from:\n\t to");
  EXPECT_EQ(*list->find("b"), "Ab\n\t==");
  EXPECT_EQ(*list->find("z9_"), "");
  EXPECT_EQ(list->find("V"), nullptr);
}

TEST(Tags, RefusesWhatReadersTakeDifferently) {
  for (const char* bad :
       {"v", "v=1;;a=b", ";v=1", "=1", "1v=1", "v v=1", "v=1; v=2", "v=\x01", "v=\xC3\xA4", "v-1=x"}) {
    EXPECT_FALSE(parse_tags(bad)) << bad;
  }
}

TEST(Tags, AnEmptyListHasNoTags) {
  EXPECT_TRUE(parse_tags("")->tags.empty());
  EXPECT_TRUE(parse_tags(" \n ")->tags.empty());
}

TEST(Tags, ComesBack) {
  for (const char* text : {"", "v=1", "v=1; a=rsa-sha256; b=", "b=x=y; c=a\n\tb"}) {
    const auto list = parse_tags(text);
    ASSERT_TRUE(list);
    EXPECT_EQ(format_tags(*list), text);
    EXPECT_EQ(parse_tags(format_tags(*list)).value(), *list);
  }
}

}  // namespace
}  // namespace signpost::dkim
