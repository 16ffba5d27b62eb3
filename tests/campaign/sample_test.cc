// What may be shown of a newsletter: text and layout, nothing that runs, is loaded or leads anywhere.
#include "campaign/sample.h"

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "tests/track/ring.h"
#include "track/rewrite.h"

namespace signpost::campaign {
namespace {

std::string sample_of(const std::string& html) {
  track::Lab lab;
  const std::vector<mail::Field> fields = {{"Content-Type", " text/html; charset=utf-8"}};
  const track::Rewritten result = track::rewrite(fields, html, lab.context);
  return make_sample(fields,
                     mail::apply_splices(html, mail::splices_of(html, result.replacements)).value_or(""),
                     lab.sealer);
}

TEST(Sample, KeepsTextAndLayout) {
  struct Case {
    const char* html;
    const char* sample;
  };
  const Case cases[] = {
      {"", ""},
      {"<p>Dear Ann &amp; Bob", "<p>Dear Ann &amp; Bob</p>"},
      {"<TABLE WIDTH=600 bgcolor='#fff'><TR><TD colspan=2>a</TABLE>",
       "<table width=\"600\" bgcolor=\"#fff\"><tr><td colspan=\"2\">a</td></tr></table>"},
      {"<p style=\"color:#123; FONT-SIZE: 12px\">a", "<p style=\"color:#123;font-size:12px;\">a</p>"},
      {"<p style=\"background:rgb(1, 2, 3)\">a", "<p style=\"background:rgb(1, 2, 3);\">a</p>"},
      {"<a href=http://x.example/>t</a> <a href=mailto:a@b.example>u</a>", "<a data-link=\"0\">t</a> u"},
      {"<img src=http://x.example/a.png width=20 height=10 alt=x>",
       "<i class=\"i\" style=\"width:20px;height:10px\"></i>"},
      {"<img src=http://x.example/ width=1 height=1>", ""},
      {"</p></td>a", "a"},
      {"<!DOCTYPE html>a<?xml b?>c", "ac"},
      {"1 < 2 > 1", "1 &lt; 2 &gt; 1"},
      {"caf\xE9", "caf\xC3\xA9"},
  };
  for (const Case& one : cases) EXPECT_EQ(sample_of(one.html), one.sample) << one.html;
}

TEST(Sample, LeavesOutWhatRunsOrIsLoaded) {
  const char* cases[] = {
      "<script>bad()</script>",
      "<style>p{background:url(http://bad.example)}</style>",
      "<title>bad</title><textarea>bad</textarea>",
      "<iframe src=http://bad.example>bad</iframe><object data=bad></object><embed src=bad>",
      "<base href=http://bad.example><meta http-equiv=refresh content='0;bad'><link href=bad>",
      "<p onclick=bad() id=bad class=bad srcset=bad background=bad>",
      "<p style=\"background:url(bad)\">",
      "<p style=\"background:u\\72l(bad); color:expression(bad); position:fixed; width:calc(bad)\">",
      "<p style=\"background:&#117;rl(bad)/**/\">",
      "<p width='1&quot; onload=bad'>",
      "<svg><a xlink:href='javascript:bad'></a></svg><math href=bad>",
      "<!-- bad --><!--[if mso]><p>bad</p><![endif]-->",
      "<form action=bad><input value=bad><button formaction=bad>",
      "<script>bad",
      "<p title='bad",
      "<img src=bad onerror=bad width=\"1bad\">",
      "<video src=bad poster=bad></video><audio src=bad></audio>",
      "<a href=\"javascript:bad\"></a><a href=\"http://x.example/bad\"></a>",
  };
  for (const char* html : cases) EXPECT_EQ(sample_of(html).find("bad"), std::string::npos) << html;
}

TEST(Sample, IsBounded) {
  std::string wide;
  while (wide.size() < 2 * kMaxSample) wide += "<td><table><tr><td>words ";
  const std::string sample = sample_of(wide);
  EXPECT_LE(sample.size(), kMaxSample);
  EXPECT_TRUE(sample.ends_with("</table></td>")) << sample.substr(sample.size() - 40);
  EXPECT_LE(sample_of(std::string(2 * kMaxSample, '<')).size(), kMaxSample);
}

TEST(Sample, IsSplitAtItsLinks) {
  std::string joined;
  split_sample(
      sample_of("a<a href=http://x.example/1>b</a><a href=http://x.example/2>c</a>"),
      [&](std::string_view text) { joined += text; },
      [&](std::uint16_t index) { joined += "[" + std::to_string(index) + "]"; });
  EXPECT_EQ(joined, "a[0]b</a>[1]c</a>");
}

}  // namespace
}  // namespace signpost::campaign
