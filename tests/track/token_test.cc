// Tokens: what is sealed opens again, and nothing else does.
#include "track/token.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/text.h"

namespace signpost::track {
namespace {

base::Keyring ring_of(std::vector<base::RingKey> keys) {
  return base::Keyring{std::move(keys)};
}

base::RingKey key(std::uint8_t id, base::KeyState state) {
  return {id, state, std::string(32, static_cast<char>(id))};
}

Sealer sealer_of(std::vector<base::RingKey> keys) {
  auto sealer = Sealer::create(ring_of(std::move(keys)));
  EXPECT_TRUE(sealer.has_value());
  return std::move(*sealer);
}

Token click(std::string target) {
  Token token;
  token.tenant = 0xA1B2C3D4;
  token.target = std::move(target);
  return token;
}

TEST(Token, OpensWhatItSealed) {
  const Sealer sealer = sealer_of({key(7, base::KeyState::active)});
  Token full = click("http://shop.example/a?b=c#d");
  full.mode = Mode::identified;
  full.campaign = "spring \xE2\x82\xAC";
  full.link = 65535;
  full.day = 20781;
  full.recipient = "bob@example.net";
  full.message = "01JDC5W0QGX9Z3W3T4K6N8P2RS";
  Token open;
  open.purpose = Purpose::open;
  open.mode = Mode::pseudonymous;
  open.recipient = std::string("\0\1\2\3\4\5\6\7", 8);
  Token unsubscribe;
  unsubscribe.purpose = Purpose::unsubscribe;
  unsubscribe.recipient = "bob@example.net";
  unsubscribe.stream = "bulk";
  for (const Token& token : {click("https://x.example"), full, open, unsubscribe}) {
    const std::string text = sealer.seal(token);
    EXPECT_EQ(text, sealer.seal(token));
    const auto opened = sealer.open(text, token.purpose);
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, token);
    for (const Purpose other : {Purpose::click, Purpose::open, Purpose::unsubscribe}) {
      EXPECT_EQ(sealer.open(text, other).has_value(), other == token.purpose);
    }
  }
}

TEST(Token, IsAsShortAsPromised) {
  const Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  const std::string target = "https://" + std::string(52, 'x');
  EXPECT_EQ(sealer.seal(click(target)).size(), 102u) << "no part of it is in the list";
  EXPECT_EQ(sealer.seal(click("https://www.shop.example/offer?id=7")).size(), 47u);
}

TEST(Token, OfVersionTwoStillOpens) {
  const Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  Token one = click("https://shop.example/offer?id=7");
  one.campaign = "may";
  Token open;
  open.purpose = Purpose::open;
  open.mode = Mode::pseudonymous;
  open.recipient = "12345678";
  open.day = 20781;
  open.message = "01JDC5W0QGX9Z3W3T4K6N8P2RS";
  Token unsubscribe;
  unsubscribe.purpose = Purpose::unsubscribe;
  unsubscribe.recipient = "bob@example.net";
  unsubscribe.stream = "bulk";
  const std::pair<const char*, Token> kMintedBefore[] = {
      {"AgEBQJXFX0usjFYLMC2qqLlKrw3c0NmSx6g0uJzLe6UlgpgY_h7zZvEk5_-k7n-s_u8wBNU", one},
      {"AgIBnsmNhGrqfkiUEsVn46tbVGOzfDNlJeYZzjXEXihAWwVN6MMhePkPdJ2aVGgQU_uAo4nrCujiWqlNhAmCFA", open},
      {"AgMBtSXgZxbLIh68ewccwiHc0iCerNVoBpBFuDUqYWvS2XlCGPObXjERskKccw", unsubscribe}};
  for (const auto& [text, token] : kMintedBefore) {
    EXPECT_EQ(sealer.open(text, token.purpose), token);
    EXPECT_EQ(claimed_key(text), 1);
    EXPECT_LT(sealer.seal(token).size(), std::string_view(text).size());
  }
}

TEST(Token, SaysItsStreamInOneByte) {
  const Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  Token one = click("https://shop.example/offer?id=7");
  const std::size_t without = sealer.seal(one).size();
  one.stream_code = stream_code("bulk");
  EXPECT_NE(one.stream_code, 0);
  EXPECT_NE(one.stream_code, stream_code("transactional"));
  EXPECT_EQ(sealer.open(sealer.seal(one), Purpose::click), one);
  EXPECT_LE(sealer.seal(one).size(), without + 2);
  for (int i = 0; i < 10'000; ++i) EXPECT_NE(stream_code(std::to_string(i)), 0);
}

TEST(Token, SaysWhichKeySealedIt) {
  for (const std::uint8_t id : {std::uint8_t{1}, std::uint8_t{63}, std::uint8_t{255}}) {
    for (const Purpose purpose : {Purpose::click, Purpose::open, Purpose::unsubscribe}) {
      Token token = click("https://x.example/");
      token.purpose = purpose;
      EXPECT_EQ(claimed_key(sealer_of({key(id, base::KeyState::active)}).seal(token)), id);
    }
  }
  for (const char* text : {"", "AgE", "Ag!B"}) EXPECT_EQ(claimed_key(text), std::nullopt) << text;
}

TEST(Token, KeysTurnAndEnd) {
  const Sealer before = sealer_of({key(1, base::KeyState::active)});
  const std::string text = before.seal(click("https://x.example/"));
  EXPECT_TRUE(
      sealer_of({key(1, base::KeyState::accept), key(2, base::KeyState::active)}).open(text, Purpose::click));
  EXPECT_FALSE(sealer_of({key(1, base::KeyState::revoked), key(2, base::KeyState::active)})
                   .open(text, Purpose::click));
  EXPECT_FALSE(sealer_of({key(2, base::KeyState::active)}).open(text, Purpose::click));
  base::RingKey same_id = key(1, base::KeyState::active);
  same_id.bytes = std::string(32, 'z');
  EXPECT_FALSE(sealer_of({same_id}).open(text, Purpose::click));
  EXPECT_FALSE(Sealer::create(ring_of({})));
  EXPECT_FALSE(Sealer::create(ring_of({key(1, base::KeyState::accept)})));
}

TEST(Token, RefusesTargetsThatNobodyMayBeSentTo) {
  const Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  for (const std::string target : {"", "javascript:alert(1)", "https://x.example/\r\nSet-Cookie: a",
                                   "https://x.example/ y", "https://\xC3\xA9.example"}) {
    const auto opened = sealer.open(sealer.seal(click(target)), Purpose::click);
    EXPECT_TRUE(!opened || opened->target.starts_with("http")) << target;
    EXPECT_TRUE(!opened || target.find_first_of("\r \xC3") == std::string::npos) << target;
  }
  for (const std::string& target : {std::string("https://"), std::string("https://\xC3\xA9.example"),
                                    "https://x.example/" + std::string(5000, 'a')}) {
    EXPECT_FALSE(sealer.open(sealer.seal(click(target)), Purpose::click)) << target;
  }
}

TEST(Token, NoMutationOpens) {
  const Sealer sealer = sealer_of({key(1, base::KeyState::active), key(2, base::KeyState::accept)});
  const std::string text = sealer.seal(click("https://shop.example/offer?id=7"));
  const std::string bytes = *base::decode_base64url(text);
  std::mt19937 random(3);
  for (int i = 0; i < 100000; ++i) {
    std::string mutated = bytes;
    switch (random() % 4) {
      case 0:
        mutated[random() % mutated.size()] ^= static_cast<char>(1 << random() % 8);
        break;
      case 1:
        mutated.resize(random() % mutated.size());
        break;
      case 2:
        mutated += static_cast<char>(random());
        break;
      default:
        mutated[random() % mutated.size()] = static_cast<char>(random());
        break;
    }
    if (mutated == bytes) continue;
    ASSERT_FALSE(sealer.open(base::encode_base64url(mutated), static_cast<Purpose>(1 + i % 3)));
  }
  for (const std::string& spelling : {text + "=", text + "A", " " + text, text.substr(1), std::string()}) {
    EXPECT_FALSE(sealer.open(spelling, Purpose::click));
  }
}

TEST(Token, PseudonymsAreBoundToTheTenant) {
  const Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  const std::string bob = sealer.pseudonym(1, "bob@example.net");
  EXPECT_EQ(bob.size(), 8u);
  EXPECT_EQ(bob, sealer.pseudonym(1, "bob@example.net"));
  EXPECT_NE(bob, sealer.pseudonym(2, "bob@example.net"));
  EXPECT_NE(bob, sealer.pseudonym(1, "ann@example.net"));
  EXPECT_NE(bob, sealer_of({key(2, base::KeyState::active)}).pseudonym(1, "bob@example.net"));
}

TEST(Token, NeverEndsInASign) {
  const Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  std::size_t guarded = 0;
  for (int i = 0; i < 5000; ++i) {
    const Token token = click("https://shop.example/" + std::to_string(i * i));
    const std::string text = sealer.seal(token);
    ASSERT_TRUE(base::is_alnum(text.back())) << text;
    ASSERT_EQ(sealer.open(text, Purpose::click), token);
    if (text.size() % 4 != 1) continue;
    ++guarded;
    // As it was sent before there was a letter behind it.
    const std::string before = text.substr(0, text.size() - 1);
    EXPECT_EQ(sealer.open(before, Purpose::click), token);
    EXPECT_FALSE(sealer.open(text + "A", Purpose::click));
    EXPECT_FALSE(sealer.open(before + "B", Purpose::click));
    EXPECT_FALSE(sealer.open(before.substr(0, before.size() - 1), Purpose::click));
  }
  EXPECT_GT(guarded, 10u);
}

TEST(TrackHeader, IsReadStrictly) {
  struct Case {
    const char* value;
    bool good;
    Request request;
  };
  const Case cases[] = {
      {"off", true, {false, false, Mode::off}},
      {" Clicks ", true, {true, false, Mode::identified}},
      {"opens", true, {false, true, Mode::identified}},
      {"opens  clicks", true, {true, true, Mode::identified}},
      {"anonymous", true, {true, true, Mode::anonymous}},
      {"clicks pseudonymous", true, {true, false, Mode::pseudonymous}},
      {"", false, {}},
      {"on", false, {}},
      {"clicks off", false, {}},
      {"anonymous identified", false, {}},
      {"clicks,opens", false, {}},
  };
  for (const Case& one : cases) {
    const auto read = parse_track_header(one.value);
    ASSERT_EQ(read.has_value(), one.good) << one.value;
    if (!read) continue;
    EXPECT_EQ(read->clicks, one.request.clicks) << one.value;
    EXPECT_EQ(read->opens, one.request.opens) << one.value;
    EXPECT_EQ(read->mode, one.request.mode) << one.value;
  }
  for (const Mode mode : {Mode::off, Mode::anonymous, Mode::pseudonymous, Mode::identified}) {
    EXPECT_EQ(parse_mode(mode_word(mode)), mode);
  }
}

}  // namespace
}  // namespace signpost::track
