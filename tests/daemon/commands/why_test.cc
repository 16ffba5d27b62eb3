// why: a message's life as a reply, with what a refusal means and what to do; and what is said where nothing is known.
#include <gtest/gtest.h>

#include "policy/event_line.h"
#include "tests/daemon/commands/support.h"

namespace signpost::daemon::commands {
namespace {

class WhyTest : public testing::Test {
 protected:
  WhyTest() {
    for (const char* line : {
             "2026-11-23T11:00:00.000Z conn=c id=01M8H0DJG000000000000000A1 qid=4F2C1 stage=message "
             "action=accept "
             "from=<a@acme.example> tenant=acme stream=bulk dkim=s1:acme.example msgid=<m@acme.example>",
             "2026-11-23T11:00:02.000Z qid=4F2C1 stage=delivery tenant=acme action=defer "
             "to=<bob@example.net> class=block class_reason=blocklist rule=microsoft-blocklist "
             "said=\"host mx said: 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please "
             "contact your "
             "Internet service provider since part of their network is on our block list (S3150).\"",
             "2026-11-23T11:30:02.000Z qid=4F2C1 stage=delivery tenant=acme action=accept "
             "to=<bob@example.net> "
             "said=\"250 OK\"",
         })
      house_.events->append(policy::parse_event_text(line)->at, line);
  }
  tests::ControlHouse house_;
};

TEST_F(WhyTest, TellsAMessagesLife) {
  const std::string said = house_.say("why 4F2C1");
  EXPECT_TRUE(said.starts_with("ok\nat=2026-11-23T11:00:00.000Z event=20261123.0 conn=c")) << said;
  EXPECT_TRUE(tests::has(said, "dkim=s1:acme.example"));
  EXPECT_TRUE(tests::has(
      said, "means=\"The sending IP address, or its network, is on Outlook.com's block list.\" remedy=\""));
  EXPECT_TRUE(tests::has(said, "said=\"250 OK\"\n"));
  EXPECT_TRUE(tests::has(said, "end n=3\n"));
  for (const char* name : {"m@acme.example", "<m@acme.example>", "01M8H0DJG000000000000000A1"})
    EXPECT_EQ(house_.say("why " + std::string(name)), said);
}

TEST_F(WhyTest, ReadersMayAskAndOtherTenantsAreToldNothing) {
  const auto ask = [&](const char* tenant) {
    return house_.say({"why 4F2C1"}, {tests::ControlHouse::kReader, "key 1", tenant});
  };
  EXPECT_TRUE(tests::has(ask("acme"), "end n=3"));
  EXPECT_TRUE(ask("default").starts_with("error not-found")) << ask("default");
}

TEST_F(WhyTest, WhatIsNotKnownIsAnError) {
  const std::string said = house_.say("why 4F2C2");
  EXPECT_TRUE(said.starts_with("error not-found no event")) << said;
  EXPECT_TRUE(tests::has(house_.say("why"), "error "));
}

}  // namespace
}  // namespace signpost::daemon::commands
