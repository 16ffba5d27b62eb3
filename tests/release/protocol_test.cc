// Requests and answers in bytes, and which texts are queue ids: what hostile peers may try, one by one.
#include "release/protocol.h"

#include <string>

#include <gtest/gtest.h>

#include "release/queue_id.h"

namespace signpost::release {
namespace {

using namespace std::chrono_literals;

TEST(QueueId, OfPostfix) {
  for (const char* id :
       {"E9825A74470", "0000FA", "A1234FFFFFFFFFFFFFFFF", "4jcT3F6frFz1bcYb", "3zzzzzzzzzz1"})
    EXPECT_TRUE(is_postfix_id(id)) << id;
  for (const char* id : {"",
                         "A",
                         "A1234",
                         "ALL",
                         "-",
                         "--",
                         "-H",
                         "e9825a74470",
                         "E9825A7447G",
                         "E9825A74470 ",
                         " E9825A74470",
                         "E9825A74470\n",
                         "../hold/E9825A",
                         "E9825A/4470",
                         "E9825A.4470",
                         "A1234FFFFFFFFFFFFFFFFF",
                         "4jcT3F6frFz",
                         "4jcT3F6frz1bcY",
                         "4jcT3F6frFa1bcYb",
                         "4jcT3F6frFz1bcYb4jcT3F6frFz1bcYb4",
                         "hold",
                         "incoming",
                         "E9825A74470\xc0",
                         "E9825A74470,E9825A74471"})
    EXPECT_FALSE(is_postfix_id(id)) << id;
  EXPECT_FALSE(is_postfix_id(std::string("E9825A7\0", 8)));
}

TEST(QueueId, OfSendmail) {
  for (const char* id : {"6AT0l9B7027086", "3ATA0b2f1234567890"}) EXPECT_TRUE(is_sendmail_id(id)) << id;
  for (const char* id : {"", "6AT0l9B702708", "6AT0l9B702708x", "6AT0l9B-027086", "6AT0l9B712345678901",
                         "-qI6AT0l9B7027", "6AT0l9B7027086 ", "!6AT0l9B702708"})
    EXPECT_FALSE(is_sendmail_id(id)) << id;
}

// As Postfix 3.7 made them, with hash_queue_depth = 2.
TEST(QueueId, HashedDirectory) {
  EXPECT_EQ(hashed_directory("4jcT3F6frFz1bcYb", 2), "E/4/");
  EXPECT_EQ(hashed_directory("4jcT3F6hHKz1bcYh", 2), "E/5/");
  EXPECT_EQ(hashed_directory("4jcT3F6k41z1bcYp", 2), "E/7/");
  EXPECT_EQ(hashed_directory("4jcT3F6qDHz1bcYt", 2), "E/A/");
  EXPECT_EQ(hashed_directory("E9825A74470", 1), "E/");
  EXPECT_EQ(hashed_directory("E9825A74470", 3), "E/9/8/");
  EXPECT_EQ(hashed_directory("E9825A", 8), "E/9/8/2/5/A/_/_/");
  EXPECT_EQ(hashed_directory("E9825A74470", 0), "");
}

TEST(ReleaseRequest, IsTakenApart) {
  const auto held = parse_release_request("held E9825A74470");
  ASSERT_TRUE(held);
  EXPECT_EQ(held->verb, Verb::held);
  EXPECT_EQ(held->instance, "");
  EXPECT_EQ(held->id, "E9825A74470");
  const auto release = parse_release_request("release smtp-2:4jcT3F6frFz1bcYb");
  ASSERT_TRUE(release);
  EXPECT_EQ(release->verb, Verb::release);
  EXPECT_EQ(release->instance, "smtp-2");
  EXPECT_EQ(release->id, "4jcT3F6frFz1bcYb");
  EXPECT_EQ(parse_release_request("drop E9825A74470")->verb, Verb::drop);
  EXPECT_EQ(parse_release_request("refuse E9825A74470")->verb, Verb::refuse);
  EXPECT_EQ(parse_release_request("list")->verb, Verb::list);
}

TEST(ReleaseRequest, NothingElseIs) {
  for (const char* line : {"",
                           " ",
                           "list ",
                           "list all",
                           "LIST",
                           "release",
                           "release ",
                           "release  E9825A74470",
                           " release E9825A74470",
                           "release\tE9825A74470",
                           "release E9825A74470 ",
                           "release E9825A74470\r",
                           "release ALL",
                           "release -",
                           "release -H",
                           "drop ALL",
                           "drop ALL hold",
                           "refuse ../E9825A",
                           "held E9825A74470 E9825A74471",
                           "release :E9825A74470",
                           "release main:",
                           "release main:ALL",
                           "release -c:E9825A74470",
                           "release a:b:E9825A74470",
                           "release ma in:E9825A74470",
                           "release main.1:E9825A74470",
                           "exec E9825A74470",
                           "release abcdefghijabcdefghijabcdefghijabc:E9825A74470"}) {
    const auto request = parse_release_request(line);
    ASSERT_FALSE(request) << line;
    EXPECT_EQ(request.error().kind, base::ErrorKind::invalid);
  }
  EXPECT_FALSE(parse_release_request("held " + std::string(kMaxLine, '0')));
  EXPECT_FALSE(parse_release_request(std::string("held E9825A\0", 12)));
}

TEST(ReleaseReply, IsOneLine) {
  EXPECT_EQ(format_reply(Verb::held, {}), "ok held\n");
  EXPECT_EQ(format_reply(Verb::release, {}), "ok released\n");
  EXPECT_EQ(format_reply(Verb::drop, {}), "ok dropped\n");
  EXPECT_EQ(format_reply(Verb::refuse, {}), "ok refused\n");
  EXPECT_EQ(format_reply(Verb::drop, {Answer::gone, "x"}), "ok gone\n");
  EXPECT_EQ(format_reply(Verb::held, {Answer::conflict, "two\nlines\r"}), "error conflict two lines \n");
  EXPECT_EQ(format_reply(Verb::release, {Answer::not_told, "x"}), "error not-told x\n");
  EXPECT_EQ(format_reply(Verb::release, {Answer::unavailable, "x"}), "error unavailable x\n");
  EXPECT_EQ(format_reply(Verb::held, {Answer::not_found, "x"}), "error not-found x\n");
  EXPECT_EQ(format_reply(Verb::held, {Answer::limit, "x"}), "error limit x\n");
  EXPECT_EQ(format_reply(Verb::refuse, {Answer::unsupported, "x"}), "error unsupported x\n");
  EXPECT_EQ(format_reply(Verb::list, {Answer::invalid, "x"}), "error invalid x\n");
  EXPECT_EQ(format_told("main:E9825A74470", base::Wall(1795913137956ms), State::hold),
            "told main:E9825A74470 2026-11-29T00:45:37.956Z hold\n");
  EXPECT_EQ(format_list_end(3), "ok 3\n");
}

}  // namespace
}  // namespace signpost::release
