// Which mail the MTA of this host made itself, by the Received fields that real ones write.
#include "policy/own_report.h"

#include <gtest/gtest.h>

namespace signpost::policy {
namespace {

mail::Envelope envelope(const char* client = "127.0.0.1") {
  mail::Envelope made;
  made.sender_given = "<>";
  made.host = "mx.example";
  made.client = *base::parse_ip(client);
  return made;
}
bool is_own(const std::vector<std::string>& received, const mail::Envelope& by = envelope()) {
  std::vector<mail::Field> fields;
  for (const std::string& value : received) fields.push_back({"Received", " " + value});
  fields.push_back({"From", " MAILER-DAEMON@mx.example"});
  return is_made_by_mta(by, fields);
}

constexpr const char* kPostfix =
    "by mx.example (Postfix)\n\tid 383A2A7450F; Sat, 28 Nov 2026 22:50:16 +0000 (UTC)";
constexpr const char* kSendmail =
    "from localhost (localhost)\n\tby mx.example (8.17.1.9/8.17.1.9/Debian-2) id 6ASMoGXx012345;\n\tSat, 28 "
    "Nov 2026 22:50:16 GMT";

TEST(OwnReport, IsWhatTheMtaWritesForNoClient) {
  EXPECT_TRUE(is_own({kPostfix}));
  EXPECT_TRUE(is_own({kSendmail}));
}

TEST(OwnReport, IsNothingThatSomebodyHandedIn) {
  for (const char* handed_in : {
           "by mx.example (Postfix, from userid 1000)\n\tid 212FAA74519; Sat, 28 Nov 2026 22:50:18 +0000 "
           "(UTC)",
           "from [127.0.0.1] (unknown [127.0.0.1])\n\tby mx.example (Postfix) with ESMTP id 25704A7451A; "
           "Sat, 28 Nov 2026",
           "from localhost (localhost [127.0.0.1])\n\tby mx.example (8.17.1.9/8.17.1.9) with ESMTP id "
           "6ASMoGXx012345; Sat",
           "(from user@localhost)\n\tby mx.example (8.17.1.9/8.17.1.9/Submit) id 6ASMoGXx012345; Sat",
           "by other.example (Postfix)\n\tid 383A2A7450F; Sat, 28 Nov 2026 22:50:16 +0000 (UTC)",
           "",
       })
    EXPECT_FALSE(is_own({handed_in})) << handed_in;
  EXPECT_FALSE(is_own({}));
  EXPECT_FALSE(is_own({"by mx.example (Postfix, from userid 1000) id 1; Sat", kPostfix})) << "his own below";
  EXPECT_FALSE(is_own({kPostfix, kPostfix}));
}

TEST(OwnReport, ComesFromThisHostWithTheNullSender) {
  EXPECT_FALSE(is_own({kPostfix}, envelope("192.0.2.7")));
  mail::Envelope with_sender = envelope();
  with_sender.sender_given = "<a@b.example>";
  EXPECT_FALSE(is_own({kPostfix}, with_sender));
  mail::Envelope nameless = envelope();
  nameless.host.clear();
  EXPECT_FALSE(is_own({kPostfix}, nameless));
  mail::Envelope with_login = envelope();
  with_login.login = "shop";
  EXPECT_FALSE(is_own({kPostfix}, with_login));
}

}  // namespace
}  // namespace signpost::policy
