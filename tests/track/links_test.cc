// Which links are found with each option, and which are left alone.
#include "track/links.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "tests/track/ring.h"
#include "track/rewrite.h"

namespace signpost::track {
namespace {

std::vector<std::string> links_of(std::string_view html, const Settings& settings) {
  std::vector<std::string> links;
  scan_links(html, mail::html::Charset::utf8, settings, [&](const FoundLink& link) {
    links.push_back((link.left_alone.empty() ? "+" : "-") + link.url);
  });
  return links;
}
using List = std::vector<std::string>;

TEST(Links, ConditionalCommentsOnlyIfAsked) {
  struct Case {
    const char* html;
    List links;
  };
  const Case cases[] = {
      {"<!--[if mso]><a href=\"http://x.example\"><![endif]-->", {"+http://x.example"}},
      {"<!--[IF gte mso 9]><xml></xml><v:roundrect HREF='http://x.example'><![ENDIF]-->",
       {"+http://x.example"}},
      {"<!--[if mso]><v:rect href=\"http://x.example\" data-no-track><![endif]-->", {"-http://x.example"}},
      {"<!--[if mso]><a href=http://x.example><![endif]-->", {"-http://x.example"}},
      {"<!--[if mso]><!-- <a href='http://x.example'> --><![endif]-->", {}},
      {"<!--[if mso]><a href='http://x.example'>-->", {}},
      {"<!--[if mso<a href='http://x.example'><![endif]-->", {}},
      {"<!-- [if mso]><a href='http://x.example'><![endif]-->", {}},
      {"<!--[if mso]>-->", {}},
      {"<!--[if]><![endif]-->", {}},
      {"<!--[if !mso]><!--><a href='http://x.example'></a><!--<![endif]-->", {"+http://x.example"}},
      {"<v:rect href='http://x.example'>", {}},
  };
  Settings on;
  on.conditional_comments = true;
  for (const Case& one : cases) EXPECT_EQ(links_of(one.html, on), one.links) << one.html;
  EXPECT_EQ(links_of(cases[0].html, {}), List{});
}

TEST(Links, SvgOnlyIfAsked) {
  Settings on;
  on.svg = true;
  const auto links = [&](std::string_view html) { return links_of(html, on); };
  EXPECT_EQ(links("<svg><a xlink:href=\"http://x.example\">"), List{"+http://x.example"});
  EXPECT_EQ(links("<svg><a href='#' xlink:href=\"http://x.example\">"), List{"+#"});
  EXPECT_EQ(links("<a xlink:href=\"http://x.example\">"), List{});
  EXPECT_EQ(links("<svg/><a xlink:href=\"http://x.example\">"), List{});
  EXPECT_EQ(links("<svg></svg></svg><svg><a xlink:href='http://x.example'>"), List{"+http://x.example"});
  EXPECT_EQ(links("<svg><use xlink:href=\"http://x.example\">"), List{});
  EXPECT_EQ(links_of("<svg><a xlink:href=\"http://x.example\">", {}), List{});
}

TEST(Links, ATextThatIsAUrlMayLeaveItsLinkAlone) {
  Settings leave;
  leave.url_text = false;
  const auto links = [&](std::string_view html) { return links_of(html, leave); };
  EXPECT_EQ(links("<a href=http://x.example>http://x.example</a>"), List{"-http://x.example"});
  EXPECT_EQ(links("<a href=http://x.example> <b>https://x</b>.example/\n</a>"), List{"-http://x.example"});
  EXPECT_EQ(links("<a href=http://x.example>WWW.x.example</a>"), List{"-http://x.example"});
  EXPECT_EQ(links("<a href=http://x.example>http&#58;//x.example/</a>"), List{"-http://x.example"});
  EXPECT_EQ(links("<a href=http://x.example>See http://x.example</a>"), List{"+http://x.example"});
  EXPECT_EQ(links("<a href=http://x.example>http://x.example is it</a>"), List{"+http://x.example"});
  EXPECT_EQ(links("<a href=http://x.example><img src=i></a>"), List{"+http://x.example"});
  EXPECT_EQ(links("<a href=http://1.example>one<a href=http://2.example>http://2.example</a>"),
            (List{"+http://1.example", "-http://2.example"}));
  EXPECT_EQ(links("<a href=http://x.example>http://x.example"), List{"-http://x.example"});
  EXPECT_EQ(links("<a href=http://x.example>http://x.example <b> is it"), List{"+http://x.example"});
  EXPECT_EQ(links("<a href=http://x.example>http://" + std::string(5000, 'x') + "</a>"),
            List{"-http://x.example"});
}

TEST(Links, OptionsKeepTheMessageReversible) {
  Lab lab;
  lab.settings.conditional_comments = lab.settings.svg = true;
  lab.settings.url_text = false;
  const std::string html =
      "<!--[if mso]><v:rect href=\"http://v.example/\"></v:rect><![endif]-->"
      "<svg><a xlink:href='http://s.example/'></a></svg><a href=http://t.example/>http://t.example/</a>";
  const std::vector<mail::Field> fields = {{"Content-Type", " text/html"}};
  const Rewritten result = rewrite(fields, html, lab.context);
  EXPECT_EQ(result.links, 3u);
  EXPECT_EQ(result.rewritten, 2u);
  const auto splices = mail::splices_of(html, result.replacements);
  const std::string body = *mail::apply_splices(html, splices);
  EXPECT_EQ(mail::undo_splices(body, splices), html);
  EXPECT_TRUE(rewrite(fields, body, lab.context).replacements.empty());
  EXPECT_TRUE(body.starts_with("<!--[if mso]><v:rect href=\"https://click.example.com/c/"));
  EXPECT_NE(body.find("</svg><a href=http://t.example/>"), body.npos);
}

TEST(Links, ExcludedPlacesAreLeftAlone) {
  struct Case {
    const char* exclusion;
    const char* target;
    bool covered;
  };
  const Case cases[] = {
      {"x.example", "http://x.example", true},
      {"X.Example", "https://x.example:8080/a?b#c", true},
      {"x.example", "http://x.example./", true},
      {"x.example", "http://www.x.example/", true},
      {"x.example", "http://notx.example/", false},
      {"x.example", "http://y.example/x.example", false},
      {"x.example/a", "http://x.example/a", true},
      {"x.example/a", "http://x.example/a/b", true},
      {"x.example/a", "http://x.example/a?b", true},
      {"x.example/a", "http://x.example/ab", false},
      {"x.example/a/", "http://x.example/a/b", true},
      {"x.example/a/", "http://x.example/a", false},
      {"x.example/", "http://x.example", false},
      {"x.example/a", "http://x.example?/a", false},
      {"b\xC3\xBC"
       "cher.example",
       "http://xn--bcher-kva.example/", true},
  };
  for (const Case& one : cases) {
    const auto exclusion = parse_exclusion(one.exclusion);
    ASSERT_TRUE(exclusion) << one.exclusion;
    EXPECT_EQ(covers(*exclusion, one.target), one.covered) << one.exclusion << " " << one.target;
  }
  for (const char* bad : {"", "/", "/a", "http://x.example", "x.example:80", "x.example/a?b", "x.example/a b",
                          "u@x.example", "192.0.2.1", "localhost", "*.x.example", "x.example."}) {
    EXPECT_FALSE(parse_exclusion(bad)) << bad;
  }
  Lab lab;
  lab.settings.exclude = {{"x.example", ""}, {"y.example", "/keep"}};
  const Rewritten result = rewrite({{"Content-Type", " text/html"}},
                                   "<a href=http://x.example><a href=http://y.example/keep/1>"
                                   "<a href=http://y.example/other>",
                                   lab.context);
  EXPECT_EQ(result.links, 3u);
  EXPECT_EQ(result.rewritten, 1u);
}

}  // namespace
}  // namespace signpost::track
