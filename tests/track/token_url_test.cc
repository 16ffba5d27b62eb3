// Tokens in URLs: as they are written, and as they come back.
#include "track/token_url.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/track/ring.h"

namespace signpost::track {
namespace {

TEST(TokenUrl, TokensAreFound) {
  struct Case {
    const char* url;
    const char* token;  ///< nullptr: none
    Purpose purpose = Purpose::click;
  };
  const Case cases[] = {
      {"https://click.example.com/c/AbC-_9", "AbC-_9"},
      {"HTTP://click.example.com:8880/c/AbC", "AbC"},
      {"/c/AbC?utm=1", "AbC"},
      {"https://h/c/AbC#f?x", "AbC"},
      {"https://h/o/AbC.gif", "AbC", Purpose::open},
      {"https://h/u/AbC", "AbC", Purpose::unsubscribe},
      {"https://h/o/AbC", "AbC", Purpose::open},
      {"https://h/c/AbC.gif", "AbC"},
      {"https://h//c/AbC", "AbC"},
      {"https://h///u//AbC", "AbC", Purpose::unsubscribe},
      {"https://h/c/A/B", "A"},
      {"https://h/c/A%20B", "A"},
      {"https://h/c/A%2DB%5fC%2d", "A-B_C-"},
      {"https://h/c/A%252DB%41", "A-BA"},
      {"https://h/c/A%25252DB", "A"},
      {"https://h/c/A%2", "A"},
      {"https://h/c/A%", "A"},
      {"https://h/c/", nullptr},
      {"https://h/c/.A", nullptr},
      {"https://h/c", nullptr},
      {"https://h/x/AbC", nullptr},
      {"https://h/cc/AbC", nullptr},
      {"https://h", nullptr},
      {"c/AbC", nullptr},
      {"", nullptr},
  };
  for (const Case& one : cases) {
    const auto found = find_token(one.url);
    ASSERT_EQ(found.has_value(), one.token != nullptr) << one.url;
    if (!found) continue;
    EXPECT_EQ(found->token, one.token) << one.url;
    EXPECT_EQ(found->purpose, one.purpose) << one.url;
    EXPECT_EQ(find_token(format_path(found->purpose, found->token))->token, one.token);
  }
}

TEST(TokenUrl, WhatCannotBelongToATokenEndsIt) {
  for (const char* behind :
       {".",           ",",      ")",    ">",  "%3E",    "\"",           "%22",
        ";",           "/",      "=",    "'",  "]",      "...",          "/index.html",
        "&fbclid=abc", "%26x=y", "?a=b", "#c", "%20and", "\xE2\x80\xA6", "%E2%80%9D",
        "=0D=0A",      "!",      "|",    "*",  "~",      "\\",           ";jsessionid=1"}) {
    for (const char* prefix : {"/c/", "/o/", "/u/", "//u/", "https://h//c//"}) {
      const auto found = find_token(std::string(prefix) + "AbC-9" + behind);
      ASSERT_TRUE(found) << prefix << behind;
      EXPECT_EQ(found->token, "AbC-9") << prefix << behind;
    }
  }
}

TEST(TokenUrl, WhatMarkupLeftOrReadersCutOpensAsItWasMinted) {
  Lab lab;
  std::size_t cut_once = 0;
  std::size_t cut_twice = 0;
  for (int i = 0; i < 20000; ++i) {
    Token token;
    token.purpose = i % 2 == 0 ? Purpose::click : Purpose::unsubscribe;
    if (token.purpose == Purpose::click) token.target = "https://shop.example/";
    token.campaign = std::to_string(i);
    const std::string sealed = lab.sealer.seal(token);
    const auto opens = [&](const std::string& text, const std::string& as) {
      const auto minted = open_token(lab.sealer, {token.purpose, text});
      return minted && minted->token == token && minted->text == as;
    };
    ASSERT_TRUE(opens(sealed, sealed));
    ASSERT_TRUE(opens(sealed + "_", sealed));
    ASSERT_TRUE(opens(sealed + "-_-", sealed));
    if (sealed.size() % 4 != 1) continue;
    // Links that were sent without the letter behind the sign.
    std::string before = sealed.substr(0, sealed.size() - 1);
    std::string cut = before.substr(0, before.size() - 1);
    ++cut_once;
    ASSERT_TRUE(opens(cut, before));
    if (cut.back() != '-' && cut.back() != '_') continue;
    ++cut_twice;
    ASSERT_TRUE(opens(cut.substr(0, cut.size() - 1), before));
  }
  EXPECT_GT(cut_once, 100u);
  EXPECT_GT(cut_twice, 0u);
}

}  // namespace
}  // namespace signpost::track
