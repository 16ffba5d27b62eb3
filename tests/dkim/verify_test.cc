// Our verifier: the messages that the RFCs print, our own signatures in every form, and what it must refuse.
#include "dkim/verify.h"

#include <map>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "dkim/key_record.h"
#include "dkim/record.h"
#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using testing::data_path;
using testing::kNow;
using testing::read_file;
using testing::test_key;

using Zone = std::map<std::string, std::string>;

RecordLookup lookup_in(const Zone& zone) {
  return [&zone](const std::string& name) -> base::Result<std::string> {
    const auto record = zone.find(name);
    if (record == zone.end()) return base::fail(base::ErrorKind::not_found, "no record");
    return record->second;
  };
}

Zone example_zone() {
  return {{"rsa._domainkey.example.com", format_record(*test_key("test-rsa2048"))},
          {"ed._domainkey.example.com", format_record(*test_key("test-ed25519"))}};
}

std::vector<std::string> problems(const mail::Message& message, const Zone& zone, base::Wall now = kNow) {
  std::vector<std::string> words;
  for (const Verified& one : verify(message, lookup_in(zone), now)) words.push_back(one.problem);
  return words;
}

using Words = std::vector<std::string>;

mail::Message rfc_message(const std::string& name) {
  return mail::parse_message(testing::crlf(read_file(data_path("dkim/" + name))));
}

mail::Message signed_message(Settings settings = testing::test_settings(Canon::relaxed, Canon::relaxed)) {
  const mail::Message message{
      {{"From", " Ann <ann@example.com>"}, {"Subject", " Winter  sale "}, {"Comments", " a"}}, "Hello \r\n"};
  return mail::parse_message(testing::sign_message(message, settings));
}

TEST(Verify, Rfc6376AppendixA) {
  const Zone zone = {{"brisbane._domainkey.example.com", format_record(*test_key("rfc6376"))}};
  EXPECT_EQ(problems(rfc_message("rfc6376.eml"), zone), Words{""});
}

TEST(Verify, Rfc8463AppendixA) {
  const Zone zone = {
      {"brisbane._domainkey.football.example.com", format_record(*test_key("rfc8463-ed25519"))},
      {"test._domainkey.football.example.com", format_record(*test_key("rfc8463-rsa"))}};
  EXPECT_EQ(problems(rfc_message("rfc8463.eml"), zone), (Words{"", ""}));
}

TEST(Verify, OurOwnInEveryCanonicalization) {
  for (const Canon header : {Canon::simple, Canon::relaxed}) {
    for (const Canon body : {Canon::simple, Canon::relaxed}) {
      EXPECT_EQ(problems(signed_message(testing::test_settings(header, body)), example_zone()),
                (Words{"", ""}));
    }
  }
}

TEST(Verify, NoticesWhatWasChanged) {
  const mail::Message good = signed_message();
  const auto after = [&](auto change) {
    mail::Message message = good;
    change(message);
    return problems(message, example_zone());
  };
  EXPECT_EQ(after([](mail::Message& m) { m.body += "more\r\n"; }), (Words{"body-hash", "body-hash"}));
  EXPECT_EQ(after([](mail::Message& m) { m.fields[2].value += "x"; }), (Words{"signature", "signature"}));
  EXPECT_EQ(after([](mail::Message& m) {
              m.fields.push_back({"From", " <e@x.example>"});
            }),
            (Words{"signature", "signature"}));
  EXPECT_EQ(after([](mail::Message& m) { m.fields.push_back({"Received", " by mx"}); }), (Words{"", ""}));
  EXPECT_EQ(after([](mail::Message& m) { m.fields.push_back({"X-Spam", " no"}); }), (Words{"", ""}));
}

TEST(Verify, TheKeyRecordDecides) {
  const mail::Message message = signed_message();
  const std::string rsa = "rsa._domainkey.example.com";
  const auto with = [&](const std::string& record) {
    Zone zone = example_zone();
    zone[rsa] = record;
    return problems(message, zone).front();
  };
  const std::string good = example_zone().at(rsa);
  EXPECT_EQ(with(good), "");
  EXPECT_EQ(with("p=" + good.substr(good.find("p=") + 2)), "");  // all but p= has a default
  EXPECT_EQ(with(good + "; t=y:s; n=a note; h=sha1:sha256; s=*"), "");
  EXPECT_EQ(with("v=DKIM1; p="), "revoked");
  EXPECT_EQ(with(good + "; h=sha1"), "bad-key");
  EXPECT_EQ(with(good + "; s=tlsrpt"), "bad-key");
  EXPECT_EQ(with("v=DKIM2; p=" + good), "bad-key");
  EXPECT_EQ(with("p=AAAA; v=DKIM1"), "bad-key");
  EXPECT_EQ(with("v=DKIM1; k=rsa; p=AAAA"), "bad-key");
  EXPECT_EQ(with("v=spf1 -all"), "bad-key");
  EXPECT_EQ(with(format_record(*test_key("test-ed25519"))), "bad-key");
  EXPECT_EQ(with(format_record(*test_key("rfc6376"))), "signature");
  EXPECT_EQ(problems(message, {}), (Words{"no-key", "no-key"}));
  const RecordLookup broken = [](const std::string&) -> base::Result<std::string> {
    return base::fail(base::ErrorKind::unavailable, "timeout");
  };
  EXPECT_EQ(verify(message, broken, kNow).front().problem, "key-unavailable");
}

TEST(Verify, Expiry) {
  Settings settings = testing::test_settings(Canon::relaxed, Canon::relaxed);
  settings.expire_after = std::chrono::hours(1);
  const mail::Message message = signed_message(settings);
  EXPECT_EQ(problems(message, example_zone(), kNow + std::chrono::minutes(59)), (Words{"", ""}));
  EXPECT_EQ(problems(message, example_zone(), kNow + std::chrono::minutes(61)),
            (Words{"expired", "expired"}));
}

TEST(Verify, LooksAtSoManyOnly) {
  mail::Message message = signed_message();
  message.fields.insert(message.fields.begin(), 100, {"DKIM-Signature", " v=1"});
  EXPECT_EQ(problems(message, example_zone()), Words(8, "malformed"));
}

// A signature of another signer with one of its tags changed, signed again so that only the tag decides.
std::string problem_with(const std::string& tag, const std::string& value,
                         const std::string& body = "Hello\r\n") {
  const std::shared_ptr<const base::PrivateKey> key = test_key("test-ed25519");
  std::map<std::string, std::string> tags = {
      {"v", "1"},
      {"a", "ed25519-sha256"},
      {"d", "example.com"},
      {"s", "ed"},
      {"h", "From : subject"},
      {"bh", base::encode_base64(base::as_bytes(testing::hash_body("Hello\r\n", Canon::simple)))}};
  tags[tag] = value;
  mail::Message message{{{"DKIM-Signature", ""}, {"From", " <ann@example.com>"}}, body};
  std::string& text = message.fields.front().value;
  for (const auto& [name, content] : tags) text += " " + name + "=" + content + ";";
  text += "\n\tb = AA\n\tAA ; z=From:x";
  const auto signature = parse_signature(text);
  if (!signature) return "malformed";
  const std::string made =
      base::encode_base64(*key->sign_digest(header_digest(message.fields, 0, *signature)));
  text.replace(text.find("AA\n\tAA"), 6, made.substr(0, 40) + "\n\t" + made.substr(40));
  return problems(message, example_zone()).front();
}

TEST(Verify, Tags) {
  EXPECT_EQ(problem_with("q", "dns/txt"), "");
  EXPECT_EQ(problem_with("i", "someone@mail.example.com"), "");
  EXPECT_EQ(problem_with("c", "simple"), "");
  EXPECT_EQ(problem_with("d", "EXAMPLE.com"), "");
  EXPECT_EQ(problem_with("l", "7"), "");
  EXPECT_EQ(problem_with("l", "7", "Hello\r\nand more\r\n"), "");
  EXPECT_EQ(problem_with("l", "8"), "body-length");
  EXPECT_EQ(problem_with("l", "6"), "body-hash");
  EXPECT_EQ(problem_with("x", "99999999999999999"), "");
  const std::pair<const char*, const char*> refused[] = {{"v", "2"},
                                                         {"a", "rsa-sha1"},
                                                         {"a", "none"},
                                                         {"c", "nofws"},
                                                         {"c", "simple/"},
                                                         {"c", "/simple"},
                                                         {"q", "other"},
                                                         {"i", "@x.org"},
                                                         {"i", "none"},
                                                         {"i", "@badexample.com"},
                                                         {"h", "subject:to"},
                                                         {"h", ""},
                                                         {"d", ""},
                                                         {"s", ""},
                                                         {"l", "-1"},
                                                         {"x", "1x"},
                                                         {"t", "99999999999999999999"},
                                                         {"bh", "AAAA"},
                                                         {"bh", "!"}};
  for (const auto& [tag, value] : refused) EXPECT_EQ(problem_with(tag, value), "malformed") << tag << value;
}

TEST(Verify, ExpiryBeforeItsTimeIsMalformed) {
  const auto signature =
      parse_signature("v=1;a=rsa-sha256;d=d;s=s;h=from;bh=" + std::string(43, 'A') + "=;b=AAAA;t=10;x=9");
  EXPECT_FALSE(signature);
}

TEST(KeyRecord, Flags) {
  const auto record = parse_key_record("v=DKIM1; k=ed25519; t = y : s; p=AA AA");
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->testing);
  EXPECT_TRUE(record->exact_domain);
  EXPECT_EQ(record->public_bytes, std::string(3, '\0'));
  EXPECT_FALSE(parse_key_record("v=DKIM1; k=rsa"));
  EXPECT_FALSE(parse_key_record("v=DKIM1; p=!"));
  EXPECT_FALSE(parse_key_record("v=DKIM1; k=ec; p="));
}

}  // namespace
}  // namespace signpost::dkim
