// What a signature covers, how its field is written, and what breaks it.
#include "dkim/sign.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using testing::hash_body;
using testing::keys_of;
using testing::kNow;
using testing::problem_of;
using testing::tag_without_white;
using testing::test_settings;

mail::Message newsletter() {
  return {{{"Received", " from app"},
           {"From", " Ann <ann@example.com>"},
           {"To", " Bob <bob@example.net>,\n\tCarl <carl@example.net>"},
           {"Subject", " Winter  sale "},
           {"X-Mailer", " app"},
           {"Date", " Wed, 1 Jan 2025 00:00:00 +0000"},
           {"Comments", " one"},
           {"List-Unsubscribe", " <https://example.com/u/1>"},
           {"List-Unsubscribe-Post", " List-Unsubscribe=One-Click"},
           {"Comments", " two"}},
          "Hello\r\n"};
}

mail::Field sign_one(const mail::Message& message, const Settings& settings, std::size_t key = 0) {
  const auto value = sign(keys_of(settings)[key], settings, message.fields,
                          hash_body(message.body, settings.body_canon), kNow);
  EXPECT_TRUE(value);
  return {"DKIM-Signature", *value};
}

TEST(Sign, CoversTheRightFieldsInOrder) {
  Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  settings.oversign = {"from", "subject", "cc"};
  settings.sign = {"to", "comments", "subject", "absent"};
  EXPECT_EQ(tag_without_white(sign_one(newsletter(), settings), "h"),
            "from:from:subject:subject:cc:to:comments:comments:list-unsubscribe:list-unsubscribe-post");
}

TEST(Sign, NeverCoversWhatChangesOnTheWayAndAlwaysFrom) {
  Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  settings.oversign = {"received", "return-path", "bcc"};
  settings.sign = {"dkim-signature", "signpost-stream", "received", "to", "from"};
  mail::Message message = newsletter();
  message.fields.push_back({"Bcc", " x@example.net"});
  message.fields.push_back({"Signpost-Stream", " bulk"});
  message.fields.push_back({"DKIM-Signature", " v=1"});
  EXPECT_EQ(tag_without_white(sign_one(message, settings), "h"),
            "from:from:to:list-unsubscribe:list-unsubscribe-post");
}

TEST(Sign, DefaultsCoverWhatReadersShow) {
  const Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  mail::Message message = newsletter();
  for (const char* name :
       {"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "List-Id", "Feedback-ID", "In-Reply-To",
        "References", "Resent-From", "Sender", "Cc", "Reply-To", "Message-ID"}) {
    message.fields.push_back({name, " x"});
  }
  const std::string covered = ":" + tag_without_white(sign_one(message, settings), "h") + ":";
  for (const mail::Field& field : message.fields) {
    const std::string name = base::lower(field.name);
    const bool expected = name != "received" && name != "x-mailer" && name != "comments";
    EXPECT_EQ(covered.find(":" + name + ":") != std::string::npos, expected) << name;
  }
}

TEST(Sign, WritesTheTags) {
  Settings settings = test_settings(Canon::relaxed, Canon::simple);
  const mail::Field rsa = sign_one(newsletter(), settings);
  EXPECT_EQ(
      rsa.value.find(" v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=rsa;\n\tt=1735689600; h=from:"),
      0U);
  EXPECT_EQ(tag_without_white(rsa, "x"), "");
  settings.expire_after = std::chrono::hours(24 * 14);
  settings.header_canon = Canon::simple;
  const mail::Field ed25519 = sign_one(newsletter(), settings, 1);
  EXPECT_EQ(tag_without_white(ed25519, "a"), "ed25519-sha256");
  EXPECT_EQ(tag_without_white(ed25519, "c"), "simple/simple");
  EXPECT_EQ(tag_without_white(ed25519, "s"), "ed");
  EXPECT_EQ(tag_without_white(ed25519, "x"), "1736899200");
  EXPECT_EQ(tag_without_white(ed25519, "l"), "");
}

std::size_t longest_line(const mail::Field& field) {
  std::size_t longest = 0;
  for (const std::string_view line : base::split(field.name + ":" + field.value, '\n')) {
    longest = std::max(longest, line.size());
  }
  return longest;
}

TEST(Sign, KeepsLinesShort) {
  Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  mail::Message message = newsletter();
  for (int i = 0; i < 100; ++i) {
    const std::string name = "x-field-number-" + std::to_string(i);
    settings.sign.push_back(name);
    for (int j = 0; j < 3; ++j) message.fields.push_back({name, " x"});
  }
  const mail::Field field = sign_one(message, settings);
  EXPECT_LE(longest_line(field), 78U);
  EXPECT_EQ(problem_of(message, field, *keys_of(settings)[0].key), "");
}

TEST(Sign, ALongDomainAloneMakesALongLine) {
  Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  SigningKey key = keys_of(settings)[0];
  for (int i = 0; i < 4; ++i) key.domain = std::string(60, 'a') + "." + key.domain;
  const auto value = sign(key, settings, newsletter().fields, hash_body("", Canon::relaxed), kNow);
  ASSERT_TRUE(value);
  EXPECT_LE(longest_line({"DKIM-Signature", *value}), 260U);
}

TEST(Sign, IsGoodInEveryCanonicalization) {
  for (const Canon header : {Canon::simple, Canon::relaxed}) {
    for (const Canon body : {Canon::simple, Canon::relaxed}) {
      const Settings settings = test_settings(header, body);
      const mail::Message message = newsletter();
      const auto values =
          sign_all(keys_of(settings), settings, message.fields, hash_body(message.body, body), kNow);
      ASSERT_TRUE(values);
      ASSERT_EQ(values->size(), 2U);
      for (std::size_t i = 0; i < 2; ++i) {
        const mail::Field field{"DKIM-Signature", (*values)[i]};
        EXPECT_EQ(problem_of(message, field, *keys_of(settings)[i].key), "");
        EXPECT_EQ(field, sign_one(message, settings, i));
      }
    }
  }
}

TEST(Sign, NoticesChanges) {
  const Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  const mail::Message message = newsletter();
  const mail::Field field = sign_one(message, settings);
  const base::PrivateKey& key = *keys_of(settings)[0].key;
  const auto after = [&](auto change) {
    mail::Message changed = message;
    change(changed);
    return problem_of(changed, field, key);
  };
  const mail::Field evil{"From", " <evil@example.org>"};
  EXPECT_EQ(after([](mail::Message& m) { m.body += "more\r\n"; }), "body-hash");
  EXPECT_EQ(after([&](mail::Message& m) { m.fields.insert(m.fields.begin(), evil); }), "signature");
  EXPECT_EQ(after([&](mail::Message& m) { m.fields.push_back(evil); }), "signature");
  EXPECT_EQ(after([](mail::Message& m) { m.fields.push_back({"Reply-To", " x@example.org"}); }), "signature");
  EXPECT_EQ(after([](mail::Message& m) { m.fields.push_back({"Cc", ""}); }), "signature");
  EXPECT_EQ(after([](mail::Message& m) { m.fields[7].value += "2"; }), "signature");
  EXPECT_EQ(after([](mail::Message& m) { m.fields.erase(m.fields.begin() + 8); }), "signature");
  EXPECT_EQ(after([](mail::Message& m) { m.fields[3].value = " Winter\n\tsale"; }), "");
  EXPECT_EQ(after([](mail::Message& m) { m.fields.insert(m.fields.begin(), {"Received", " by mx"}); }), "");
}

TEST(Sign, RepeatedFieldsAreTakenFromTheBottom) {
  Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  settings.sign = {"comments"};
  mail::Message message = newsletter();
  const mail::Field field = sign_one(message, settings);
  message.fields.insert(message.fields.begin(), {"Comments", " zero"});  // above: not among the signed ones
  EXPECT_EQ(problem_of(message, field, *keys_of(settings)[0].key), "");
  message.fields.push_back({"Comments", " three"});
  EXPECT_EQ(problem_of(message, field, *keys_of(settings)[0].key), "signature");
}

TEST(Sign, WithoutKeysThereAreNoSignatures) {
  const Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  EXPECT_TRUE(sign_all({}, settings, newsletter().fields, {}, kNow)->empty());
}

TEST(Sign, SomeFieldsAreNeverSigned) {
  for (const char* name :
       {"Received", "RETURN-PATH", "bcc", "Resent-Bcc", "DKIM-Signature", "Signpost-Anything", "x;y"}) {
    EXPECT_TRUE(is_never_signed(name)) << name;
  }
  for (const std::string& name : default_signed_fields()) EXPECT_FALSE(is_never_signed(name)) << name;
}

}  // namespace
}  // namespace signpost::dkim
