// One pixel a message, where it goes, and why there is none. That it does not change the layout is for
// tests/e2e/pixel_e2e.py.
#include "track/pixel.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "mail/recode.h"
#include "tests/track/ring.h"
#include "track/rewrite.h"

namespace signpost::track {
namespace {

std::vector<mail::Field> typed(std::string type, std::string encoding = "7bit") {
  return {{"Content-Type", std::move(type)}, {"Content-Transfer-Encoding", std::move(encoding)}};
}

std::string part(std::string_view content, std::string_view type = "text/html", std::string_view more = "") {
  return "--b\r\nContent-Type: " + std::string(type) + "\r\n" + std::string(more) + "\r\n" +
         std::string(content) + "\r\n";
}

class Pixel : public testing::Test {
 protected:
  Pixel() { lab_.context.opens = true; }

  /// The body with "@" for each pixel.
  std::string see(const std::string& body, std::string type = "text/html", std::string encoding = "7bit") {
    result_ = rewrite(typed(type, encoding), body, lab_.context);
    const auto splices = mail::splices_of(body, result_.replacements);
    std::string after = mail::apply_splices(body, splices).value_or("cannot apply");
    EXPECT_EQ(mail::undo_splices(after, splices), body);
    const Rewritten again = rewrite(typed(type, encoding), after, lab_.context);
    EXPECT_TRUE(again.replacements.empty()) << after;
    EXPECT_EQ(result_.pixel, result_.no_pixel.empty());
    if (result_.pixel) {
      EXPECT_EQ(again.no_pixel, "has-pixel");
    }
    std::string marked;
    for (std::size_t at = 0; at < after.size();) {
      const bool ours = after.compare(at, 4, "<img") == 0;
      marked += ours ? '@' : after[at];
      at = ours ? after.find('>', at) + 1 : at + 1;
    }
    return marked;
  }

  Lab lab_;
  Rewritten result_;
};

TEST_F(Pixel, OneInTheLastAlternativeAndTheFirstOfPartsInARow) {
  // As Apple Mail splits a text around its attachments.
  const std::string inner = "--A\r\n\r\nhello\r\n--A\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
                            part("<body>Before</body>") + part("JVBERi0=", "application/pdf") +
                            part("<body>Middle</body>") + part("<body>After</body>") + "--b--\r\n--A--\r\n";
  const std::string after = see(inner, "multipart/alternative; boundary=A");
  EXPECT_NE(after.find("Before@</body>"), after.npos) << after;
  EXPECT_EQ(std::count(after.begin(), after.end(), '@'), 1);

  EXPECT_EQ(see(part("<p>a") + part("<p>b") + "--b--\r\n", "multipart/alternative; boundary=b"),
            part("<p>a") + part("<p>b@") + "--b--\r\n");
  EXPECT_EQ(see(part("<p>a") + part("<p>b") + "--b--\r\n", "multipart/related; boundary=b"),
            part("<p>a@") + part("<p>b") + "--b--\r\n");
  EXPECT_EQ(see(part("<p>a") + part("BEGIN:VCALENDAR", "text/calendar") + "--b--\r\n",
                "multipart/alternative; boundary=b"),
            part("<p>a@") + part("BEGIN:VCALENDAR", "text/calendar") + "--b--\r\n");
}

TEST_F(Pixel, APartThatCannotHaveItLeavesItToTheNext) {
  EXPECT_EQ(see(part("<p>a<!-- open") + part("<p>b") + "--b--\r\n", "multipart/mixed; boundary=b"),
            part("<p>a<!-- open") + part("<p>b@") + "--b--\r\n");
  EXPECT_EQ(see(part(" \r\n") + part("<p>b") + "--b--\r\n", "multipart/mixed; boundary=b"),
            part(" \r\n") + part("<p>b@") + "--b--\r\n");
  EXPECT_EQ(see(part("<p>a<!-- open") + part("  ") + "--b--\r\n", "multipart/mixed; boundary=b").find('@'),
            std::string::npos);
  EXPECT_EQ(result_.no_pixel, "truncated-html");
}

TEST_F(Pixel, ItsPlace) {
  EXPECT_EQ(see("<p>a</body></html>"), "<p>a@</body></html>");
  EXPECT_EQ(see("</body>a</BODY >b"), "</body>a@</BODY >b");
  EXPECT_EQ(see("<p>a\r\n"), "<p>a@\r\n");
  EXPECT_EQ(see("<p>a"), "<p>a@");
  EXPECT_EQ(see("<!--</body>--><p>"), "<!--</body>--><p>@");
  EXPECT_EQ(see("a=\r\n", "text/html", "quoted-printable"), "a@=\r\n");
}

TEST_F(Pixel, ALinkForProgramsMayStandBeforeIt) {
  lab_.context.clicks = true;
  lab_.settings.trap_link = true;
  const std::string after = see("<body><a href=x>a</a></body>");
  EXPECT_TRUE(after.starts_with("<body><a href=x>a</a><a href=\"https://")) << after;
  EXPECT_NE(
      after.find("\" style=\"display:none!important\" tabindex=\"-1\" aria-hidden=\"true\"></a>@</body>"),
      std::string::npos)
      << after;
  EXPECT_EQ(result_.links, 0u) << "it is none of the sender's";
  const std::size_t begin = after.find("/c/") + 3;
  const auto token =
      lab_.context.sealer->open(after.substr(begin, after.find('"', begin) - begin), Purpose::click);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->link, kTrapLink);
  EXPECT_EQ(token->target, "https://" + lab_.settings.host + "/");
  // On lines of their own they take no room from the links.
  EXPECT_NE(see(std::string(940, 'x') + "\r\n").find("<a\r\nhref="), std::string::npos);
  // Without clicks there is none.
  lab_.context.clicks = false;
  EXPECT_EQ(see("<body><a href=x>a</a></body>"), "<body><a href=x>a</a>@</body>");
}

TEST_F(Pixel, TheSenderMayMarkItsPlace) {
  EXPECT_EQ(see("<td><span data-signpost=pixel></span>a</td></body>"),
            "<td><span data-signpost=pixel>@</span>a</td></body>");
  EXPECT_EQ(see("<br data-signpost=' Pixel '/><br data-signpost=pixel>b"),
            "<br data-signpost=' Pixel '/>@<br data-signpost=pixel>b");
  // A part with a mark is asked first.
  EXPECT_EQ(see(part("<p>a") + part("<p data-signpost=pixel>b") + "--b--\r\n", "multipart/mixed; boundary=b"),
            part("<p>a") + part("<p data-signpost=pixel>@b") + "--b--\r\n");
  // No image could stand there, or nothing says that it is the place.
  for (const char* html : {"<style data-signpost=pixel>p{}</style>a", "<head data-signpost=pixel></head>a",
                           "<table data-signpost=pixel><tr data-signpost=pixel></table>a",
                           "<svg><g data-signpost=pixel></g></svg>a", "<!-- <p data-signpost=pixel> -->a",
                           "<p data-signpost=off>a", "<select data-signpost=pixel></select>a"}) {
    EXPECT_EQ(see(html), std::string(html) + "@");
  }
}

TEST_F(Pixel, ThereIsAlwaysAReason) {
  const auto why = [&](const std::string& html, const char* type = "text/html") {
    see(html, type);
    return result_.no_pixel;
  };
  EXPECT_EQ(why("<p>a"), "");
  EXPECT_EQ(why("<p><!-- open"), "truncated-html");
  EXPECT_EQ(why("<p><a href=\"http://x.example/1\">1</a> <a href=\"http://x.example/2\" ta"),
            "truncated-html");
  EXPECT_EQ(result_.rewritten, 1u);
  EXPECT_EQ(why("<p></"), "truncated-html");
  EXPECT_EQ(why(" \r\n"), "empty-html");
  EXPECT_EQ(why("<meta charset=utf-7>1+1"), "charset");
  EXPECT_EQ(why("x", "text/plain"), "no-html");
  EXPECT_EQ(why("x", "multipart/signed; boundary=b"), "signed-content");
  lab_.settings.plain_text = true;
  EXPECT_EQ(why("see http://x.example/", "text/plain"), "no-html");
  lab_.context.opens = false;
  EXPECT_EQ(why("<p>a"), "opens-off");
  lab_.context.mode = Mode::off;
  EXPECT_EQ(why("<p>a"), "off");
  lab_.context.sealer = nullptr;
  EXPECT_EQ(why("<p>a"), "not-configured");
}

TEST_F(Pixel, NeverCostsALinkItsPlaceInTheLine) {
  const std::string link = "<a href=\"https://shop.example/1\">1</a>";
  for (std::size_t fill = 500; fill < 1100; ++fill) {
    for (const bool same_line : {true, false}) {
      const std::string html =
          link + (same_line ? "" : "\r\n") + "<p>" + std::string(fill, 'x') + "</p></body></html>";
      lab_.context.opens = false;
      const std::size_t without = rewrite(typed("text/html"), html, lab_.context).rewritten;
      lab_.context.opens = true;
      see(html);
      EXPECT_GE(result_.rewritten, without) << fill;
      if (fill < 800) {
        EXPECT_TRUE(result_.pixel) << fill;
      }
      if (!same_line && fill <= 983) {
        EXPECT_TRUE(result_.pixel && result_.rewritten == 1) << fill;
      }
      if (!result_.pixel) {
        EXPECT_EQ(result_.no_pixel, "line-too-long");
      }
      const auto splices = mail::splices_of(html, result_.replacements);
      const std::string after = *mail::apply_splices(html, splices);
      EXPECT_TRUE(!mail::has_long_line(after) || mail::has_long_line(html)) << fill;
    }
  }
}

}  // namespace
}  // namespace signpost::track
