// Messages that were changed at random: whatever `message run` makes of them, `message undo` gives back to the bit.
// 2,000 of them; SIGNPOST_MUTATIONS=100000 is the long form.
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "programs/ctl/offline_message.h"
#include "tests/programs/offline_support.h"
#include "tests/support/twins.h"

namespace signpost::programs {
namespace {

constexpr std::string_view kMultipart =
    "From: news@shop.example\r\nTo: ann@example.net\r\nSubject: News\r\nMIME-Version: 1.0\r\n"
    "Date: Mon, 01 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n"
    "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    "See https://shop.example/sale\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n<body><a href=3D\"https://shop.example/=\r\n"
    "sale\">S=C3=A4le</a></body>\r\n--b--\r\n";
constexpr std::string_view kPieces[] = {"\r",
                                        "\n",
                                        "\r\n",
                                        "\r\r\n",
                                        "\n\n",
                                        "From x\n",
                                        ">From x\r\n",
                                        "no field\n",
                                        " ",
                                        "\t",
                                        ":",
                                        "=",
                                        "--b\n",
                                        "--b--",
                                        "<a href=",
                                        ">",
                                        "\"",
                                        "\xC3",
                                        "Subject: x\n",
                                        "From: news@shop.example\n",
                                        "MIME-Version: 1.0\n",
                                        "Content-Transfer-Encoding: base64\n",
                                        "Content-Type: text/html\n",
                                        std::string_view("\0", 1)};

class Mutator {
 public:
  std::string mutate() {
    std::string text = pick(2) == 0 ? tests::kNewsletter : std::string(kMultipart);
    for (std::size_t i = 1 + pick(4); i > 0; --i) change(text);
    return text;
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }

  void change(std::string& text) {
    const std::size_t at = pick(text.size() + 1);
    const std::size_t length = pick(std::min<std::size_t>(text.size() - at, 40) + 1);
    switch (pick(8)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(pick(text.size() + 1), 40));
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.insert(0, kPieces[pick(std::size(kPieces))]);
        break;
      default:
        text.insert(at, kPieces[pick(std::size(kPieces))]);
        break;
    }
  }

  std::mt19937 random_{20};
};

TEST(OfflineMutants, AreUndoneBitForBit) {
  const char* given = std::getenv("SIGNPOST_MUTATIONS");
  const std::uint64_t tries = given != nullptr ? std::strtoull(given, nullptr, 10) : 2'000;
  const tests::HandClock clock;
  const auto snapshot = tests::snapshot_with_key();
  Mutator mutator;
  std::uint64_t left = 0;
  for (std::uint64_t i = 0; i < tries; ++i) {
    const std::string raw = mutator.mutate();
    MessageRun run{"news@shop.example", {"ann@example.net"}, "", ""};
    if (i % 2 == 1) run.client = "192.0.2.1";
    if (i % 3 == 1) run.mta = mail::Mta::sendmail;
    const auto result = run_message(raw, run, snapshot, clock);
    ASSERT_TRUE(result) << result.error().text << "\n" << testing::PrintToString(raw);
    if (result->edits.empty()) continue;
    ++left;
    const auto original = undo_message(result->message, result->edits);
    ASSERT_TRUE(original) << original.error().text << "\n" << testing::PrintToString(raw);
    ASSERT_EQ(*original, raw) << testing::PrintToString(raw);
  }
  EXPECT_GT(left, tries / 2);
}

}  // namespace
}  // namespace signpost::programs
