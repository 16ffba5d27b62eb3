// What comes back for people's mail goes on to them, with a real store and real event files.
#include "daemon/ingest/forwarding.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "daemon/facts/original_sender.h"
#include "daemon/ingest/returned_mail.h"
#include "policy/event.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"
#include "track/token.h"

namespace signpost::daemon::ingest {
namespace {

constexpr const char* kAnn = "ann@shop.example";

class ForwardingTest : public testing::Test {
 protected:
  struct Sent {
    std::string id;
    std::string local;  ///< of the return path
    std::string sealed;
  };
  Sent sent(const std::string& stream, const char* sender, std::chrono::hours ago = std::chrono::hours(1)) {
    entropy_[9] = static_cast<std::uint8_t>(entropy_[9] + 1);
    const std::string id = base::format_ulid(clock_.wall() - ago, entropy_);
    const std::uint32_t tenant = policy::tenant_id("shop");
    const std::uint8_t code = track::stream_code(stream);
    return {id, *snapshot_->return_paths->mint(tenant, code, id, "bob@example.net"),
            *snapshot_->sealed_ids->seal(tenant, code, id, "bob@example.net", sender)};
  }
  static std::string report(const std::string& header, const std::string& recipient = "bob@example.net",
                            const std::string& action = "failed") {
    return "From: MAILER-DAEMON@mx.example.net\r\nAuto-Submitted: auto-replied\r\n"
           "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n"
           "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
           "Final-Recipient: rfc822; " +
           recipient + "\r\nAction: " + action +
           "\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
           "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: hello\r\n" +
           header + "\r\n\r\n--b--\r\n";
  }
  /// To whom it is forwarded.
  std::string take(const std::string& local, const std::string& raw, bool can_be_forwarded = true) {
    milter::ReturnedMail mail{"01JDABCDEFGHJKMNPQRSTVWXYZ", "Q1", {local}, raw, "192.0.2.9"};
    mail.can_be_forwarded = can_be_forwarded;
    const auto taken = intake_.take(mail, *snapshot_);
    EXPECT_TRUE(taken);
    return taken ? taken->forward_to : "error";
  }
  /// As the line of a message that was accepted.
  void note_message(const std::string& id, const char* sender, base::Wall at) {
    policy::Event event;
    event.at = at;
    event.add("id", id);
    event.add("stage", "message");
    event.add("from", sender, policy::EventField::Kind::address);
    files_->append(at, policy::format_event_text(event));
  }
  bool says(const char* text) { return events_.lines().back().find(text) != std::string::npos; }

  tests::TempDir directory_;
  tests::HandClock clock_;
  tests::RecordingSink events_;
  std::array<std::uint8_t, 10> entropy_{};
  std::shared_ptr<milter::Snapshot> snapshot_ = tests::configured(R"([[tenant]]
name    = "shop"
streams = ["office", "bulk"]

[feedback]
key_file = "/keys/ring"
bounce_domain = "bounce.example.com"
streams = ["bulk", "office"]
forward = ["office"]
)");
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(directory_.path() + "/store"));
  std::unique_ptr<store::EventFiles> files_ =
      std::move(*store::EventFiles::open(directory_.path() + "/events", 1 << 30));
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

TEST_F(ForwardingTest, AReportGoesOnToWhomTheSealedIdNames) {
  const Sent one = sent("office", kAnn);
  EXPECT_EQ(take(one.local, report("Signpost-Id: " + one.sealed)), kAnn);
  EXPECT_TRUE(says("action=pass reason=forwarded to=<ann@shop.example> tenant=shop stream=office"))
      << events_.lines().back();
  EXPECT_EQ(store_->suppressions().find(*mail::parse_address("bob@example.net"))->size(), 1u)
      << "it acts too";
}

TEST_F(ForwardingTest, TheSameIsForwardedTwiceAtMost) {
  const Sent one = sent("office", kAnn);
  const std::string raw = report("Signpost-Id: " + one.sealed);
  EXPECT_EQ(take(one.local, raw), kAnn);
  EXPECT_EQ(take(one.local, raw), kAnn) << "the MTA did not hear the first answer";
  EXPECT_EQ(take(one.local, raw), "");
  EXPECT_EQ(take(one.local, report("Signpost-Id: " + one.sealed, "bob@example.net", "delayed")), kAnn);
  const Sent two = sent("office", kAnn);
  EXPECT_EQ(take(two.local, report("Signpost-Id: " + two.sealed)), kAnn) << "another message";
}

TEST_F(ForwardingTest, OneMessageIsForwardedSoManyTimesAtMost) {
  const Sent one = sent("office", kAnn);
  int forwarded = 0;
  for (int i = 0; i < 2 * kMaxForwarded; ++i) {
    const std::string other = "x" + std::to_string(i) + "@example.net";
    forwarded += take(one.local, report("Signpost-Id: " + one.sealed, other)).empty() ? 0 : 1;
  }
  EXPECT_EQ(forwarded, kMaxForwarded);
}

TEST_F(ForwardingTest, OtherStreamsAndForgeriesGoToNobody) {
  const Sent bulk = sent("bulk", kAnn);
  EXPECT_EQ(take(bulk.local, report("Signpost-Id: " + bulk.sealed)), "");
  const Sent one = sent("office", kAnn);
  EXPECT_EQ(take("b+forged", report("Signpost-Id: x" + one.sealed)), "");
  EXPECT_EQ(take(one.local, report("Signpost-Id: " + one.sealed), false), "") << "by a pipe";
  const Sent old = sent("office", kAnn, std::chrono::hours(24 * 40));
  EXPECT_EQ(take(old.local, report("Signpost-Id: " + old.sealed)), "");
  const Sent looped = sent("office", "b+x@bounce.example.com");
  EXPECT_EQ(take(looped.local, report("Signpost-Id: " + looped.sealed)), "");
}

TEST_F(ForwardingTest, AReplyWithoutOurIdGoesToWhomTheEventsKnow) {
  const std::string vacation =
      "From: bob@example.net\r\nAuto-Submitted: auto-replied\r\nSubject: away\r\n\r\nI am away.\r\n";
  const Sent one = sent("office", "");
  EXPECT_EQ(take(one.local, vacation), "") << "there are no event files";
  intake_.find_senders_in(*files_);
  EXPECT_EQ(take(one.local, vacation), "");
  EXPECT_TRUE(says("action=observe reason=unknown-sender")) << events_.lines().back();
  const base::Wall at = clock_.wall() - std::chrono::hours(1);
  for (int i = 0; i < 5000; ++i)
    note_message(base::format_ulid(at - std::chrono::seconds(5000 - i), {}), "x@shop.example",
                 at - std::chrono::seconds(5000 - i));
  note_message(one.id, kAnn, at + std::chrono::seconds(2));
  for (int i = 0; i < 5000; ++i)
    note_message(base::format_ulid(at + std::chrono::seconds(3 + i), {}), "y@shop.example",
                 at + std::chrono::seconds(3 + i));
  EXPECT_EQ(take(one.local, vacation), kAnn);
}

TEST_F(ForwardingTest, ASenderWhoseAddressIsHashedInTheEventsIsNotKnown) {
  const Sent one = sent("office", "");
  note_message(one.id, "h:1:0123456789abcdef", clock_.wall() - std::chrono::hours(1));
  const auto path = snapshot_->return_paths->parse_return_path(one.local);
  EXPECT_EQ(*facts::find_original_sender(*files_, *path), "");
}

}  // namespace
}  // namespace signpost::daemon::ingest
