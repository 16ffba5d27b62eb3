// An answer of the web program as bytes.
#include <array>
#include <ctime>

#include <gtest/gtest.h>

#include "web/respond.h"

namespace signpost::system {
namespace {

constexpr base::Wall kNow{std::chrono::milliseconds(1'795'435'200'123)};

TEST(FormatResponse, GivesEveryAnswerItsFields) {
  const HttpResponse response{302, {}, "https://shop.example/", {}, {}};
  const std::string text = format_response(response, {false, true, kNow});
  EXPECT_EQ(
      text,
      "HTTP/1.1 302 Found\r\n"
      "Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n"
      "Cache-Control: no-store\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "X-Robots-Tag: noindex\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Content-Security-Policy: default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
      "frame-ancestors 'none'\r\n"
      "Location: https://shop.example/\r\n"
      "Content-Length: 0\r\n\r\n");
}

TEST(FormatResponse, HasTheDateOfEveryDay) {
  const HttpResponse response{200, {}, {}, {}, {}};
  for (std::int64_t day = 0; day < std::int64_t{366} * 9;
       ++day) {  // two leap years, each end of a year and each weekday
    const std::time_t seconds = (20000 + day) * 86400 + day * 7919 % 86400;
    std::array<char, 64> expected{};
    std::tm parts{};
    ASSERT_NE(std::strftime(expected.data(), expected.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n",
                            gmtime_r(&seconds, &parts)),
              0u);
    const std::string text =
        format_response(response, {false, true, base::Wall(std::chrono::seconds(seconds))});
    ASSERT_NE(text.find(expected.data()), std::string::npos) << expected.data() << text;
  }
}

TEST(FormatResponse, LeavesTheBodyOutForHeadAndClosesWhenTold) {
  const HttpResponse response{200, "text/plain", {}, {}, "ok\n"};
  const std::string text = format_response(response, {true, false, kNow});
  EXPECT_NE(text.find("Content-Length: 3\r\n"), std::string::npos);
  EXPECT_NE(text.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(FormatResponse, HasNoLengthWithoutContent) {
  const std::string text = format_response({204, {}, {}, "GET", {}}, {false, true, kNow});
  EXPECT_EQ(text.find("Content-Length"), std::string::npos);
  EXPECT_NE(text.find("Allow: GET\r\n"), std::string::npos);
}

}  // namespace
}  // namespace signpost::system
