// The publish gate as a table: what was seen, when, and what becomes of the keys of a domain.
#include "dkim/gate.h"

#include <gtest/gtest.h>

namespace signpost::dkim {
namespace {

using std::chrono::hours;

constexpr base::Wall kStart{hours(500'000)};
constexpr GateRules kRules{hours(48)};

Candidate key(const char* selector, KeyState state, const char* successor = "",
              std::optional<Sight> fault = {}) {
  return {selector, {state, kStart, successor, fault}, {}};
}

/// "selector=state/standing[!fault] …", behind a look at each.
std::string after(std::vector<Candidate>& keys, const std::vector<std::optional<Sight>>& sights,
                  base::Wall now) {
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i].sight = sights[i];
  advance(keys, kRules, now);
  const std::vector<Standing> standing = standings(keys);
  std::string text;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    constexpr const char* kWords[] = {"signs", "waits", "rests"};
    text += (text.empty() ? "" : " ") + keys[i].selector + "=";
    text += key_state_word(keys[i].progress.state);
    text += std::string("/") + kWords[static_cast<int>(standing[i])];
    if (keys[i].progress.fault) text += "!" + std::string(sight_word(*keys[i].progress.fault));
  }
  return text;
}

TEST(Gate, AKeyOfItsOwn) {
  const struct {
    KeyState state;
    std::optional<Sight> sight;
    const char* then;
  } cases[] = {
      {KeyState::waiting, {}, "a=waiting/waits"},
      {KeyState::waiting, Sight::unknown, "a=waiting/waits"},
      {KeyState::waiting, Sight::absent, "a=waiting/waits!absent"},
      {KeyState::waiting, Sight::differs, "a=waiting/waits!differs"},
      {KeyState::waiting, Sight::revoked, "a=waiting/waits!revoked"},
      {KeyState::waiting, Sight::unusable, "a=waiting/waits!unusable"},
      {KeyState::waiting, Sight::matches, "a=active/signs"},
      {KeyState::active, {}, "a=active/signs"},
      {KeyState::active, Sight::matches, "a=active/signs"},
      {KeyState::active, Sight::unknown, "a=active/signs"},
      {KeyState::active, Sight::absent, "a=active/signs!absent"},
      {KeyState::active, Sight::revoked, "a=active/signs!revoked"},
      {KeyState::retired, Sight::absent, "a=retired/rests"},
  };
  for (const auto& c : cases) {
    std::vector<Candidate> keys = {key("a", c.state)};
    EXPECT_EQ(after(keys, {c.sight}, kStart), c.then);
  }
}

TEST(Gate, ARotation) {
  std::vector<Candidate> keys = {key("old", KeyState::active, "new"), key("new", KeyState::waiting)};
  constexpr auto kGood = Sight::matches;
  const struct {
    const char* what;
    int hour;
    std::optional<Sight> old_sight, new_sight;
    const char* then;
  } steps[] = {
      {"not published yet", 0, kGood, Sight::absent, "old=active/signs new=waiting/waits!absent"},
      {"DNS down", 1, Sight::unknown, Sight::unknown, "old=active/signs new=waiting/waits!absent"},
      {"a wrong record", 2, kGood, Sight::differs, "old=active/signs new=waiting/waits!differs"},
      {"published", 3, kGood, kGood, "old=retiring/rests new=active/signs"},
      {"DNS down", 30, Sight::unknown, Sight::unknown, "old=retiring/rests new=active/signs"},
      {"the new one vanishes", 31, kGood, Sight::absent, "old=retiring/signs new=active/rests!absent"},
      {"long after", 90, kGood, Sight::absent, "old=retiring/signs new=active/rests!absent"},
      {"both vanish", 91, Sight::absent, Sight::absent, "old=retiring/rests!absent new=active/signs!absent"},
      {"both are back", 92, kGood, kGood, "old=retiring/rests new=active/signs"},
      {"the overlap began anew", 138, kGood, kGood, "old=retiring/rests new=active/signs"},
      {"and is over", 140, kGood, kGood, "old=retired/rests new=active/signs"},
      {"its record may go", 141, Sight::absent, kGood, "old=retired/rests new=active/signs"},
  };
  for (const auto& s : steps)
    EXPECT_EQ(after(keys, {s.old_sight, s.new_sight}, kStart + hours(s.hour)), s.then) << s.what;
}

TEST(Gate, ASecondRotationDoesNotBringTheFirstKeyBack) {
  std::vector<Candidate> keys = {key("a", KeyState::retiring, "b"), key("b", KeyState::active, "c"),
                                 key("c", KeyState::waiting)};
  constexpr auto kGood = Sight::matches;
  const struct {
    const char* what;
    int hour;
    std::optional<Sight> a, b, c;
    const char* then;
  } steps[] = {
      {"not published yet", 1, kGood, kGood, Sight::absent,
       "a=retiring/rests b=active/signs c=waiting/waits!absent"},
      {"published", 2, kGood, kGood, kGood, "a=retiring/rests b=retiring/rests c=active/signs"},
      {"the last vanishes", 3, kGood, kGood, Sight::absent,
       "a=retiring/rests b=retiring/signs c=active/rests!absent"},
      {"the last two vanish", 4, kGood, Sight::absent, Sight::absent,
       "a=retiring/signs b=retiring/rests!absent c=active/signs!absent"},
      {"all are back", 5, kGood, kGood, kGood, "a=retiring/rests b=retiring/rests c=active/signs"},
      {"the overlap is over", 60, kGood, kGood, kGood, "a=retired/rests b=retired/rests c=active/signs"},
  };
  for (const auto& s : steps)
    EXPECT_EQ(after(keys, {s.a, s.b, s.c}, kStart + hours(s.hour)), s.then) << s.what;
}

TEST(Gate, NeverWithoutAKeyThatSigns) {
  // Whatever is seen: a domain that had an active key has one that signs.
  const Sight sights[] = {Sight::matches, Sight::absent,   Sight::differs,
                          Sight::revoked, Sight::unusable, Sight::unknown};
  std::uint32_t random = 1;
  for (int run = 0; run < 2000; ++run) {
    std::vector<Candidate> keys = {key("old", KeyState::active, "new"), key("new", KeyState::waiting)};
    for (int hour = 0; hour < 200; hour += 10) {
      std::vector<std::optional<Sight>> seen;
      for (int i = 0; i < 2; ++i) {
        random = random * 1664525 + 1013904223;
        seen.emplace_back(sights[(random >> 16) % 6]);
      }
      const std::string text = after(keys, seen, kStart + hours(hour));
      EXPECT_NE(text.find("/signs"), std::string::npos) << text;
    }
  }
}

TEST(Gate, TellsWhatChangedOnce) {
  std::vector<Candidate> keys = {key("a", KeyState::active)};
  keys[0].sight = Sight::revoked;
  auto changes = advance(keys, kRules, kStart);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].alarm, Sight::revoked);
  EXPECT_TRUE(advance(keys, kRules, kStart).empty());
  keys[0].sight = Sight::matches;
  changes = advance(keys, kRules, kStart);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].recovered);
  keys = {key("a", KeyState::waiting)};
  keys[0].sight = Sight::absent;
  EXPECT_TRUE(advance(keys, kRules, kStart).empty());  // waiting is not an alarm
}

TEST(Gate, ProgressIsStoredAsText) {
  for (const Candidate& c : {key("a", KeyState::waiting), key("a", KeyState::retiring, "b2026"),
                             key("a", KeyState::active, "", Sight::differs), key("a", KeyState::retired)}) {
    const std::string text = format_progress(c.progress);
    EXPECT_EQ(parse_progress(text).value(), c.progress) << text;
  }
  EXPECT_EQ(format_progress(key("a", KeyState::retiring, "b", Sight::absent).progress),
            "retiring 2027-01-15T08:00:00.000Z b absent");
  for (const char* bad :
       {"", "active", "gone 2026-01-01 - -", "active yesterday - -", "active 2026-01-01 - sad",
        "active 2026-01-01 - matches", "active 2026-01-01  -", "active 2026-01-01 - - -"})
    EXPECT_FALSE(parse_progress(bad)) << bad;
}

TEST(Gate, AKeyWhoseMailWaitsIsNotRetired) {
  std::vector<Candidate> keys = {key("old", KeyState::retiring, "new"), key("new", KeyState::active)};
  keys[0].is_needed = true;
  const std::vector<std::optional<Sight>> seen = {Sight::matches, Sight::matches};
  EXPECT_EQ(after(keys, seen, kStart + hours(100)), "old=retiring/rests new=active/signs");
  keys[0].is_needed = false;
  EXPECT_EQ(after(keys, seen, kStart + hours(147)), "old=retiring/rests new=active/signs")
      << "mail on its way";
  EXPECT_EQ(after(keys, seen, kStart + hours(148)), "old=retired/rests new=active/signs");
}

}  // namespace
}  // namespace signpost::dkim
