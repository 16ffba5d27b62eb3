// What counts as a signature of ours that is there already, case by case.
#include "dkim/own_signature.h"

#include <gtest/gtest.h>

#include "dkim/sign.h"
#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using testing::keys_of;
using testing::kNow;

const Settings& settings() {
  static const Settings made = testing::test_settings(Canon::relaxed, Canon::relaxed);
  return made;
}

mail::Message signed_by(const std::vector<SigningKey>& keys, const Settings& with = settings()) {
  mail::Message message{{{"From", " <ann@example.com>"}, {"Subject", " Sale"}, {"X-Other", " x"}},
                        "Hello\r\n"};
  const auto values =
      sign_all(keys, with, message.fields, testing::hash_body(message.body, with.body_canon), kNow);
  for (const std::string& value : *values)
    message.fields.insert(message.fields.begin(), {"DKIM-Signature", value});
  return message;
}

std::vector<std::size_t> found(const mail::Message& message, base::Wall now = kNow) {
  std::vector<std::size_t> keys;
  for (const OwnSignature& own : find_own_signatures(message.fields, keys_of(settings()), settings(), now))
    keys.push_back(own.key);
  return keys;
}

using Keys = std::vector<std::size_t>;

TEST(OwnSignature, FindsOurs) {
  EXPECT_EQ(found(signed_by(keys_of(settings()))), (Keys{1, 0}));
  EXPECT_EQ(found(signed_by({keys_of(settings())[1]})), Keys{1});
  EXPECT_EQ(found(signed_by({})), Keys{});
}

TEST(OwnSignature, AnotherCanonicalizationIsOursToo) {
  const auto message =
      signed_by({keys_of(settings())[0]}, testing::test_settings(Canon::simple, Canon::simple));
  EXPECT_EQ(found(message), Keys{0});
}

TEST(OwnSignature, FakesAndWreckageDoNotCount) {
  const auto after = [](auto change) {
    mail::Message message = signed_by({keys_of(settings())[0]});
    change(message.fields);
    return found(message);
  };
  using Fields = std::vector<mail::Field>;
  EXPECT_EQ(after([](Fields& fields) { fields[2].value += "x"; }), Keys{});
  EXPECT_EQ(after([](Fields& fields) { fields[0].value += "; z=x"; }), Keys{});
  EXPECT_EQ(after([](Fields& fields) { fields[0].value = " v=1"; }), Keys{});
  EXPECT_EQ(after([](Fields& fields) { fields[3].value += "x"; }), Keys{0});  // X-Other is not signed
  // A field that we would sign, added since where it does not break the old one, needs a new signature.
  EXPECT_EQ(after([](Fields& fields) { fields.push_back({"List-Id", " <l.example.com>"}); }), Keys{});
}

TEST(OwnSignature, AnotherKeyUnderOurNameDoesNotCount) {
  SigningKey fake = keys_of(settings())[0];
  fake.key = testing::test_key("rfc6376");
  EXPECT_EQ(found(signed_by({fake})), Keys{});
  fake = keys_of(settings())[1];
  fake.selector = "rsa";  // our Ed25519 key, named as the RSA one
  EXPECT_EQ(found(signed_by({fake})), Keys{});
}

TEST(OwnSignature, ExpiredDoesNotCount) {
  Settings short_lived = settings();
  short_lived.expire_after = std::chrono::hours(1);
  const mail::Message message = signed_by({keys_of(settings())[0]}, short_lived);
  EXPECT_EQ(found(message), Keys{0});
  EXPECT_EQ(found(message, kNow + std::chrono::hours(2)), Keys{});
}

TEST(OwnSignature, ManyFakesCostLittle) {
  mail::Message message = signed_by({keys_of(settings())[0]});
  mail::Field fake = message.fields.front();
  fake.value += "; z=x";
  message.fields.insert(message.fields.begin(), 1000, fake);
  EXPECT_EQ(found(message), Keys{});  // below too many of them the true one is not looked for
}

}  // namespace
}  // namespace signpost::dkim
