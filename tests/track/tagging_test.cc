// Query tags: where they go, what they leave alone, and that they come once.
#include "track/tagging.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "tests/track/ring.h"
#include "track/rewrite.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

const std::vector<QueryTag> kTags = {{"utm_source", "news", {"x.example"}},
                                     {"utm_campaign", "{campaign}", {"x.example"}},
                                     {"utm_medium", "mail-{stream}", {"shop.x.example"}}};

std::string tagged(std::string target, const TagValues& values = {"spring", "bulk"}) {
  add_tags(target, kTags, values);
  return target;
}

TEST(Tagging, GoesBehindTheQueryAndBeforeTheFragment) {
  struct Case {
    const char* target;
    const char* result;
  };
  const Case cases[] = {
      {"http://x.example", "http://x.example?utm_source=news&utm_campaign=spring"},
      {"http://x.example/", "http://x.example/?utm_source=news&utm_campaign=spring"},
      {"http://x.example/?", "http://x.example/?utm_source=news&utm_campaign=spring"},
      {"http://x.example/?a=1&", "http://x.example/?a=1&utm_source=news&utm_campaign=spring"},
      {"http://x.example/?a=%7e&b;c+d", "http://x.example/?a=%7e&b;c+d&utm_source=news&utm_campaign=spring"},
      {"http://x.example/#f?x", "http://x.example/?utm_source=news&utm_campaign=spring#f?x"},
      {"http://x.example/?a#f", "http://x.example/?a&utm_source=news&utm_campaign=spring#f"},
      {"http://x.example#", "http://x.example?utm_source=news&utm_campaign=spring#"},
      {"http://x.example./", "http://x.example./?utm_source=news&utm_campaign=spring"},
      {"http://shop.x.example/",
       "http://shop.x.example/?utm_source=news&utm_campaign=spring&utm_medium=mail-bulk"},
      {"http://y.example/?x.example", "http://y.example/?x.example"},
      {"http://x.example/?utm_source=own&utm_campaign", "http://x.example/?utm_source=own&utm_campaign"},
      {"http://x.example/?utm%5Fsource=own", "http://x.example/?utm%5Fsource=own&utm_campaign=spring"},
      {"http://x.example/?UTM_SOURCE=own",
       "http://x.example/?UTM_SOURCE=own&utm_source=news&utm_campaign=spring"},
      {"http://x.example/#utm_source=x",
       "http://x.example/?utm_source=news&utm_campaign=spring#utm_source=x"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(tagged(one.target), one.result);
    EXPECT_EQ(tagged(one.result), one.result) << "never twice";
  }
}

TEST(Tagging, ValuesAreEncodedAndEmptyOnesLeftOut) {
  EXPECT_EQ(tagged("http://x.example/", {"a b&c=d#\xC3\xA9+%", ""}),
            "http://x.example/?utm_source=news&utm_campaign=a%20b%26c%3Dd%23%C3%A9%2B%25");
  EXPECT_EQ(tagged("http://x.example/", {"", ""}), "http://x.example/?utm_source=news");
  const std::string full = "http://x.example/" + std::string(kMaxTarget - 17, 'x');
  EXPECT_EQ(tagged(full), full) << "a target must fit into its token";
}

TEST(Tagging, ValuesMayHoldTwoPlaces) {
  for (const char* good : {"news", "{campaign}", "a-{stream}-{campaign}", "\xC3\xA9", "a b"})
    EXPECT_TRUE(parse_tag_value(good)) << good;
  for (const char* bad : {"", "{", "}", "{tenant}", "{campaign", "{{campaign}}", "a\nb", "\xFF"})
    EXPECT_FALSE(parse_tag_value(bad)) << bad;
}

TEST(Tagging, TheTokenHoldsTheTaggedTarget) {
  Lab lab;
  lab.settings.tags = kTags;
  lab.context.stream = "bulk";
  const std::string html = "<a href=\"http://x.example/?a=1&amp;b=2#f\">";
  const Rewritten result = rewrite({{"Content-Type", " text/html"}}, html, lab.context);
  ASSERT_EQ(result.replacements.size(), 1u);
  const auto token = lab.sealer.open(find_token(result.replacements[0].text)->token, Purpose::click);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->target, "http://x.example/?a=1&b=2&utm_source=news&utm_campaign=spring#f");
}

}  // namespace
}  // namespace signpost::track
