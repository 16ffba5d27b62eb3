// Whole messages: what kind they are, whom they name, and what that means.
#include "feedback/report.h"

#include <string>

#include <gtest/gtest.h>

#include "feedback/classify.h"

namespace signpost::feedback {
namespace {

constexpr const char* kMailer =
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: news@shop.example\nSubject: failure notice\n";

/// "address class reason" of each row.
std::string judged(std::string_view raw) {
  const Report report = parse_report(raw);
  std::string out;
  for (const Row& row : report.rows) {
    const Classification found = classify(report, row);
    out += (row.address.empty() ? "-" : row.address) + " " + std::string(class_word(found.result)) + " " +
           std::string(found.reason) + "\n";
  }
  return out.empty() ? std::string(class_word(classify_kind(report).result)) + "\n" : out;
}

std::string status_report(const std::string& words, const std::string& status) {
  return "From: MAILER-DAEMON@mx.shop.example\nTo: news@shop.example\nSubject: Undelivered\nContent-Type: "
         "multipart/report;\n"
         " report-type=delivery-status; boundary=\"x\"\n\n--x\n\n" +
         words + "\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.shop.example\n\n" +
         status +
         "\n--x\nContent-Type: message/rfc822\n\nFrom: news@shop.example\nTo: ann@example.net\n"
         "Message-ID: <1@shop.example>\n\nHello\n--x--\n";
}

TEST(Report, ReadsADeliveryStatus) {
  const std::string raw = status_report(
      "see below",
      "Final-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 "
      "5.1.1 "
      "User unknown\n\nFinal-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 5.2.2\n");
  EXPECT_EQ(judged(raw), "ann@example.net hard no-such-user\nbob@example.net soft mailbox-full\n");
  const Report report = parse_report(raw);
  EXPECT_EQ(report.kind, Kind::delivery_status);
  ASSERT_EQ(report.returned.size(), 3U);
  EXPECT_EQ(report.returned[2].name, "Message-ID");
}

TEST(Report, TheLineEndsDoNotMatter) {
  const std::string raw =
      status_report("", "Final-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.1.1\n");
  std::string crlf;
  std::string cr = raw;
  for (char& c : cr) {
    crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    if (c == '\n') c = '\r';
  }
  EXPECT_EQ(judged(raw), "ann@example.net hard no-such-user\n");
  EXPECT_EQ(judged(crlf), judged(raw));
  EXPECT_EQ(judged(cr), judged(raw));
}

TEST(Report, WordsHelpWhereTheStatusSaysNothing) {
  EXPECT_EQ(
      judged(status_report("ann@example.net: 550 5.7.26 not authenticated\n",
                           "Final-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.0.0\n")),
      "ann@example.net block authentication\n");
}

TEST(Report, DelayedAndDeliveredAreNotDead) {
  EXPECT_EQ(judged(status_report("",
                                 "Final-Recipient: rfc822; ann@example.net\nAction: delayed\nStatus: 4.1.1\n"
                                 "Diagnostic-Code: smtp; 450 user unknown\n")),
            "ann@example.net soft no-such-user\n");
  EXPECT_EQ(judged(status_report(
                "", "Final-Recipient: rfc822; ann@example.net\nAction: delivered\nStatus: 2.0.0\n")),
            "ann@example.net none delivered\n");
}

TEST(Report, FindsAStatusWithoutItsEnvelope) {
  EXPECT_EQ(judged(std::string(kMailer) +
                   "\nYour mail failed.\n\nReporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; "
                   "ann@example.net\nAction: failed\nStatus: 5.1.1\n"),
            "ann@example.net hard no-such-user\n");
}

TEST(Report, ReadsQmail) {
  EXPECT_EQ(
      judged(std::string(kMailer) +
             "\nHi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver "
             "your message to "
             "the following addresses.\n\n<ann@example.net>:\nSorry, no mailbox here by that name. "
             "(#5.1.1)\n\n<bob@example.net>:\n192.0.2.7 does not like recipient.\nRemote host said: 452 "
             "4.2.2 Mailbox "
             "full\nGiving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n\nReturn-Path: "
             "<news@shop.example>\nTo: carl@example.net\n\nspam\n"),
      "ann@example.net hard no-such-user\nbob@example.net soft mailbox-full\n");
}

TEST(Report, ReadsExim) {
  EXPECT_EQ(judged("From: Mail Delivery System <Mailer-Daemon@mx.example.net>\nX-Failed-Recipients: "
                   "ann@example.net\nSubject: Mail "
                   "delivery failed: returning message to sender\nTo: news@shop.example\n\nThis message was "
                   "created automatically "
                   "by mail delivery software.\n\n  ann@example.net\n    host mx.example.org [192.0.2.1]\n   "
                   " SMTP error from "
                   "remote mail server after MAIL FROM:<news@shop.example> SIZE=100:\n    553 5.1.0 "
                   "shop.example does not "
                   "exist\n"),
            "ann@example.net block policy\n");
}

TEST(Report, ReadsExchangeAndSendmailWords) {
  EXPECT_EQ(judged(std::string(kMailer) +
                   "\nYour message\n\n  To:      ann@example.net\n  Subject: News\n\ndid not reach the "
                   "following recipient(s):\n\nann@example.net on Thu, 5 Nov 2026 16:51:51 +0100\n    The "
                   "recipient name is not recognized\n"),
            "ann@example.net hard no-such-user\n");
  EXPECT_EQ(judged(std::string(kMailer) +
                   "\n   ----- Transcript of session follows -----\n550 example.invalid (smtp)... 550 Host "
                   "unknown\n554 <ann@example.invalid>... 550 Host unknown (Authoritative answer from name "
                   "server)\n\n   ----- Unsent message follows -----\nFrom: news@shop.example\n"),
            "ann@example.invalid hard no-such-domain\n");
}

TEST(Report, ReadsWordsInHtmlOnly) {
  EXPECT_EQ(
      judged(
          "From: postmaster@example.net\nSubject: Undeliverable: News\nTo: news@shop.example\nContent-Type: "
          "text/html\n\n<html><style>p { user unknown }</style><body><p>Delivery has failed to these "
          "recipients:<p><a "
          "href=\"mailto:ann@example.net\">ann@example.net</a><br>The recipient&nbsp;mailbox is "
          "full.</body></html>\n"),
      "ann@example.net soft mailbox-full\n");
}

TEST(Report, ReadsAmazonsNotification) {
  EXPECT_EQ(
      judged(
          "From: no-reply@sns.example\nSubject: Notification\n\n{\"notificationType\":\"Bounce\",\"bounce\":{"
          "\"bouncedRecipients\":[{\"emailAddress\":\"ann@example.net\",\"action\":\"failed\",\"status\":\"5."
          "1.1\","
          "\"diagnosticCode\":\"smtp; 550 5.1.1 user unknown\"}]}}\n"),
      "ann@example.net hard no-such-user\n");
}

std::string complaint(const std::string& fields, const std::string& returned) {
  return "From: fbl@provider.example\nSubject: complaint\nContent-Type: multipart/report; "
         "report-type=feedback-report; "
         "boundary=\"y\"\n\n--y\n\nabuse\n--y\nContent-Type: message/feedback-report\n\n" +
         fields + "\n--y\nContent-Type: message/rfc822\n\n" + returned + "\n\nHello\n--y--\n";
}

TEST(Report, ReadsComplaints) {
  EXPECT_EQ(
      judged(complaint("Feedback-Type: abuse\nOriginal-Rcpt-To: <ann@example.net>\n", "To: x@example.net")),
      "ann@example.net complaint abuse\n");
  EXPECT_EQ(judged(complaint("Feedback-Type: abuse\n",
                             "X-HmXmrOriginalRecipient: ann@example.net\nTo: b@example.net")),
            "ann@example.net complaint abuse\n");
  EXPECT_EQ(judged(complaint("Feedback-Type: abuse\nOriginal-Rcpt-To: redacted@example.net\n",
                             "To: redacted@example.net")),
            "- complaint abuse\n");
  EXPECT_EQ(
      judged(complaint("Feedback-Type: not-spam\nOriginal-Rcpt-To: ann@example.net\n", "To: x@example.net")),
      "ann@example.net none not-spam\n");
  EXPECT_EQ(judged(complaint("Feedback-Type: auth-failure\n", "To: ann@example.net")),
            "ann@example.net block authentication\n");
}

TEST(Report, AComplaintAboutSeveralRecipientsNamesNone) {
  const Report report = parse_report(complaint("Feedback-Type: abuse\n", "To: a@example.net, b@example.net"));
  ASSERT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.rows[0].address, "");
  EXPECT_FALSE(report.rows[0].is_named);
}

TEST(Report, TellsAutoRepliesAndOrdinaryMailApart) {
  EXPECT_EQ(
      judged(
          "From: Ann <ann@example.net>\nSubject: Automatic reply: News\n\nI am away. My mailbox is full.\n"),
      "ann@example.net auto auto-reply\n");
  EXPECT_EQ(
      judged("From: ann@example.net\nAuto-Submitted: auto-replied\nSubject: Re: News\n\nBack on Monday.\n"),
      "ann@example.net auto auto-reply\n");
  EXPECT_EQ(
      judged("From: ann@example.net\nSubject: Re: delivery of the chairs\n\nThe user is unknown to me.\n"),
      "none\n");
  EXPECT_EQ(judged(""), "none\n");
}

TEST(Report, ReadsAReplyAlone) {
  EXPECT_EQ(judged("550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown\n"),
            "ann@example.net hard no-such-user\n");
  EXPECT_EQ(judged("550: mailbox is full"), "- soft mailbox-full\n");
  EXPECT_EQ(judged("Connection timed out"), "- soft expired\n");
}

TEST(Report, HostileInputStaysWithinBounds) {
  std::string nested =
      "From: MAILER-DAEMON@a\nSubject: Undelivered\nContent-Type: multipart/mixed; boundary=\"b0\"\n\n";
  for (int i = 0; i < 100; ++i)
    nested += "--b" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=\"b" +
              std::to_string(i + 1) + "\"\n\n";
  (void)judged(nested);
  const std::string huge = status_report(std::string(20 * 1024 * 1024, '<'), "");
  EXPECT_LE(parse_report(huge).words.size(), 16U * 1024 + 1);
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "<a" + std::to_string(i) + "@example.net>:\nuser unknown\n";
  EXPECT_LE(parse_report(std::string(kMailer) + "\nnot able to deliver\n" + many).rows.size(), kMaxRows);
  const std::string whole =
      status_report("x", "Final-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.1.1\n");
  for (std::size_t end = 0; end < whole.size(); ++end) (void)judged(whole.substr(0, end));
}

TEST(Report, SendmailsOwnWordsBelowAReplyAreNotTheReply) {
  const Report report = parse_report(
      "From: MAILER-DAEMON@relay.example\nSubject: Returned mail\nMIME-Version: 1.0\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n"
      "   ----- Transcript of session follows -----\n... while talking to mx.example.org.:\n"
      ">>> DATA\n<<< 550 Poor IP profile\n550 5.1.1 <ann@example.org>... User unknown\n"
      "<<< 503 5.0.0 Need RCPT (recipient)\n\n--b\nContent-Type: message/delivery-status\n\n"
      "Reporting-MTA: dns; relay.example\n\nFinal-Recipient: RFC822; ann@example.org\nAction: failed\n"
      "Status: 5.1.1\nRemote-MTA: DNS; mx.example.org\nDiagnostic-Code: SMTP; 550 Poor IP "
      "profile\n\n--b--\n");
  ASSERT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.rows[0].words.find("User unknown"), std::string::npos) << report.rows[0].words;
  EXPECT_EQ(classify(report, report.rows[0]).result, Class::block);
}

TEST(Report, CausesThatMayBeAreNoDiagnosis) {
  const auto judged = [](const std::string& words) {
    const Report report = parse_report(
        "From: MAILER-DAEMON@relay.example\nSubject: Undeliverable mail\n\n<ann@example.org>:\n" + words);
    return report.rows.empty() ? Classification{} : classify(report, report.rows[0]);
  };
  EXPECT_EQ(
      judged(
          "connect to mx.example.org: Connection refused\n\nThis may be because the user does not exist.\n")
          .result,
      Class::soft);
  EXPECT_EQ(
      judged("If the address does not exist, please check it.\n451 4.4.1 Connection timed out\n").result,
      Class::soft);
  EXPECT_EQ(judged("Delivery time expired\nSubject: Re: address does not exist anymore\n").result,
            Class::soft);
  EXPECT_EQ(judged("550 5.1.1 The address does not exist.\n").result, Class::hard);
}

TEST(Report, AReportersOwnCodeDoesNotOverruleTheServersWords) {
  // Without a Diagnostic-Code the server's words stand in the readable part only.
  EXPECT_EQ(
      judged(status_report("The server said: 554 5.7.1 blocked using zen.spamhaus.org",
                           "Final-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.1.1\n")),
      "ann@example.net block blocklist\n");
  EXPECT_EQ(
      judged(status_report("This mail was scanned for viruses.",
                           "Final-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.1.1\n")),
      "ann@example.net hard no-such-user\n");
}

TEST(Report, BlankLinesBeforeTheHeaderAreNothing) {
  const std::string bounce =
      "From: Mail Delivery System <Mailer-Daemon@relay.example>\nTo: b@shop.example\n"
      "Subject: Mail delivery failed: returning message to sender\n\n"
      "A message that you sent could not be delivered.\n\n  ann@example.org\n    550 User unknown\n";
  for (const char* before : {"", "\n\n", "    \n", " \t\r\n\r\n"}) {
    const Report report = parse_report(before + bounce);
    EXPECT_EQ(report.kind, Kind::bounce);
    ASSERT_EQ(report.rows.size(), 1U) << before;
    EXPECT_EQ(report.rows[0].address, "ann@example.org");
  }
}

TEST(Report, AHiddenStaffAddressIsKnownByTheOldComplaintsField) {
  const Report report = parse_report(
      "From: staff@redacted.example\nSubject: complaint about message from 192.0.2.1\nMIME-Version: 1.0\n"
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
      "X-HmXmrOriginalRecipient: ann@example.net\nSubject: offers\n\nhello\n--b--\n");
  EXPECT_EQ(report.kind, Kind::complaint);
  ASSERT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.rows[0].address, "ann@example.net");
}

}  // namespace
}  // namespace signpost::feedback
