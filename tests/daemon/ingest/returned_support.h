// Reports that come back, with a real store: the intake, and messages to hand to it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "daemon/ingest/returned_mail.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/provider_counts.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"
#include "track/token.h"

namespace signpost::daemon::ingest {

inline constexpr const char* kBob = "bob@example.net";

class ReturnedMailTest : public testing::Test {
 protected:
  /// A local part for a message to `recipient` that was sent `ago`.
  std::string path_to(const std::optional<std::string>& recipient,
                      std::chrono::hours ago = std::chrono::hours(1)) {
    entropy_[9] = static_cast<std::uint8_t>(entropy_[9] + 1);
    const std::string id = base::format_ulid(clock_.wall() - ago, entropy_);
    return *snapshot_->return_paths->mint(policy::tenant_id("shop"), track::stream_code("bulk"), id,
                                          recipient);
  }
  static std::string report(const std::string& recipient, const std::string& reply,
                            const std::string& action = "failed") {
    return "From: MAILER-DAEMON@mx.example.net\r\nTo: b+x@bounce.example.com\r\n"
           "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
           "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n"
           "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
           "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
           "Final-Recipient: rfc822; " +
           recipient + "\r\nAction: " + action +
           "\r\nStatus: " + (reply.starts_with('4') ? "4.0.0" : "5.0.0") + "\r\nDiagnostic-Code: smtp; " +
           reply + "\r\n\r\n--b--\r\n";
  }
  static std::string complaint(const std::string& recipient, const std::string& type = "abuse") {
    return "From: fbl@provider.example\r\nSubject: complaint\r\n"
           "Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\r\n\r\n"
           "--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n"
           "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: " +
           type + "\r\nUser-Agent: test/1\r\nVersion: 1\r\nOriginal-Rcpt-To: <" + recipient +
           ">\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: hello\r\n\r\nx\r\n--b--\r\n";
  }
  base::Result<milter::TakenMail> take(const std::string& local, const std::string& raw) {
    return intake_.take({"01JDABCDEFGHJKMNPQRSTVWXYZ", "Q1", {local}, raw, "192.0.2.9"}, *snapshot_);
  }
  std::vector<policy::Listing> listed(const char* address = kBob) {
    return *store_->suppressions().find(*mail::parse_address(address));
  }
  std::string line() { return events_.lines().empty() ? "" : events_.lines().back(); }
  bool says(const char* text) { return line().find(text) != std::string::npos; }

  static std::shared_ptr<milter::Snapshot> configured() {
    return tests::configured(R"([[tenant]]
name    = "shop"
streams = ["transactional", "bulk"]

[feedback]
key_file = "/keys/ring"
bounce_domain = "bounce.example.com"
soft_limit = 3

[tracking]
host = "click.example.com"
key_file = "/keys/ring"
)");
  }

  tests::TempDir directory_;
  tests::HandClock clock_;
  tests::RecordingSink events_;
  std::array<std::uint8_t, 10> entropy_{};
  std::shared_ptr<milter::Snapshot> snapshot_ = configured();
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(directory_.path() + "/store"));
  milter::Counters counters_;
  std::vector<policy::Listing> told_;
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
  ReturnedMailIntake intake_{
      *store_,
      events_,
      clock_,
      counters_,
      log_,
      [](const std::string& name) -> base::Result<std::string> {
        return base::fail(base::ErrorKind::not_found, name);
      },
      [this](const policy::Listing& listing, const milter::Snapshot&) { told_.push_back(listing); }};
};

inline constexpr const char* kGone = "550 5.1.1 User unknown";
inline constexpr const char* kFull = "452 4.2.2 mailbox full";
inline constexpr const char* kBlocked =
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org";

}  // namespace signpost::daemon::ingest
