// What is kept of a newsletter: boxes, lengths, sizes, links; nothing of what it says.
#include "campaign/skeleton.h"

#include <string>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "tests/track/ring.h"
#include "track/rewrite.h"

namespace signpost::campaign {
namespace {

Skeleton skeleton_of(const std::string& html) {
  track::Lab lab;
  const std::vector<mail::Field> fields = {{"Content-Type", " text/html; charset=utf-8"}};
  const track::Rewritten result = track::rewrite(fields, html, lab.context);
  return make_skeleton(fields,
                       mail::apply_splices(html, mail::splices_of(html, result.replacements)).value_or(""),
                       lab.sealer);
}

std::string items_of(const std::string& html) {
  const std::string text = format_skeleton(skeleton_of(html));
  return text.substr(0, text.find('\n'));
}

TEST(Skeleton, KeepsBoxesLengthsAndSizes) {
  struct Case {
    const char* html;
    const char* items;
  };
  const Case cases[] = {
      {"", ""},
      {"<p>Dear Ann,</p>", "b t9 ]"},
      {"<h1>News</h1><hr>a<br>b", "h t4 ] - t1 n t1"},
      {"<p>  a \r\n  b&nbsp;&nbsp; &amp; \xC3\xA9 </p>", "b t7 ]"},
      {"<table><tr><td width=200>a<td width='50%'>b</table>", "b r c200 t1 ] c300 t1 ] ] ]"},
      {"<tr><td><table><tr><td>x</div></p></td></tr></table>y</td>", "r c0 b r c0 t1 ] ] ] t1 ] ]"},
      {"<p>a<p>b<ul><li>c<li>d</ul>", "b t1 ] b t1 b b t1 ] b t1 ] ] ]"},
      {"<img width=600 height=200 src=x><img width='1' height='1'><img>", "i600x200 i0x0"},
      {"<div style='Display : NONE'>secret<p>x</p></div>a", "t1"},
      {"<span style='display:none'>secret<span>x</span>y</span>a", "t1"},
      {"<!DOCTYPE html><title>secret</title><style>p{}</style><script>x</script>a", "t1"},
      {"a<!-- secret --!>b<!-- x -->", "t1 t1"},
      {"<a href=http://x.example/>t</a><a href=mailto:a@b.example>u</a><a name=x>v</a>", "a0 t1 ] t1 t1"},
      {"<a href=http://x.example/1>s<a href=http://x.example/2>t</a>", "a0 t1 ] a1 t1 ]"},
      {"<a href=http://x.example/1><table><tr><td><a href=http://x.example/2>t</a></table>",
       "a0 b r c0 t1 ] ] ] ]"},
      {"</td></p></a>", ""},
      {"<td width=99999999999999999999><td width=-5><td width=99999>", "c0 ] c0 ] c10000 ]"},
  };
  for (const Case& one : cases) EXPECT_EQ(items_of(one.html), one.items) << one.html;
}

TEST(Skeleton, PlacesOfLinksNameNobody) {
  const Skeleton skeleton = skeleton_of(
      "<a href='http://x.example/a?user=ann@example.org#bob'>t</a><a href=http://127.0.0.1/>u</a>"
      "\r\n<a href='https://x.example/" +
      std::string(600, 'y') + "'>v</a>");
  ASSERT_EQ(skeleton.links.size(), 2u);
  EXPECT_EQ(skeleton.links[0], (SkeletonLink{0, "http://x.example/a"}));
  EXPECT_EQ(skeleton.links[1].index, 2);
  EXPECT_EQ(skeleton.links[1].place.size(), 300u);
}

TEST(Skeleton, HoldsNothingThatTheMessageSays) {
  const std::string html =
      "<title>Geheim</title><p title='Geheim' class='Geheim'>Geheim <b>Geheim</b> <img alt='Geheim' "
      "src='Geheim'></p>"
      "<a href='http://x.example/?Geheim' name='Geheim'>Geheim</a><!-- Geheim -->";
  EXPECT_EQ(format_skeleton(skeleton_of(html)).find("Geheim"), std::string::npos);
}

TEST(Skeleton, IsBoundedAndBalanced) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "<div><table><tr><td>x";
  std::string wide;
  for (int i = 0; i < 5000; ++i) wide += "<p>x<a href='http://x.example/" + std::to_string(i) + "'>\n</a>";
  for (const std::string& html : {deep, wide}) {
    const Skeleton skeleton = skeleton_of(html);
    EXPECT_LE(skeleton.items.size(), kMaxSkeletonItems);
    EXPECT_LE(skeleton.links.size(), 1000u);
    const auto parsed = parse_skeleton(format_skeleton(skeleton));
    ASSERT_TRUE(parsed) << parsed.error().text;
    EXPECT_EQ(*parsed, skeleton);
  }
}

TEST(Skeleton, SignedMailHasNone) {
  track::Lab lab;
  const std::string body = "--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n--b--\r\n";
  EXPECT_EQ(make_skeleton({{"Content-Type", " multipart/signed; boundary=b"}}, body, lab.sealer), Skeleton{});
}

TEST(Skeleton, OnlyItsOwnFormIsRead) {
  for (const char* good : {"\n", "b t5 ]\n", "a7 i5x6 ]\n7 http://x.example/\n", "\n0 \n65535 x y\n"})
    EXPECT_EQ(format_skeleton(parse_skeleton(good).value_or(Skeleton{{{}}, {}})), good);
  for (const char* bad :
       {"", "b", "b\n", "]\n", "t\n", "t-1\n", "tx\n", "i5\n", "i5x\n", "b5 ]\n", "q\n", " \n", "a65536 ]\n",
        "\nx\n", "\n5\n", "\n65536 x\n", "\n1 x\n1 y\n", "\n2 x\n1 y\n", "t99999999999\n"}) {
    EXPECT_FALSE(parse_skeleton(bad)) << bad;
  }
}

}  // namespace
}  // namespace signpost::campaign
