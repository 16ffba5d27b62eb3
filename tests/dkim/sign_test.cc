// What a signature covers, how its field is written, and what breaks it.
#include "dkim/sign.h"

#include <algorithm>

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

/// How often the default signature names each field of a message that has it once, and of one that has not.
struct Policy {
  const char* field;
  std::size_t present;
  std::size_t absent;
};

constexpr Policy kPolicy[] = {
    {"From", 2, 2},
    {"Reply-To", 2, 1},
    {"Subject", 2, 1},
    {"Date", 2, 1},
    {"To", 2, 1},
    {"Cc", 2, 1},
    {"Message-ID", 2, 1},
    {"In-Reply-To", 2, 1},
    {"References", 2, 1},
    {"MIME-Version", 2, 1},
    {"Content-Type", 2, 1},
    {"Content-Transfer-Encoding", 2, 1},
    {"Sender", 1, 0},
    {"Resent-From", 1, 0},
    {"Content-Disposition", 1, 0},
    {"List-Id", 1, 0},
    {"List-Help", 1, 0},
    {"List-Subscribe", 1, 0},
    {"List-Post", 1, 0},
    {"List-Owner", 1, 0},
    {"List-Archive", 1, 0},
    {"Feedback-ID", 1, 0},
    {"Signpost-Id", 2, 0},
    {"CFBL-Address", 2, 0},
    {"CFBL-Feedback-ID", 2, 0},
    {"Autocrypt", 1, 0},
    {"List-Unsubscribe", 1, 0},
    {"List-Unsubscribe-Post", 1, 0},
    {"Received", 0, 0},
    {"Return-Path", 0, 0},
    {"Bcc", 0, 0},
    {"Resent-Bcc", 0, 0},
    {"DKIM-Signature", 0, 0},
    {"Signpost-Stream", 0, 0},
    {"X-Mailer", 0, 0},
};

std::size_t times_named(const std::vector<mail::Field>& fields, const Settings& settings, std::string name) {
  name = base::lower(name);
  const std::string names = tag_without_white(sign_one({fields, ""}, settings), "h");
  const auto all = base::split(names, ':');
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), name));
}

TEST(Sign, DefaultPolicy) {
  const Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  const mail::Field from{"From", " <ann@example.com>"};
  for (const Policy& policy : kPolicy) {
    const bool is_from = std::string_view(policy.field) == "From";
    const std::vector<mail::Field> without = {from};
    std::vector<mail::Field> with = without;
    if (!is_from) with.push_back({policy.field, " x"});
    EXPECT_EQ(times_named(with, settings, policy.field), policy.present) << policy.field;
    EXPECT_EQ(times_named(without, settings, policy.field), policy.absent) << policy.field;
    EXPECT_EQ(would_sign(settings, base::lower(policy.field)), policy.present > 0) << policy.field;
  }
}

TEST(Sign, UnsubscribeIsCoveredWhateverTheSettingsSay) {
  Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  settings.oversign = {"from"};
  settings.sign = {};
  const std::vector<mail::Field> fields = newsletter().fields;
  EXPECT_EQ(times_named(fields, settings, "List-Unsubscribe"), 1U);
  EXPECT_EQ(times_named(fields, settings, "List-Unsubscribe-Post"), 1U);
  EXPECT_EQ(times_named(fields, settings, "Subject"), 0U);
}

TEST(Sign, ListsBehindUsMayAddTheirFields) {
  const Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  mail::Message message = newsletter();
  const mail::Field signature = sign_one(message, settings);
  for (const char* name : {"List-Id", "List-Post", "Feedback-ID", "Sender", "Received", "Return-Path"})
    message.fields.insert(message.fields.begin(), {name, " <of-the-list@example.org>"});
  EXPECT_EQ(problem_of(message, signature, *keys_of(settings)[0].key), "");
}

TEST(Sign, ExpiryByStream) {
  Settings settings = test_settings(Canon::relaxed, Canon::relaxed);
  settings.expire_after = std::chrono::hours(1);
  settings.stream_expiry = {{"receipts", std::chrono::hours(2)}, {"bulk", std::nullopt}};
  const auto expiry = [&settings](std::string_view stream) {
    const mail::Message message = newsletter();
    const auto value = sign(keys_of(settings)[0], settings, message.fields, {}, kNow, stream);
    return tag_without_white({"DKIM-Signature", *value}, "x");
  };
  EXPECT_EQ(expiry("transactional"), "1735693200");
  EXPECT_EQ(expiry("receipts"), "1735696800");
  EXPECT_EQ(expiry("bulk"), "");
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
