// Complaints by RFC 9477: known by CFBL-Feedback-ID alone, they act only if whoever reports has signed them.
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/encoding.h"
#include "daemon/ingest/report_signature.h"
#include "daemon/ingest/returned_mail.h"
#include "dkim/body_hash.h"
#include "dkim/record.h"
#include "dkim/sign.h"
#include "mail/message.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"
#include "track/token.h"

namespace signpost::daemon::ingest {
namespace {

constexpr const char* kBob = "bob@example.net";

class CfblTest : public testing::Test {
 protected:
  std::string id() {
    const std::string ulid = base::format_ulid(clock_.wall() - std::chrono::hours(5), {});
    return *snapshot_->sealed_ids->seal(policy::tenant_id("shop"), track::stream_code("bulk"), ulid, kBob);
  }
  static std::string report(const std::string& id, const std::string& from = "fbl@provider.example") {
    return "From: <" + from +
           ">\r\nTo: fbl@bounce.example.com\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
           "Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\r\n\r\n"
           "--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n"
           "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: "
           "test/1\r\n"
           "Version: 1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: "
           "<1@shop.example>\r\n"
           "CFBL-Feedback-ID: " +
           id.substr(0, 40) + "\r\n " + id.substr(40) + "\r\n\r\n--b--\r\n";
  }
  std::string signed_by(const std::string& domain, const std::string& raw) {
    mail::Message message = mail::parse_message(raw);
    dkim::BodyHash body(dkim::Canon::relaxed);
    body.update(message.body);
    dkim::Settings settings;
    settings.body_canon = dkim::Canon::relaxed;
    const auto value =
        dkim::sign({domain, "s1", key_}, settings, message.fields, body.finish(), clock_.wall());
    EXPECT_TRUE(value);
    return "DKIM-Signature:" + value.value_or("") + "\r\n" + raw;
  }
  base::Result<milter::TakenMail> take(const std::string& raw) {
    return intake_.take(
        {"01JDABCDEFGHJKMNPQRSTVWXYZ", "Q1", {"fbl"}, "Return-Path: <>\r\n" + raw, "192.0.2.9"}, *snapshot_);
  }
  bool is_listed() { return !store_->suppressions().find(*mail::parse_address(kBob))->empty(); }
  bool says(const char* text) { return events_.lines().back().find(text) != std::string::npos; }

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
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(directory_.path() + "/store"));
  milter::Counters counters_;
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
  std::shared_ptr<const base::PrivateKey> key_ = std::make_shared<const base::PrivateKey>(
      std::move(*base::PrivateKey::generate(base::KeyType::ed25519)));
  bool dns_answers_ = true;
  ReturnedMailIntake intake_{
      *store_,
      events_,
      clock_,
      counters_,
      log_,
      [this](const std::string& name) -> base::Result<std::string> {
        if (!dns_answers_) return base::fail(base::ErrorKind::unavailable, "timeout");
        if (name == "s1._domainkey.provider.example" || name == "s1._domainkey.other.example")
          return dkim::format_record(*key_);
        return base::fail(base::ErrorKind::not_found, "NXDOMAIN");
      },
      [](const policy::Listing&, const milter::Snapshot&) {}};
};

TEST_F(CfblTest, ASignedReportWithOurIdActs) {
  ASSERT_TRUE(take(signed_by("provider.example", report(id()))));
  EXPECT_TRUE(says("stage=complaint action=accept")) << events_.lines().back();
  EXPECT_TRUE(is_listed());
}

TEST_F(CfblTest, AParentDomainMaySign) {
  ASSERT_TRUE(take(signed_by("provider.example", report(id(), "fbl@abuse.provider.example"))));
  EXPECT_TRUE(is_listed());
}

TEST_F(CfblTest, WithoutASignatureOfItsOwnDomainItIsOnlyCounted) {
  const std::string raw = report(id());
  std::string changed = signed_by("provider.example", raw);
  changed.replace(changed.find("A complaint"), 11, "a complaint");
  for (const std::string& one : {raw, signed_by("other.example", raw), signed_by("example", raw), changed}) {
    ASSERT_TRUE(take(one));
    EXPECT_TRUE(says("action=observe reason=unsigned")) << events_.lines().back();
    EXPECT_FALSE(is_listed());
  }
}

TEST_F(CfblTest, ASignatureWithoutOurIdDoesNothing) {
  for (const std::string& made_up : {std::string(50, 'x'), std::string(80, 'A')}) {
    ASSERT_TRUE(take(signed_by("provider.example", report(made_up))));
    EXPECT_TRUE(says("reason=no-token")) << events_.lines().back();
  }
  EXPECT_FALSE(is_listed());
}

TEST_F(CfblTest, WhileTheDnsIsSilentItWaits) {
  dns_answers_ = false;
  const auto taken = take(signed_by("provider.example", report(id())));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, base::ErrorKind::unavailable);
  dns_answers_ = true;
  ASSERT_TRUE(take(signed_by("provider.example", report(id()))));
  EXPECT_TRUE(is_listed());
}

}  // namespace
}  // namespace signpost::daemon::ingest
