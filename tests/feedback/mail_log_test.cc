// Lines of a mail log: those that a Postfix 3.7.11 and a Sendmail 8.17.1.9 wrote in a laboratory, those of other versions from
// their documentation, and those that somebody made up to be taken for one.
#include "feedback/mail_log.h"

#include <string>

#include <gtest/gtest.h>

#include "base/text.h"

namespace signpost::feedback {
namespace {

std::string postfix(std::string_view program, std::string_view text) {
  return "Nov 28 21:44:58 mx postfix/" + std::string(program) + "[20041]: " + std::string(text);
}
std::string sendmail(std::string_view text) {
  return "Nov 28 21:49:28 mx sm-mta[21399]: " + std::string(text);
}

/// Each delivery as "fate|queue id|recipient|original|relay|status|said|went on as", or "-" if there is none.
std::string read(std::string_view line) {
  std::string all;
  for (const Delivery& one : parse_mail_log(line)) {
    if (!all.empty()) all += '\n';
    all += base::join({std::string(fate_word(one.fate)), one.queue_id, one.recipient, one.original, one.relay,
                       one.status, one.said, one.went_on_as},
                      "|");
  }
  return all.empty() ? "-" : all;
}

struct Case {
  const char* program;
  const char* text;
  const char* expected;
};

constexpr Case kPostfix[] = {
    {"smtp",
     "C33A3A880EF: to=<fine@shop.example>, relay=127.0.0.1[127.0.0.1]:39289, delay=0.13, "
     "delays=0.01/0.03/0.04/0.05, dsn=2.0.0, status=sent (250 2.0.0 Taken)",
     "delivered|C33A3A880EF|fine@shop.example||127.0.0.1[127.0.0.1]:39289|2.0.0|250 2.0.0 Taken|"},
    {"smtp",
     "C33A3A880EF: to=<gone@shop.example>, orig_to=<two@v.example>, relay=127.0.0.1[127.0.0.1]:39289, "
     "conn_use=2, "
     "delay=0.13, delays=0.01/0.03/0.04/0.05, dsn=5.1.1, status=bounced (host 127.0.0.1[127.0.0.1] said: 550 "
     "5.1.1 "
     "<gone@shop.example>: Recipient address rejected: User unknown (in reply to RCPT TO command))",
     "bounced|C33A3A880EF|gone@shop.example|two@v.example|127.0.0.1[127.0.0.1]:39289|5.1.1|host "
     "127.0.0.1[127.0.0.1] said: 550 5.1.1 <gone@shop.example>: Recipient address rejected: User unknown (in "
     "reply "
     "to RCPT TO command)|"},
    {"smtp",
     "C33A3A880EF: to=<full@shop.example>, relay=127.0.0.1[127.0.0.1]:39289, delay=7.7, "
     "delays=7.6/0.01/0.05/0.05, "
     "dsn=4.2.2, status=deferred (host 127.0.0.1[127.0.0.1] said: 452 4.2.2 The mailbox (of ann) is full (in "
     "reply "
     "to RCPT TO command))",
     "deferred|C33A3A880EF|full@shop.example||127.0.0.1[127.0.0.1]:39289|4.2.2|host 127.0.0.1[127.0.0.1] "
     "said: 452 "
     "4.2.2 The mailbox (of ann) is full (in reply to RCPT TO command)|"},
    {"smtp",
     "C33A3A880EF: to=<closed@shop.example>, relay=none, delay=0.04, delays=0.01/0.03/0/0, dsn=4.4.1, "
     "status=deferred (connect to 127.0.0.1[127.0.0.1]:1: Connection refused)",
     "deferred|C33A3A880EF|closed@shop.example|||4.4.1|connect to 127.0.0.1[127.0.0.1]:1: Connection "
     "refused|"},
    // After smtp_delivery_status_filter.
    {"smtp",
     "A1B2C3D4E5: to=<blocked@outlook.example>, relay=mx.example[192.0.2.1]:25, delay=1, delays=0/0/0/1, "
     "dsn=4.7.1, "
     "status=deferred (host mx.example[192.0.2.1] said: 550 5.7.1 on our block list (S3150). (in reply to "
     "RCPT TO "
     "command))",
     "deferred|A1B2C3D4E5|blocked@outlook.example||mx.example[192.0.2.1]:25|4.7.1|host mx.example[192.0.2.1] "
     "said: "
     "550 5.7.1 on our block list (S3150). (in reply to RCPT TO command)|"},
    // Postfix 3.11 tells of TLS in between.
    {"smtp",
     "01E12901F9D: to=<users@postfix.example>, relay=list.example[192.0.2.5]:25, delay=5.4, "
     "delays=0.08/0.01/3.5/1.9, "
     "tls=!dane:none/requiretls?, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4cbdb56t4MzPjfw)",
     "delivered|01E12901F9D|users@postfix.example||list.example[192.0.2.5]:25|2.0.0|250 2.0.0 Ok: queued as "
     "4cbdb56t4MzPjfw|"},
    {"smtp",
     "CC5F2A880FC: to=<j\xc3\xbcrgen@sh\xc3\xb6p.example>, relay=127.0.0.1[127.0.0.1]:39289, delay=0.05, "
     "delays=0/0.01/0.04/0, dsn=5.6.7, status=bounced (SMTPUTF8 is required, but was not offered by host "
     "127.0.0.1[127.0.0.1])",
     "bounced|CC5F2A880FC|j\xc3\xbcrgen@sh\xc3\xb6p.example||127.0.0.1[127.0.0.1]:39289|5.6.7|SMTPUTF8 is "
     "required, "
     "but was not offered by host 127.0.0.1[127.0.0.1]|"},
    {"local",
     "4jcP7F5pgwz1cDjH: to=<localx@mx.example>, relay=local, delay=0.04, delays=0.01/0.03/0/0.01, dsn=2.0.0, "
     "status=sent (forwarded as 4jcP7F63xJz1cDjV)",
     "delivered|4jcP7F5pgwz1cDjH|localx@mx.example||local|2.0.0|forwarded as "
     "4jcP7F63xJz1cDjV|4jcP7F63xJz1cDjV"},
    {"local",
     "4jcP7F5pgwz1cDjH: to=<cmd@mx.example>, relay=local, delay=0.03, delays=0.01/0.02/0/0, dsn=2.0.0, "
     "status=sent "
     "(delivered to command: true)",
     "delivered|4jcP7F5pgwz1cDjH|cmd@mx.example||local|2.0.0|delivered to command: true|"},
    {"local",
     "4jcP7G0Nb4z1cDjW: to=<b@mx.example>, orig_to=<b>, relay=local, delay=0.2, delays=0.19/0/0/0.01, "
     "dsn=5.1.1, "
     "status=bounced (unknown user: \"b\")",
     "bounced|4jcP7G0Nb4z1cDjW|b@mx.example|b|local|5.1.1|unknown user: \"b\"|"},
    {"lmtp",
     "4jcP7F5pgwz1cDjH: to=<lmt@x.example>, relay=none, delay=0.02, delays=0.01/0.01/0/0, dsn=4.4.1, "
     "status=deferred "
     "(connect to mx.example[/nonexistent]: No such file or directory)",
     "deferred|4jcP7F5pgwz1cDjH|lmt@x.example|||4.4.1|connect to mx.example[/nonexistent]: No such file or "
     "directory|"},
    {"pipe",
     "C33A3A880EF: to=<pfail@shop.example>, relay=pfail, delay=0.03, delays=0.01/0.02/0/0, dsn=5.3.0, "
     "status=bounced "
     "(Command died with status 2: \"/bin/sh\". Command output: oops )",
     "bounced|C33A3A880EF|pfail@shop.example||pfail|5.3.0|Command died with status 2: \"/bin/sh\". Command "
     "output: "
     "oops |"},
    {"error",
     "4jcP7F5pgwz1cDjH: to=<nosvc@x.example>, relay=none, delay=0.03, delays=0.01/0.01/0/0.01, dsn=4.3.0, "
     "status=deferred (mail transport unavailable)",
     "deferred|4jcP7F5pgwz1cDjH|nosvc@x.example|||4.3.0|mail transport unavailable|"},
    {"discard",
     "C33A3A880EF: to=<disc@shop.example>, relay=none, delay=0.03, delays=0.01/0.02/0/0, dsn=2.0.0, "
     "status=sent "
     "(silently)",
     "delivered|C33A3A880EF|disc@shop.example|||2.0.0|silently|"},
    // Local parts that need quotes, made to look like fields.
    {"smtp",
     R"x(C50B3A880F0: to=<"a, status=sent (x)"@shop.example>, relay=h[192.0.2.1]:25, dsn=4.0.0, status=deferred (no))x",
     R"x(deferred|C50B3A880F0|"a, status=sent (x)"@shop.example||h[192.0.2.1]:25|4.0.0|no|)x"},
    {"smtp",
     R"x(C50B3A880F0: to=<"a>, relay=none, status=bounced (y"@shop.example>, relay=h[192.0.2.1]:25, dsn=2.0.0, )x"
     R"x(status=sent (250 2.0.0 Taken))x",
     R"x(delivered|C50B3A880F0|"a>, relay=none, status=bounced (y"@shop.example||h[192.0.2.1]:25|2.0.0|250 2.0.0 Taken|)x"},
    {"smtp",
     R"x(C50B3A880F0: to=<"a\"b"@shop.example>, relay=h[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok))x",
     R"x(delivered|C50B3A880F0|"a\"b"@shop.example||h[192.0.2.1]:25|2.0.0|250 ok|)x"},
    {"smtp",
     R"x(C50B3A880F0: to=<"a\\"@shop.example>, relay=h[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok))x",
     R"x(delivered|C50B3A880F0|"a\\"@shop.example||h[192.0.2.1]:25|2.0.0|250 ok|)x"},
    {"smtp", "C50B3A880F0: to=<a@[192.0.2.1]>, relay=h[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)",
     "delivered|C50B3A880F0|a@[192.0.2.1]||h[192.0.2.1]:25|2.0.0|250 ok|"},
    {"smtp", "C50B3A880F0: to=<a@b.example>, relay=none, dsn=5.4.7, status=expired (timed out)",
     "bounced|C50B3A880F0|a@b.example|||5.4.7|timed out|"},
    // Only local(8) forwards; a server may say what it likes.
    {"smtp",
     "C50B3A880F0: to=<a@b.example>, relay=h[192.0.2.1]:25, dsn=2.0.0, status=sent (forwarded as ABCDEF12)",
     "delivered|C50B3A880F0|a@b.example||h[192.0.2.1]:25|2.0.0|forwarded as ABCDEF12|"},
    // What is no status code is none, and a line may end behind its result.
    {"smtp", "C50B3A880F0: to=<a@b.example>, relay=none, dsn=5.x.1, status=bounced",
     "bounced|C50B3A880F0|a@b.example|||||"},
};

TEST(MailLog, ReadsPostfix) {
  for (const Case& one : kPostfix) EXPECT_EQ(read(postfix(one.program, one.text)), one.expected) << one.text;
}

TEST(MailLog, ReadsPostfixUnderAnyName) {
  const std::string text = ": C50B3A880F0: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)";
  for (const char* head : {"Nov  8 21:44:58 mx postfix/smtp[1]", "Nov 28 21:44:58 mx postfix-out/smtp[1]",
                           "Nov 28 21:44:58 mx mail/smtp[1]", "Nov 28 21:44:58 mx postfix/slow-1/smtp[1]",
                           "2026-11-28T21:40:16.123456+01:00 mx.example.net postfix/returns/smtp[4194304]"})
    EXPECT_EQ(read(head + text), "deferred|C50B3A880F0|a@b.example|||4.4.1|no|") << head;
  for (const char* head :
       {"Nov 28 21:44:58 mx smtp[1]", "Nov 28 21:44:58 mx /smtp[1]", "Nov 28 21:44:58 mx postfix/smtpd[1]",
        "Nov 28 21:44:58 mx postfix/qmgr[1]", "Nov 28 21:44:58 mx postfix/cleanup[1]",
        "Nov 28 21:44:58 mx postfix/smtp/evil[1]", "Nov 28 21:44:58 mx evil[1]",
        "Nov 28 21:44:58 mx postfix/smtp", "Nov 28 21:44:58 mx evil: postfix/smtp[1]",
        "Nov 28 21:44:58 mx evil[1]: postfix/smtp[1]",
        // postlogd makes one line of what was to be two.
        "Nov 28 21:45:26 mx x?y[20131]: AB?Nov 28 21:46:16 mx postfix/smtp[1]", "postfix/smtp[1]", ""})
    EXPECT_EQ(read(head + text), "-") << head;
}

TEST(MailLog, OtherLinesOfPostfixSayNothing) {
  for (const char* text : {
           "connect to 127.0.0.1[127.0.0.1]:1: Connection refused",
           "C33A3A880EF: from=<news@sender.example>, size=289, nrcpt=17 (queue active)",
           "C33A3A880EF: removed",
           "CC5F2A880FC: sender non-delivery notification: D84F8A88100",
           "C33A3A880EF: host h[192.0.2.1] said: 450 4.2.0 <a@b.example>: Greylisted (in reply to RCPT TO "
           "command)",
           "NOQUEUE: to=<a@b.example>, relay=none, dsn=5.1.1, status=bounced (x)",
           "NOQUEUE: reject: RCPT from h[192.0.2.1]: 550 5.1.2 <a@b.example>: x; from=<> to=<a@b.example>",
           "C33A3A880EF: milter-discard: END-OF-MESSAGE from h[192.0.2.1]: to=<a@b.example>, status=sent (x)",
           "message repeated 2 times: [ C33A3A880EF: to=<a@b.example>, relay=none, dsn=4.4.1, "
           "status=deferred (x)]",
           "CEA8FA880FE: to=<fine@shop.example>, relay=h[192.0.2.1]:25, delay=0.06, delays=0/0.01/0.05/0.01, "
           "dsn=2.1.5, status=deliverable (250 2.1.5 Ok)",
           "CEA8FA880FE: to=<gone@shop.example>, relay=h[192.0.2.1]:25, delay=0.06, delays=0/0.01/0.05/0.01, "
           "dsn=5.1.1, status=undeliverable (host h[192.0.2.1] said: 550 5.1.1 no)",
           "C33A3A880EF: to=<>, relay=none, dsn=5.1.1, status=bounced (x)",
       })
    EXPECT_EQ(read(postfix("smtp", text)), "-") << text;
}

TEST(MailLog, ARecipientCannotPutALineTogether) {
  // Written by a Postfix 3.7.11: domains are not quoted.
  EXPECT_EQ(
      read(postfix("error",
                   "4jcP7G0QZRz1cDjY: to=<a@[x>, relay=none, delay=1, dsn=5.1.1, status=bounced (]>, "
                   "relay=none, delay=0.21, delays=0.2/0.01/0/0, dsn=5.1.3, status=bounced (bad address "
                   "syntax)")),
      "-");
  // With info_log_address_format = internal, neither are local parts.
  for (const char* forged : {"victim@shop.example>, relay=none, dsn=5.1.1, status=bounced (x@b.example",
                             "victim@shop.example>, orig_to=<x>, relay=none, status=bounced (x@b.example",
                             "a, status=bounced (x@b.example", "a b@b.example", "\"a@b.example"}) {
    const std::string line = "4jcP7G0QZRz1cDjY: to=<" + std::string(forged) +
                             ">, relay=h[192.0.2.1]:25, delay=0.21, dsn=2.0.0, status=sent (250 ok)";
    EXPECT_EQ(read(postfix("smtp", line)), "-") << forged;
    const std::string original = "4jcP7G0QZRz1cDjY: to=<a@b.example>, orig_to=<" + std::string(forged) +
                                 ">, relay=h[192.0.2.1]:25, delay=0.21, dsn=2.0.0, status=sent (250 ok)";
    EXPECT_EQ(read(postfix("smtp", original)), "-") << forged;
  }
}

constexpr Case kSendmail[] = {
    {"",
     "6ASLjxVI020368: to=<news@sender.example>, delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=31039, "
     "relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (Taken)",
     "delivered|6ASLjxVI020368|news@sender.example||[127.0.0.1] [127.0.0.1]|2.0.0|Sent (Taken)|"},
    {"",
     "p6DCkGVf019406: to=<a@far.example>, ctladdr=<stock@near.example> (1001/1001), delay=00:00:03, "
     "xdelay=00:00:02, mailer=esmtp, pri=124683, relay=mail.far.example. [192.0.2.55], dsn=2.0.0, stat=Sent "
     "(<x@y> [InternalId=50703036] Queued mail for delivery)",
     "delivered|p6DCkGVf019406|a@far.example||mail.far.example. [192.0.2.55]|2.0.0|Sent (<x@y> "
     "[InternalId=50703036] "
     "Queued mail for delivery)|"},
    // The server's words, not Sendmail's.
    {"",
     "6ASLjxVI020366: to=<blocked@outlook.example>, delay=00:00:00, xdelay=00:00:00, mailer=relay, "
     "pri=390015, "
     "relay=[127.0.0.1] [127.0.0.1], dsn=5.7.1, reply=550 5.7.1 Unfortunately, part of their network is on "
     "our "
     "block list (S3150)., stat=User unknown",
     "bounced|6ASLjxVI020366|blocked@outlook.example||[127.0.0.1] [127.0.0.1]|5.7.1|550 5.7.1 Unfortunately, "
     "part of "
     "their network is on our block list (S3150).|"},
    {"",
     "6ASLjxVI020366: to=<full@shop.example>, delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=390015, "
     "relay=[127.0.0.1] [127.0.0.1], dsn=4.2.2, reply=452 4.2.2 The mailbox (of ann) is full, stat=Deferred: "
     "452 "
     "4.2.2 The mailbox (of ann) is full",
     "deferred|6ASLjxVI020366|full@shop.example||[127.0.0.1] [127.0.0.1]|4.2.2|452 4.2.2 The mailbox (of "
     "ann) is "
     "full|"},
    // A code that contradicts its reply: Sendmail goes by the reply.
    {"",
     "6ASLtLZl023554: to=<lie@shop.example>, delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=450015, "
     "relay=[127.0.0.1] [127.0.0.1], dsn=5.2.2, reply=452 5.2.2 over quota, stat=Deferred: 452 5.2.2 over "
     "quota",
     "deferred|6ASLtLZl023554|lie@shop.example||[127.0.0.1] [127.0.0.1]|5.2.2|452 5.2.2 over quota|"},
    // A server whose reply looks like a result.
    {"",
     "6ASLnSjk021397: to=<lie@shop.example>, delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=450015, "
     "relay=[127.0.0.1] [127.0.0.1], dsn=4.2.0, reply=450 later, stat=Sent (ok), stat=Deferred: 450 later, "
     "stat=Sent (ok)",
     "deferred|6ASLnSjk021397|lie@shop.example||[127.0.0.1] [127.0.0.1]|4.2.0|450 later|"},
    {"",
     "6ASLk8bT020390: to=<late@shop.example>, delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=30015, "
     "relay=[127.0.0.1], dsn=4.4.1, stat=Deferred: Connection refused by [127.0.0.1]",
     "deferred|6ASLk8bT020390|late@shop.example||[127.0.0.1]|4.4.1|Deferred: Connection refused by "
     "[127.0.0.1]|"},
    {"",
     "6ASLk8bT020390: to=<a@nowhere.example>, delay=00:00:00, mailer=esmtp, pri=30015, "
     "relay=nowhere.example, "
     "dsn=5.1.2, stat=Host unknown (Name server: nowhere.example: host not found)",
     "bounced|6ASLk8bT020390|a@nowhere.example||nowhere.example|5.1.2|Host unknown (Name server: "
     "nowhere.example: host "
     "not found)|"},
    {"", "AAA12345: to=<a@b.example>, delay=00:00:00, mailer=esmtp, stat=Service unavailable",
     "bounced|AAA12345|a@b.example||||Service unavailable|"},
    {"", "AAA12345: to=<a@b.example>, delay=00:00:00, mailer=esmtp, stat=queued", "-"},
    {"", "AAA12345: to=<a@b.example>, delay=00:00:00, mailer=esmtp, stat=quarantine", "-"},
    // As a program gives recipients.
    {"",
     "6ASLoZlA021415: to=<fine@shop.example>,\"Bo, stat=Sent\" <b@shop.example>,c@shop.example (See),root, "
     "ctladdr=n@sender.example (0/0), delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=120088, relay=h, "
     "dsn=4.4.2, stat=Deferred: x",
     "deferred|6ASLoZlA021415|fine@shop.example||h|4.4.2|Deferred: x|\n"
     "deferred|6ASLoZlA021415|b@shop.example||h|4.4.2|Deferred: x|\n"
     "deferred|6ASLoZlA021415|c@shop.example||h|4.4.2|Deferred: x|\n"
     "deferred|6ASLoZlA021415|root||h|4.4.2|Deferred: x|"},
    {"",
     "6ASLnSjk021397: to=\"|/usr/bin/filter -a, b\", ctladdr=<ann@mx.example> (1000/1000), delay=00:00:00, "
     "mailer=prog, pri=1, dsn=2.0.0, stat=Sent",
     "-"},
    // Sendmail doubles backslashes and spells bytes above 127.
    {"",
     R"x(6ASLnSjk021397: to=<"a b"@shop.example>,<"a\\"b"@shop.example>,<"a>,<b"@shop.example>,)x"
     R"x(<"a, stat=Sent (x)"@shop.example>,<j\303\274@shop.example>, delay=00:00:00, mailer=relay, dsn=2.0.0, stat=Sent)x",
     "delivered|6ASLnSjk021397|\"a b\"@shop.example|||2.0.0|Sent|\n"
     "delivered|6ASLnSjk021397|\"a\\\"b\"@shop.example|||2.0.0|Sent|\n"
     "delivered|6ASLnSjk021397|\"a>,<b\"@shop.example|||2.0.0|Sent|\n"
     "delivered|6ASLnSjk021397|\"a, stat=Sent (x)\"@shop.example|||2.0.0|Sent|\n"
     "delivered|6ASLnSjk021397|j\xc3\xbc@shop.example|||2.0.0|Sent|"},
    // A long list.
    {"",
     "6ASLjx07020370: to=<r059@shop.example>,<r058@shop.example>, [more], delay=00:00:00, xdelay=00:00:00, "
     "mailer=relay, pri=1800015, relay=h, dsn=2.0.0, stat=Sent (Taken)",
     "delivered|6ASLjx07020370|r059@shop.example||h|2.0.0|Sent (Taken)|\n"
     "delivered|6ASLjx07020370|r058@shop.example||h|2.0.0|Sent (Taken)|"},
};

TEST(MailLog, ReadsSendmail) {
  for (const Case& one : kSendmail) EXPECT_EQ(read(sendmail(one.text)), one.expected) << one.text;
}

TEST(MailLog, OtherLinesOfSendmailSayNothing) {
  for (const char* text : {
           "6ASLjxVI020366: from=<news@sender.example>, size=15, class=0, nrcpts=13, msgid=<x@y>, relay=h "
           "[192.0.2.1]",
           "6ASLnSjk021397: 6ASLnSjk021399: DSN: User unknown",
           "6ASLnSjk021397: <a@b.example>... User unknown",
           "ruleset=check_rcpt, arg1=<a@b.example>, relay=h [192.0.2.1], reject=550 5.7.1 <a@b.example>... "
           "Denied",
           "6ASLnSjk021397: Milter: to=<a@b.example>, reject=550 5.7.1 Command rejected",
           "6ASLnSjk021397: to=<a@b.example>, delay=00:00:00, mailer=relay, dsn=2.0.0",
       })
    EXPECT_EQ(read(sendmail(text)), "-") << text;
  const std::string good = "AAA12345: to=<a@b.example>, delay=00:00:00, mailer=esmtp, dsn=2.0.0, stat=Sent";
  for (const char* tag : {"sendmail", "sm-mta", "sm-msp-queue"})
    EXPECT_NE(read("Nov 28 21:49:28 mx " + std::string(tag) + "[1]: " + good), "-") << tag;
  for (const char* tag : {"postfix/sendmail", "sm-mta-x", "logger"})
    EXPECT_EQ(read("Nov 28 21:49:28 mx " + std::string(tag) + "[1]: " + good), "-") << tag;
}

TEST(MailLog, ASenderCannotPutALineOfSendmailTogether) {
  const std::string end = ", delay=00:00:00, mailer=relay, pri=1, relay=h, dsn=2.0.0, stat=Sent (ok)";
  for (const char* text : {
           // A list is cut at any comma: the next line begins inside a quoted local part.
           "to=victim@shop.example, delay=00:00:00, dsn=5.1.1, stat=User unknown\"@b.example>,<c@b.example>",
           "to= x\"@b.example>,<\"q,victim@shop.example,r\"@b.example>",
           "to=victim@shop.example,x\"@b.example>,<c@b.example>",
           "to=<c@b.example>,<\"x, [more]",
           "to=<a@b.example> <victim@shop.example>",
           "to=<a@[x>, dsn=5.1.1, stat=User unknown (]>",
           "to=(a",
           "to=",
       })
    EXPECT_EQ(read(sendmail("AAA12345: " + std::string(text) + end)), "-") << text;
  // ctladdr= is shortened in the middle, which may take a quote away.
  EXPECT_EQ(read(sendmail("AAA12345: to=<a@b.example>, ctladdr=\"a\" bbb...x, delay=0, dsn=5.1.1, stat=User "
                          "unknown\" <m@y.example> (1/1)" +
                          end)),
            "delivered|AAA12345|a@b.example||h|2.0.0|Sent (ok)|");
}

TEST(MailLog, ManyRecipientsAreBounded) {
  std::string list;
  for (int i = 0; i < 1500; ++i) list += (list.empty() ? "a@b" : ",a@b");
  const auto found =
      parse_mail_log(sendmail("AAA12345: to=" + list + ", delay=00:00:00, dsn=2.0.0, stat=Sent"));
  EXPECT_EQ(found.size(), kMaxLogRecipients);
}

/// A line that is cut anywhere says the same, less of it, or nothing.
TEST(MailLog, ACutLineNeverSaysAnotherThing) {
  std::vector<std::string> lines;
  for (const Case& one : kPostfix) lines.push_back(postfix(one.program, one.text));
  for (const Case& one : kSendmail) lines.push_back(sendmail(one.text));
  for (const std::string& line : lines) {
    const auto whole = parse_mail_log(line);
    for (std::size_t length = 0; length < line.size(); ++length) {
      const auto cut = parse_mail_log(line.substr(0, length));
      if (cut.empty()) continue;
      ASSERT_EQ(cut.size(), whole.size()) << line.substr(0, length);
      for (std::size_t i = 0; i < cut.size(); ++i) {
        EXPECT_EQ(cut[i].fate, whole[i].fate) << line.substr(0, length);
        EXPECT_EQ(cut[i].recipient, whole[i].recipient);
        EXPECT_EQ(cut[i].queue_id, whole[i].queue_id);
        EXPECT_TRUE(cut[i].went_on_as.empty() || cut[i].went_on_as == whole[i].went_on_as);
      }
    }
  }
}

TEST(MailLog, LongLinesAndOddBytes) {
  const std::string begin = "C50B3A880F0: to=<a@b.example>, relay=none, dsn=5.1.1, status=bounced (";
  const auto found = parse_mail_log(postfix("smtp", begin + std::string(65536, 'x') + ")"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].said, std::string(kMaxSaid, 'x'));
  const std::string odd("a\0\xff#011b", 8);
  ASSERT_EQ(parse_mail_log(postfix("smtp", begin + odd + ")\n")).size(), 1u);
  EXPECT_EQ(parse_mail_log(postfix("smtp", begin + odd + ")\n"))[0].said, odd);
  // Nothing behind the first 16 KiB is seen.
  EXPECT_EQ(read(postfix("smtp", "C50B3A880F0: to=<" + std::string(20000, 'a') + "@b>, status=sent (x)")),
            "-");
  EXPECT_EQ(read(std::string(65536, '\0')), "-");
  for (const char c : {'"', '(', '<', ',', '\\', '['})
    EXPECT_EQ(read(sendmail("AAA12345: to=" + std::string(65536, c))), "-") << c;
}

TEST(MailLog, TellsWhatExpired) {
  EXPECT_EQ(parse_expiry(postfix(
                "qmgr", "4jcP7F5pgwz1cDjH: from=<news@sender.example>, status=expired, returned to sender")),
            "4jcP7F5pgwz1cDjH");
  EXPECT_EQ(
      parse_expiry(postfix("qmgr", "4jcP7F5pgwz1cDjH: from=<>, status=force-expired, returned to sender")),
      "4jcP7F5pgwz1cDjH");
  EXPECT_EQ(parse_expiry(sendmail("6ASLnSjk021397: 6ASLnVgE021409: DSN: Cannot send message for 3 seconds")),
            "6ASLnSjk021397");
  EXPECT_EQ(parse_expiry(
                sendmail("6ASLnSjk021397: 6ASLnVgE021409: return to sender: Cannot send message for 5 days")),
            "6ASLnSjk021397");
  for (const std::string& line :
       {postfix("smtp", "4jcP7F5pgwz1cDjH: from=<a@b.example>, status=expired, returned to sender"),
        postfix("qmgr", "4jcP7F5pgwz1cDjH: from=<a@[x>, status=expired, returned to sender"),
        postfix("qmgr", "4jcP7F5pgwz1cDjH: from=<a@b.example>, status=expired, returned to sender>, size=2"),
        postfix("qmgr", "4jcP7F5pgwz1cDjH: from=<a@b.example>, size=284, nrcpt=7 (queue active)"),
        sendmail("6ASLnSjk021397: 6ASLnSjk021399: DSN: User unknown"),
        sendmail("6ASLnSjk021397: 6ASLnSjk021399: sender notify: Warning: could not send message for past 4 "
                 "hours"),
        std::string()})
    EXPECT_FALSE(parse_expiry(line)) << line;
}

}  // namespace
}  // namespace signpost::feedback
