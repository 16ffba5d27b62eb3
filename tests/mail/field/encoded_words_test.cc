// Encoded words as libraries write them, and what is none.
#include "mail/field/encoded_words.h"

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

TEST(EncodedWords, AreDecoded) {
  const std::pair<const char*, const char*> kCases[] = {
      {"=?utf-8?q?a=20b_c?=", "a b c"},
      {"=?UTF-8?B?YSBi?=", "a b"},
      {"x =?utf-8?q?a?= y", "x a y"},
      {"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
      {"=?utf-8?q?a?=\n =?utf-8?b?Yg==?=", "ab"},
      {"=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"},
      {"=?iso-8859-1?Q?=E4?=", "\xE4"},
      {"=?utf-8?q?"
       "?=",
       ""},
      {"<=?utf-8?q?https=3A//x?=>", "<https://x>"},
  };
  for (const auto& [text, decoded] : kCases) EXPECT_EQ(decode_encoded_words(text), decoded) << text;
}

TEST(EncodedWords, ThatAreNoneAreNotGuessed) {
  for (const char* text :
       {"", "plain", "=?utf-8?q?a", "=?utf-8?x?a?=", "=?utf-8?q", "=?utf-8?q?", "=?utf-8?q?a?",
        "=?utf-8?q?=4?=", "=?utf-8?q?=zz?=", "=?utf-8?b?YSB?=", "=?utf 8?q?a?="}) {
    EXPECT_EQ(decode_encoded_words(text), std::nullopt) << text;
  }
  EXPECT_EQ(decode_encoded_words(std::string("=?") + "?q?a?="), std::nullopt) << "no charset";
}

}  // namespace
}  // namespace signpost::mail
