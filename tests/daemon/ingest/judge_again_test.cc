// Reports of the past, judged again: what was missed is done once, what was wrong is told; people can be erased from them.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "daemon/facts/event_subject.h"
#include "daemon/ingest/returned_mail.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"
#include "track/token.h"

namespace signpost::daemon::ingest {
namespace {

constexpr const char* kBob = "bob@example.net";
constexpr const char* kDead = "550 5.1.1 User unknown";
constexpr const char* kFull = "452 4.2.2 The mailbox is full";

class JudgeAgainTest : public testing::Test {
 protected:
  JudgeAgainTest() {
    intake_.keep_in(*evidence_);
    intake_.prove_own_mta_by([](const milter::ReturnedMail&) { return true; });
  }

  static std::string report(const std::string& reply) {
    return std::string(
               "From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered Mail\r\nAuto-Submitted: "
               "auto-replied\r\n"
               "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n"
               "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; "
               "mx.example.net\r\n\r\n"
               "Final-Recipient: rfc822; ") +
           kBob + "\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; " + reply +
           "\r\n\r\n--b--\r\n";
  }
  milter::ReturnedMail mail(const std::string& reply, bool by_own_mta = false) const {
    return {"01M8H0DJG000000000000000A1", "Q1", {path_}, report(reply), "192.0.2.9", by_own_mta};
  }
  /// As if the rules of then had judged `reply` where those of today judge another.
  facts::Evidence kept(const std::string& reply, bool by_own_mta = false) const {
    const milter::ReturnedMail as = mail(reply, by_own_mta);
    return {clock_.wall(), as.id, as.queue_id, as.local_parts, as.client, as.by_own_mta, as.raw};
  }
  std::string again(const facts::Evidence& evidence, bool acts = true) {
    std::string told;
    const auto done = intake_.judge_again(evidence, *snapshot_, acts, [&](const Rejudged& one) {
      told += one.address + " " + one.before + ">" + one.after + ";";
    });
    EXPECT_TRUE(done) << done.error().text;
    return told;
  }
  std::vector<policy::Listing> listed() { return *store_->suppressions().find(*mail::parse_address(kBob)); }
  std::uint64_t score() {
    const auto scores = *store_->hits().soft_scores(kBob);
    return scores.empty() ? 0 : scores.begin()->second.thousandths;
  }

  tests::TempDir directory_;
  tests::HandClock clock_;
  tests::RecordingSink events_;
  std::shared_ptr<milter::Snapshot> snapshot_ = tests::configured(R"([[tenant]]
name    = "shop"
streams = ["transactional", "bulk"]

[feedback]
key_file = "/keys/ring"
bounce_domain = "bounce.example.com"
)");
  std::string path_ = *snapshot_->return_paths->mint(
      policy::tenant_id("shop"), track::stream_code("bulk"),
      base::format_ulid(clock_.wall() - std::chrono::hours(1), {}), std::string(kBob));
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(directory_.path() + "/store"));
  std::unique_ptr<store::EventFiles> evidence_ =
      std::move(*store::EventFiles::open(directory_.path() + "/evidence", 1 << 30));
  milter::Counters counters_;
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
  ReturnedMailIntake intake_{*store_,
                             events_,
                             clock_,
                             counters_,
                             log_,
                             [](const std::string& name) -> base::Result<std::string> {
                               return base::fail(base::ErrorKind::not_found, name);
                             },
                             [](const policy::Listing&, const milter::Snapshot&) {}};
};

TEST_F(JudgeAgainTest, WhatWasMissedIsDoneOnce) {
  EXPECT_EQ(again(kept(kDead), false), "bob@example.net >hard;");
  EXPECT_TRUE(listed().empty()) << "only told";
  EXPECT_EQ(again(kept(kDead)), "bob@example.net >hard;");
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0].reason, policy::Reason::hard_bounce);
  EXPECT_EQ(again(kept(kDead)), "");
}

TEST_F(JudgeAgainTest, WhatWasWrongIsOnlyTold) {
  ASSERT_TRUE(intake_.take(mail(kDead), *snapshot_));
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(again(kept(kFull)), "bob@example.net hard>soft;");
  EXPECT_EQ(listed().size(), 1u) << "other reports may prove it";
  EXPECT_EQ(score(), 0u);
  EXPECT_EQ(again(kept(kFull)), "bob@example.net hard>soft;");
}

TEST_F(JudgeAgainTest, WhatIsTheSameIsLeftAlone) {
  ASSERT_TRUE(intake_.take(mail(kDead), *snapshot_));
  EXPECT_EQ(again(kept(kDead)), "");
  facts::Evidence erased = kept(kDead);
  erased.raw.clear();
  EXPECT_EQ(again(erased), "");
  facts::Evidence forged = kept(kDead);
  forged.local_parts = {"b+aaaa"};
  EXPECT_EQ(again(forged), "");
}

TEST_F(JudgeAgainTest, GenuineReportsAreKeptAndPeopleErased) {
  ASSERT_TRUE(intake_.take(mail(kDead), *snapshot_));
  ASSERT_TRUE(intake_.take(mail(kDead), *snapshot_)) << "the same again is kept once";
  milter::ReturnedMail odd = mail(kFull);
  odd.local_parts.insert(odd.local_parts.begin(), "\"x raw=y\"");
  ASSERT_TRUE(intake_.take(odd, *snapshot_));
  milter::ReturnedMail forged = mail(kDead);
  forged.local_parts = {"b+aaaa"};
  ASSERT_TRUE(intake_.take(forged, *snapshot_));
  evidence_->flush();
  const policy::AddressForms forms = [](std::string_view text) {
    return std::vector<std::string>{std::string(text)};
  };
  const auto bob = *mail::parse_address(kBob);
  const auto source = facts::evidence_source(*evidence_, forms, [] { return false; });
  ASSERT_EQ(source.show(bob)->size(), 2u) << "what is not believed leaves no trace";
  EXPECT_EQ(source.show(*mail::parse_address("ann@example.net"))->size(), 0u);
  EXPECT_EQ(source.erase(bob), 2u);
  EXPECT_EQ(source.show(bob)->size(), 0u);
  const std::vector<store::Day> days = *evidence_->days();
  std::size_t lines = 0;
  ASSERT_TRUE(evidence_->visit({days.at(0), 0}, [&](const store::EventPlace&, std::string_view line) {
    const auto evidence = facts::parse_evidence(line);
    EXPECT_TRUE(evidence);
    EXPECT_EQ(evidence->raw.find("bob"), std::string::npos);
    EXPECT_EQ(again(*evidence), "");
    return ++lines > 0;
  }));
  EXPECT_EQ(lines, 2u);
}

}  // namespace
}  // namespace signpost::daemon::ingest
