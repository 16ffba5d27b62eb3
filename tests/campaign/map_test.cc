// The click map as text: what it says, and that nothing in the data can become markup.
#include "campaign/map.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "programs/ctl/report_reader.h"

namespace signpost::campaign {
namespace {

using Item = campaign::SkeletonItem;
using Kind = campaign::SkeletonItem::Kind;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

MapData sample() {
  MapData data;
  data.campaign = "spring";
  data.tenant = "acme";
  data.recipients = 12345;
  data.opens = {400, 30, 2};
  data.links = {{0, {75, 5, 1}}, {1, {25, 0, 0}}, {9, {0, 0, 4}}};
  data.skeleton = *campaign::parse_skeleton(
      "b a0 t5 ] a1 i600x200 ] a2 t3 ] ]\n0 https://x.example/a\n1 http://y.example/\n2 "
      "https://z.example/\n");
  data.hours = {{base::Wall(std::chrono::hours(490000)), 300, 80},
                {base::Wall(std::chrono::hours(490030)), 100, 20}};
  data.now = base::Wall(std::chrono::hours(490040));
  return data;
}

TEST(ReportMap, SaysWhereWhenAndHowOften) {
  const std::string map = format_map(sample());
  for (const char* part :
       {"<title>Click map: spring</title>", "of tenant acme", "<b>12&#8239;345</b><span>recipients",
        "<b>400</b><span>opens", "<b>100</b><span>clicks", "<b>2 of 4</b>",
        "class=\"l k5\" href=\"#link-1\" aria-label=\"Link 1: 75 % of the clicks\"",
        "class=\"l k2\" href=\"#link-2\"", "class=\"l k0\" href=\"#link-3\"",
        "<tr id=\"link-1\"><th scope=\"row\" class=\"d\">1</th><td class=\"u\">x.example/a</td><td "
        "class=\"d\">75</td>",
        "<td class=\"u\">http://y.example/</td>",
        "<tr id=\"link-10\"><th scope=\"row\" class=\"d\">10</th><td class=\"u\">unknown</td>",
        "400 opens and 100 clicks from"}) {
    EXPECT_TRUE(has(map, part)) << part;
  }
}

TEST(ReportMap, NeedsNothingFromElsewhereAndNoScript) {
  const std::string map = format_map(sample());
  EXPECT_TRUE(has(map, "content=\"default-src 'none'; style-src 'unsafe-inline'"));
  for (const char* part :
       {"<script", "src=", "url(", "@import", "<iframe", "<form", "href=\"http", "javascript:"})
    EXPECT_FALSE(has(map, part)) << part;
}

TEST(ReportMap, HostileDataStaysText) {
  const std::string evil =
      "\"><script>alert(1)</script><img src=x onerror=alert(1)>'\xE2\x80\xAE\x01\x80\xFF&amp;";
  MapData data = sample();
  data.campaign = data.tenant = evil;
  data.skeleton.links[0].place = "https://" + evil;
  const std::string map = format_map(data);
  EXPECT_FALSE(has(map, "<script"));
  EXPECT_FALSE(has(map, "<img"));
  EXPECT_FALSE(has(map, "\xE2\x80\xAE"));
  EXPECT_EQ(escape_html(evil).find_first_of("<>\"'\x01"), std::string::npos);
  EXPECT_TRUE(has(map, "&#38;amp;"));
}

TEST(ReportMap, EscapesWhatCannotBeShown) {
  EXPECT_EQ(escape_html("a<b>&\"'"), "a&#60;b&#62;&#38;&#34;&#39;");
  EXPECT_EQ(escape_html("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(escape_html("\n\x7F"), mark + mark);
  EXPECT_EQ(escape_html("\xC2\x85"), mark + mark);
  EXPECT_EQ(escape_html("\xE2\x80\xAE"
                        "a"),
            mark + mark + mark + "a");
  EXPECT_EQ(escape_html("\xE2\x82"), mark + mark);
}

TEST(ReportMap, EmptyCampaignsAreShownToo) {
  MapData data;
  const std::string map = format_map(data);
  EXPECT_TRUE(has(map, "No layout of this campaign's message was kept"));
  EXPECT_FALSE(has(map, "<svg"));
  EXPECT_TRUE(map.ends_with("</html>\n"));
}

TEST(ReportMap, SharesAreNotRoundedToNothingOrAll) {
  MapData data = sample();
  data.links = {{0, {100000, 0, 0}}, {1, {1, 0, 0}}, {2, {0, 0, 0}}};
  const std::string map = format_map(data);
  for (const char* share : {"&gt; 99.9 %", "&lt; 0.1 %", ">0 %<"}) EXPECT_TRUE(has(map, share)) << share;
}

TEST(ReportPlot, GathersHoursIntoColumns) {
  EXPECT_EQ(format_plot({}), "");
  EXPECT_EQ(format_plot({{base::Wall{}, 0, 0}}), "");
  const base::Wall begin(std::chrono::hours(490000));
  for (const int hours : {1, 2, 96, 97, 1000, 24 * 97, 100000}) {
    const std::string plot = format_plot({{begin, 1, 1}, {begin + std::chrono::hours(hours - 1), 3, 0}});
    EXPECT_TRUE(has(plot, "4 opens and 1 clicks from")) << hours;
    EXPECT_TRUE(plot.ends_with("</svg>\n"));
    EXPECT_LT(plot.size(), 4000u);
  }
  // One hour: two bars beside each other, and both ends of the axis.
  const std::string one = format_plot({{begin, 8, 8}});
  const auto number_behind = [&](std::string_view mark, std::size_t from) {
    const std::size_t at = one.find(mark, from);
    return at == one.npos ? -1.0 : std::stod(one.substr(at + mark.size()));
  };
  const std::size_t first = one.find("<rect");
  const std::size_t second = one.find("<rect", first + 1);
  ASSERT_NE(second, one.npos);
  EXPECT_NEAR(number_behind("x=\"", first) + number_behind("width=\"", first), number_behind("x=\"", second),
              0.2);
  EXPECT_LE(number_behind("width=\"", first), 48.0);
  const std::string ends[] = {base::format_time(begin).substr(11, 5),
                              base::format_time(begin + std::chrono::hours(1)).substr(11, 5)};
  EXPECT_TRUE(has(one, ends[0] + "</text>") && has(one, ends[1] + "</text>")) << one;
  const std::string huge = format_plot({{begin, UINT64_MAX / 2, 0}});
  EXPECT_FALSE(has(huge, "nan"));
  EXPECT_FALSE(has(huge, "inf"));
}

TEST(ReportReader, ReadsWhatTheDaemonSays) {
  EXPECT_EQ(programs::format_report_command("spring sale", ""),
            "report campaign \"spring sale\" hours=yes picture=yes");
  EXPECT_EQ(programs::format_report_command("x", "acme"),
            "report campaign x hours=yes picture=yes tenant=acme");
  programs::ReportReader reader;
  for (const char* line :
       {"ok", "tenant=acme recipients=12 clicks=3 clicks-prefetch=0 opens=5 opens-prefetch=1 opens-scanner=2",
        "tenant=acme link=4 clicks=3 clicks-prefetch=1 clicks-scanner=7 place=\"https://x.example/a b\"",
        "tenant=acme hour=2026-11-23T12:00:00.000Z recipients=12 clicks=3 opens=5",
        "tenant=acme picture=\"b t12 a4 t3 ] ]\"", "tenant=acme picture=\"4 https://x.example/a b\"",
        "tenant=acme sample=\"<p>Dear \"", "tenant=acme sample=\"Ann</p>\"", "end n=7"})
    reader.take(line);
  const auto map = reader.finish();
  ASSERT_TRUE(map) << map.error().text;
  EXPECT_EQ(map->tenant, "acme");
  EXPECT_EQ(map->recipients, 12u);
  EXPECT_EQ(map->opens.scanner, 2u);
  ASSERT_EQ(map->links.size(), 1u);
  EXPECT_EQ(map->links[0].index, 4);
  EXPECT_EQ(map->links[0].hits.scanner, 7u);
  EXPECT_EQ(map->links[0].place, "https://x.example/a b");
  ASSERT_EQ(map->hours.size(), 1u);
  EXPECT_EQ(map->hours[0].opens, 5u);
  EXPECT_EQ(map->skeleton.items.size(), 6u);
  EXPECT_EQ(map->sample, "<p>Dear Ann</p>");
  EXPECT_EQ(map->skeleton.links, (std::vector<campaign::SkeletonLink>{{4, "https://x.example/a b"}}));
}

TEST(ReportReader, SaysWhatIsWrong) {
  const auto error_of = [](const std::vector<const char*>& lines) {
    programs::ReportReader reader;
    for (const char* line : lines) reader.take(line);
    const auto map = reader.finish();
    return map ? std::string("none") : map.error().text + " " + std::to_string(reader.exit_code());
  };
  EXPECT_EQ(error_of({}), "signpostd sent no reply 70");
  EXPECT_EQ(error_of({"error not-found nothing is counted"}).substr(0, 18), "nothing is counted");
  EXPECT_EQ(error_of({"ok", "tenant=a clicks=1"}), "signpostd's reply is not a report 70");
  EXPECT_EQ(error_of({"ok", "tenant=\"a", "end n=1"}), "signpostd's reply is not a report 70");
  EXPECT_EQ(error_of({"ok", "tenant=a clicks=1", "tenant=b clicks=1", "end n=2"}),
            "several tenants have a campaign of that name; choose one with --tenant 64");
}

TEST(ReportMap, UnbalancedSkeletonsStayWithinTheirBox) {
  MapData data = sample();
  data.skeleton.items = {{Kind::close}, {Kind::link, 0}, {Kind::block}, {Kind::cell, 5}};
  const std::string map = format_map(data);
  std::size_t opened = 0;
  std::size_t closed = 0;
  for (std::size_t at = map.find("<div"); at != map.npos; at = map.find("<div", at + 1)) ++opened;
  for (std::size_t at = map.find("</div"); at != map.npos; at = map.find("</div", at + 1)) ++closed;
  EXPECT_EQ(opened, closed);
}

}  // namespace
}  // namespace signpost::campaign
