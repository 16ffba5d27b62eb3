// What an MTA makes of files that are not quite messages, and that nothing of a file is lost on the way back.
#include "mail/file/message_file.h"

#include <random>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "mail/message.h"

namespace signpost::mail {
namespace {

TEST(Newlines, AreExact) {
  const struct {
    std::string raw;
    std::string wire;
    Newlines newlines;
  } kCases[] = {
      {"", "", {}},
      {"no end", "no end", {}},
      {"a\r\nb\r\n", "a\r\nb\r\n", {}},
      {"a\nb\n", "a\r\nb\r\n", {true, {}}},
      {"\n\n", "\r\n\r\n", {true, {}}},
      {"a\r\nb\nc\r\n", "a\r\nb\r\nc\r\n", {false, {4}}},
      {"a\r\r\nb\n", "a\r\r\nb\r\n", {false, {5}}},
      {"a\rb\n", "a\rb\r\n", {true, {}}},
      {"\n\r\n", "\r\n\r\n", {false, {0}}},
      {"\r", "\r", {}},
  };
  for (const auto& test : kCases) {
    const auto [wire, newlines] = to_crlf(test.raw);
    EXPECT_EQ(wire, test.wire);
    EXPECT_EQ(newlines, test.newlines) << testing::PrintToString(test.raw);
    EXPECT_EQ(from_crlf(wire, newlines), test.raw);
  }
}

TEST(Newlines, AreExactForRandomText) {
  std::mt19937 random(3);
  for (int run = 0; run < 20000; ++run) {
    std::string raw;
    for (std::size_t i = random() % 14; i > 0; --i) raw += "a\r\n"[random() % 3];
    const auto [wire, newlines] = to_crlf(raw);
    ASSERT_EQ(from_crlf(wire, newlines), raw) << testing::PrintToString(raw);
    ASSERT_EQ(to_crlf(wire), std::pair(wire, Newlines{}));
  }
}

constexpr const char* kBoth = "both doors give the same";

TEST(MessageFile, IsTakenInAsPostfixDoes) {
  const struct {
    std::string file;
    std::string by_smtp;
    std::string by_command;
  } kCases[] = {
      {"A: 1\n\nbody\n", "A: 1\r\n\r\nbody\r\n", kBoth},
      {"", "", kBoth},
      {"A: 1\r\n", "A: 1\r\n", kBoth},
      {"A: 1\n\nbody", "A: 1\r\n\r\nbody\r\n", kBoth},
      {"A: 1", "A: 1\r\n", kBoth},
      {"A: 1\nno field\nbody\n", "A: 1\r\n\r\nno field\r\nbody\r\n", kBoth},
      {"A: 1\r\nno field: x\r\n\r\nbody\r\n", "A: 1\r\n\r\nno field: x\r\n\r\nbody\r\n", kBoth},
      {"A: 1\nFrom x\nB: 2\n", "A: 1\r\n\r\nFrom x\r\nB: 2\r\n", kBoth},
      {" \nA: 1\n\nbody\n", "\r\n \r\nA: 1\r\n\r\nbody\r\n", kBoth},
      {"\nA: 1\n", "\r\nA: 1\r\n", kBoth},
      {"A: 1\n \n x\n\nbody\n", "A: 1\r\n \r\n x\r\n\r\nbody\r\n", kBoth},
      {"A : 1\n\n", "A : 1\r\n\r\n", kBoth},
      {"From a@b Mon\nA: 1\n\nb\n", "X-Mailbox-Line: From a@b Mon\r\nA: 1\r\n\r\nb\r\n", "A: 1\r\n\r\nb\r\n"},
      {">From a\r\nFrom b\r\nA: 1\r\n", "X-Mailbox-Line: >From a\r\nX-Mailbox-Line: From b\r\nA: 1\r\n",
       "A: 1\r\n"},
      {"A: a\rb\n\nbo\rdy\r\rx\r\r\ny\n", "A: a b\r\n\r\nbo dy  x\r\ny\r\n", kBoth},
      {"A: 1\n\rB: 2\n\nbody\n", "A: 1\r\n B: 2\r\n\r\nbody\r\n", "A: 1\r\n\r\n B: 2\r\n\r\nbody\r\n"},
      {"A: 1\n\r\r\nbody\n", "A: 1\r\n\r\nbody\r\n", kBoth},
  };
  for (const auto& test : kCases) {
    for (const Door door : {Door::smtp, Door::command}) {
      const auto [wire, form] = to_wire(test.file, door);
      const bool same = door == Door::smtp || test.by_command == kBoth;
      EXPECT_EQ(wire, same ? test.by_smtp : test.by_command) << testing::PrintToString(test.file);
      EXPECT_EQ(from_wire(wire, form).value_or("?"), test.file);
      EXPECT_EQ(format_message(parse_message(wire)), wire);
    }
  }
}

TEST(MessageFile, ComesBackWholeWhateverItIs) {
  std::mt19937 random(14);
  const std::string pieces[] = {"\r", "\n", "\r\n", "From ", ">", "A: 1", ":", " ", "x"};
  for (int run = 0; run < 20000; ++run) {
    std::string file;
    for (std::size_t i = random() % 14; i > 0; --i) file += pieces[random() % std::size(pieces)];
    for (const Door door : {Door::smtp, Door::command}) {
      const auto [wire, form] = to_wire(file, door);
      ASSERT_EQ(from_wire(wire, form).value_or("?"), file) << testing::PrintToString(file);
      const auto [again, none] = to_wire(wire, Door::command);
      if (door == Door::command && !wire.starts_with(">") && !wire.starts_with("From ")) {
        ASSERT_EQ(again, wire) << testing::PrintToString(file);
      }
      ASSERT_TRUE(wire.empty() || wire.ends_with("\r\n"));
      const Message message = parse_message(wire);
      ASSERT_TRUE(message.has_separator || message.body.empty()) << testing::PrintToString(file);
    }
  }
}

TEST(MessageFile, OfAnotherFormIsAnError) {
  const auto [wire, form] = to_wire("From x\nA: 1\nno field\n", Door::smtp);
  EXPECT_FALSE(from_wire("B: 2\r\n\r\n", form));
}

}  // namespace
}  // namespace signpost::mail
