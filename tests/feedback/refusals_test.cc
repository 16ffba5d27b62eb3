// Which results wait and for how long, by a clock that the test turns.
#include "feedback/refusals.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace signpost::feedback {
namespace {

using namespace std::chrono_literals;

using Kind = ResultAnswer::Kind;

constexpr std::chrono::seconds kWait = 6h;
constexpr base::Steady kStart{1000h};

std::string blocked_by(const std::string& host) {
  return ".7.1 host " + host +
         "[192.0.2.9] said: 550 5.7.1 part of their network is on our block list (S3150). (in reply to MAIL "
         "FROM "
         "command)";
}

class RefusalsTest : public ::testing::Test {
 protected:
  Kind kind_of(const std::string& host, base::Steady now) {
    return refusals_.take("5" + blocked_by(host), kWait, now).kind;
  }
  Refusals refusals_;
};

TEST_F(RefusalsTest, ARefusalOfTheSenderWaitsWithItsText) {
  const auto answer = refusals_.take("5" + blocked_by("mx1.olc.protection.outlook.com"), kWait, kStart);
  EXPECT_EQ(answer.kind, Kind::waits);
  EXPECT_EQ(answer.text, "4" + blocked_by("mx1.olc.protection.outlook.com"));
  EXPECT_EQ(answer.provider, "outlook.com");
  EXPECT_EQ(answer.rule, "microsoft-blocklist");
  EXPECT_TRUE(answer.is_news);
}

TEST_F(RefusalsTest, AllElseStaysAsItIs) {
  for (const char* result :
       {"2.0.0 250 2.0.0 Ok: queued as 4F2C1",
        "5.1.1 host mx.example.org[192.0.2.9] said: 550 5.1.1 User unknown",
        "4.7.1 host mx.example.org[192.0.2.9] said: 450 4.7.1 blocked using zen.spamhaus.org",
        "5.4.4 Host or domain name not found", ""}) {
    const auto answer = refusals_.take(result, kWait, kStart);
    EXPECT_EQ(answer.kind, Kind::unchanged) << result;
    EXPECT_EQ(answer.text, "") << result;
  }
  EXPECT_TRUE(refusals_.all().empty());
}

TEST_F(RefusalsTest, AfterThatTimeSendersLearn) {
  EXPECT_EQ(kind_of("mx.outlook.com", kStart), Kind::waits);
  EXPECT_EQ(kind_of("mx.outlook.com", kStart + kWait - 1s), Kind::waits);
  const auto late = refusals_.take("5" + blocked_by("mx.outlook.com"), kWait, kStart + kWait);
  EXPECT_EQ(late.kind, Kind::let_through);
  EXPECT_EQ(late.text, "");
  EXPECT_TRUE(late.is_news);
  EXPECT_FALSE(refusals_.take("5" + blocked_by("mx.outlook.com"), kWait, kStart + kWait).is_news);
  EXPECT_EQ(kind_of("mx.yahoodns.net", kStart + kWait), Kind::waits) << "each provider has its own time";
}

TEST_F(RefusalsTest, ItBeginsAnewAfterAsLongWithoutARefusal) {
  EXPECT_EQ(kind_of("mx.outlook.com", kStart), Kind::waits);
  EXPECT_EQ(kind_of("mx.outlook.com", kStart + 5h), Kind::waits);
  EXPECT_EQ(kind_of("mx.outlook.com", kStart + 10h), Kind::let_through) << "5 hours are no pause";
  EXPECT_EQ(kind_of("mx.outlook.com", kStart + 16h - 1s), Kind::let_through) << "those let through count too";
  const auto anew = refusals_.take("5" + blocked_by("mx.outlook.com"), kWait, kStart + 22h);
  EXPECT_EQ(anew.kind, Kind::waits);
  EXPECT_TRUE(anew.is_news);
}

/// Else one message that waits would begin anew with each try.
TEST_F(RefusalsTest, AShortTimeDoesNotBeginAnewBetweenTwoTries) {
  constexpr std::chrono::seconds kShort = 10min;
  const std::string result = "5" + blocked_by("mx.outlook.com");
  EXPECT_EQ(refusals_.take(result, kShort, kStart).kind, Kind::waits);
  for (const auto later : {4000s, 8000s, 12000s})
    EXPECT_EQ(refusals_.take(result, kShort, kStart + later).kind, Kind::let_through);
}

TEST_F(RefusalsTest, OnlyTheFirstIsNews) {
  const std::string result = "5" + blocked_by("mx.outlook.com");
  EXPECT_TRUE(refusals_.take(result, kWait, kStart).is_news);
  EXPECT_FALSE(refusals_.take(result, kWait, kStart).is_news);
  EXPECT_FALSE(refusals_.take(result, kWait, kStart + 1s).is_news);
}

TEST_F(RefusalsTest, CountsByProvider) {
  for (const auto later : {0h, 3h, 7h}) (void)kind_of("mx.outlook.com", kStart + later);
  (void)kind_of("mx.yahoodns.net", kStart);
  const auto all = refusals_.all();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "outlook.com");
  EXPECT_EQ(all[0].waited, 2u);
  EXPECT_EQ(all[0].let_through, 1u);
  EXPECT_EQ(all[0].first, kStart);
  EXPECT_EQ(all[0].last, kStart + 7h);
  const auto refusing = refusals_.refusing(kWait, kStart + 8h);
  ASSERT_EQ(refusing.size(), 1u);
  EXPECT_EQ(refusing[0].name, "outlook.com");
}

/// A host's name is chosen by whoever owns it: many of them must not cost memory.
TEST_F(RefusalsTest, RemembersABoundedNumber) {
  for (std::size_t i = 0; i <= Refusals::kMaxProviders; ++i)
    (void)kind_of("mx.p" + std::to_string(i) + ".example", kStart + std::chrono::seconds(i));
  const auto all = refusals_.all();
  EXPECT_EQ(all.size(), Refusals::kMaxProviders);
  for (const auto& provider : all) EXPECT_NE(provider.name, "p0.example");
}

TEST(RefusingProviders, AreKnownByTheHostThatSaidIt) {
  const auto provider = [](const std::string& host) {
    return find_refusing_provider("5.7.1 host " + host +
                                  "[192.0.2.9] said: 550 no host mx.liar.example[x] said: no");
  };
  EXPECT_EQ(provider("example-com.mail.protection.outlook.com"), "outlook.com");
  EXPECT_EQ(provider("MTA5.AM0.YahooDNS.net"), "yahoodns.net");
  EXPECT_EQ(provider("mx.example.co.uk"), "example.co.uk");
  EXPECT_EQ(provider("mx1.qq.com"), "qq.com");
  EXPECT_EQ(provider("mx.web.de"), "web.de");
  EXPECT_EQ(provider("a.mx.web.de"), "web.de");
  EXPECT_EQ(provider("localhost"), "localhost");
  EXPECT_EQ(provider("192.0.2.9"), "192.0.2.9");
  EXPECT_EQ(provider("2001:db8::9"), "2001:db8::9");
  EXPECT_EQ(provider(""), "unknown");
  EXPECT_EQ(provider("."), "unknown");
  EXPECT_EQ(provider(std::string(300, 'a')), "unknown");
  EXPECT_EQ(find_refusing_provider("5.7.1 said: 550 no"), "unknown");
  EXPECT_EQ(find_refusing_provider("5.7.1 refused by host mx.example.org[x]"), "unknown");
  EXPECT_EQ(find_refusing_provider("5.7.1 host mx.example.org[x] refused to talk to me: 554 no"),
            "example.org");
}

}  // namespace
}  // namespace signpost::feedback
