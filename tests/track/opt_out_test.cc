// The marks of other services.
#include "track/opt_out.h"

#include <string>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "tests/track/ring.h"
#include "track/rewrite.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

Rewritten run(const Lab& lab, const std::string& body, const char* type = "text/html") {
  return rewrite({{"Content-Type", type}}, body, lab.context);
}

std::string after(const std::string& body, const Rewritten& result) {
  return mail::apply_splices(body, mail::splices_of(body, result.replacements)).value_or("cannot apply");
}

TEST(OptOut, TheMarksOfLargeServicesCount) {
  Lab lab;
  for (const char* mark : {"ses:no-track",
                           "ses:no-track=\"\"",
                           "SES:No-Track=true",
                           "mc:disable-tracking",
                           "mc:disable-tracking=\"\"",
                           "data-msys-clicktrack=\"0\"",
                           "data-msys-clicktrack=0",
                           "data-pm-no-track",
                           "data-pm-no-track=\"true\"",
                           "mautic:disable-tracking",
                           "mautic:disable-tracking=\"true\"",
                           "data-mautic-disable-tracking=\"true\"",
                           "disable-tracking=true",
                           "disable-tracking=\"true\"",
                           "clicktracking=\"off\"",
                           "clicktracking=OFF",
                           "data-no-track=\"true\"",
                           "notrack",
                           "data-click-track-off",
                           "mb_dontconvertlink",
                           "data-signpost=off",
                           "class=untracked",
                           "class=\" button  Untracked \""}) {
    for (const bool before : {true, false}) {
      const std::string href = "href=\"https://shop.example/reset?token=1\"";
      const std::string html = "<a " + (before ? mark + (" " + href) : href + " " + mark) + ">reset</a>";
      const Rewritten result = run(lab, html);
      EXPECT_TRUE(result.replacements.empty()) << html;
      EXPECT_EQ(result.links, 1u) << html;
      EXPECT_EQ(result.reason, "opted-out") << html;
    }
  }
}

TEST(OptOut, OthersDoNot) {
  Lab lab;
  for (const char* mark : {"data-msys-clicktrack=1", "clicktracking=on", "disable-tracking=false",
                           "data-signpost=on", "class=tracked", "class=untracked-link", "title=notrack",
                           "data-ol-has-click-handler universal=\"true\"", "no-track"}) {
    const Rewritten result = run(lab, "<a href=\"https://shop.example/\" " + std::string(mark) + ">a</a>");
    EXPECT_EQ(result.rewritten, 1u) << mark;
    EXPECT_EQ(result.reason, "") << mark;
  }
}

TEST(OptOut, NotrackBecomesThePlainLink) {
  Lab lab;
  struct Case {
    const char* before;
    const char* after;
  };
  const Case cases[] = {
      {"<a href=\"https+notrack://shop.example/reset?token=1\">a</a>",
       "<a href=\"https://shop.example/reset?token=1\" data-signpost=\"off\">a</a>"},
      {"<a class=b href='HTTP+NoTrack://shop.example/a&amp;b' id=c>",
       "<a class=b href='HTTP://shop.example/a&amp;b' data-signpost='off' id=c>"},
      {"<a href=https+notrack://shop.example/>", "<a href=https://shop.example/ data-signpost=off>"},
      {"<a notrack href=\" https+notrack://shop.example/\">",
       "<a notrack href=\" https://shop.example/\" data-signpost=\"off\">"},
      {"<a href=\"ftp+notrack://shop.example/\">", "<a href=\"ftp+notrack://shop.example/\">"},
  };
  for (const Case& one : cases) {
    const Rewritten result = run(lab, one.before);
    const std::string body = after(one.before, result);
    EXPECT_EQ(body, one.after);
    EXPECT_EQ(result.rewritten, 0u) << one.before;
    EXPECT_EQ(mail::undo_splices(body, mail::splices_of(one.before, result.replacements)), one.before);
    const Rewritten again = run(lab, body);
    EXPECT_TRUE(again.replacements.empty()) << body;
    EXPECT_EQ(again.links, result.links) << body;
    EXPECT_EQ(result.reason, result.links > 0 ? "opted-out" : "no-links") << body;
  }
  lab.settings.plain_text = true;
  const std::string text = "Reset: https+notrack://shop.example/reset?token=1, or not.";
  EXPECT_EQ(after(text, run(lab, text, "text/plain")), "Reset: https://shop.example/reset?token=1, or not.");
}

TEST(OptOut, NotrackSchemes) {
  EXPECT_EQ(notrack_scheme("https+notrack://x"), 5u);
  EXPECT_EQ(notrack_scheme("HTTP+NOTRACK://x"), 4u);
  for (const char* other : {"https://x", "https+notrack:x", "+notrack://x", "https+notracks://x", ""})
    EXPECT_EQ(notrack_scheme(other), 0u) << other;
}

TEST(AppLinks, HaveAPathOfTheirOwn) {
  Lab lab;
  const auto url_in = [&](const std::string& attributes) {
    const std::string html = "<a " + attributes + " href=\"https://shop.example/x\">x</a>";
    const Rewritten result = rewrite({{"Content-Type", " text/html"}}, html, lab.context);
    return result.replacements.empty() ? std::string() : result.replacements[0].text;
  };
  const std::string host = "https://" + lab.settings.host;
  for (const char* mark : {"data-signpost=app", "DATA-SIGNPOST=' App '", "universal=\"true\""}) {
    const std::string url = url_in(mark);
    EXPECT_TRUE(url.starts_with(host + "/a/")) << mark << " " << url;
    const auto found = find_token(url);
    ASSERT_TRUE(found) << url;
    const auto token = lab.sealer.open(found->token, Purpose::click);
    ASSERT_TRUE(token);
    EXPECT_EQ(token->target, "https://shop.example/x");
    const Rewritten again = rewrite({{"Content-Type", " text/html"}},
                                    "<a " + std::string(mark) + " href=\"" + url + "\">", lab.context);
    EXPECT_EQ(again.reason, "tracked");
  }
  for (const char* mark : {"", "data-signpost=apps", "universal=false", "universal"})
    EXPECT_TRUE(url_in(mark).starts_with(host + "/c/")) << mark;
  EXPECT_EQ(url_in("universal=true ses:no-track"), "") << "an opt-out goes before";
}

}  // namespace
}  // namespace signpost::track
