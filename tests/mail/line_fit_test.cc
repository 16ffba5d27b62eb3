// Which replacements have room in their lines.
#include "mail/lines/line_fit.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "mail/edit.h"

namespace signpost::mail {
namespace {

using Fits = std::vector<bool>;

TEST(LineFit, EachLineForItself) {
  const std::string text = "aaaaaaaa\r\nbb\r\ncccccccc";
  const std::vector<Replacement> all = {{0, 1, "123"}, {10, 11, "12345678"}, {14, 15, "123"}, {20, 21, "12"}};
  EXPECT_EQ(fit_lines(text, all, {}, 9).fits, (Fits{false, true, false, true}));
  EXPECT_EQ(fit_lines(text, all, {}, 10).fits, (Fits{true, true, true, false}));
  EXPECT_EQ(fit_lines(text, all, {}, 11).fits, (Fits{true, true, true, true}));
  EXPECT_EQ(fit_lines(text, all, {}, 11).count(), 4u);
  EXPECT_EQ(fit_lines("", {{0, 0, "12"}}, {}, 2).fits, Fits{true});
  EXPECT_EQ(fit_lines("", {{0, 0, "12"}}, {}, 1).fits, Fits{false});
}

TEST(LineFit, WhatMakesNothingLongerAlwaysFitsAndMakesRoom) {
  EXPECT_EQ(fit_lines("0123456789", {{0, 1, "12"}, {2, 8, "x"}}, {}, 9).fits, (Fits{true, true}));
  EXPECT_EQ(fit_lines("0123456789", {{0, 1, "a"}}, {}, 5).fits, Fits{true});
}

TEST(LineFit, LinesThatAreJoinedCountAsOne) {
  EXPECT_EQ(fit_lines("aaaa\nbbbb", {{0, 1, "12"}, {3, 6, "123"}}, {}, 9).fits, (Fits{false, true}));
  EXPECT_EQ(fit_lines("aaaa\nbbbb", {{0, 1, "12"}, {3, 6, "123"}}, {}, 10).fits, (Fits{true, true}));
}

TEST(LineFit, ACutMakesTwoLinesOfOne) {
  const std::string text = "aaaabbbb\r\ncc";
  const std::vector<Replacement> all = {{0, 1, "12"}, {6, 7, "12"}};
  const auto fit = [&](LineCut cut, std::size_t max) { return fit_lines(text, all, cut, max); };
  EXPECT_EQ(fit_lines(text, all, {}, 8).count(), 0u);
  EXPECT_EQ(fit({4, 1, 1}, 6).count(), 2u);
  EXPECT_TRUE(fit({4, 1, 1}, 6).cut_fits);
  EXPECT_FALSE(fit({4, 7, 1}, 6).cut_fits);
  EXPECT_FALSE(fit({4, 1, 7}, 6).cut_fits);
  EXPECT_TRUE(fit({8, 0, 6}, 8).cut_fits);   // the cut is at the end of a line
  EXPECT_FALSE(fit({8, 0, 9}, 8).cut_fits);  // what is behind it begins the rest of that line
  EXPECT_TRUE(fit({12, 6, 0}, 8).cut_fits);
  EXPECT_FALSE(fit({12, 7, 0}, 8).cut_fits);
}

TEST(LineFit, ChoosingAgainFindsNoMore) {
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto i = random() % 40; i > 0; --i) text += random() % 8 == 0 ? '\n' : 'a';
    std::vector<Replacement> all;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t begin = at + random() % 6;
      const std::size_t end = begin + 1 + random() % 4;
      if (end > text.size()) break;
      all.push_back({begin, end, std::string(random() % 8, 'x')});
      at = end;
    }
    const LineFit fit = fit_lines(text, all, {}, 12);
    std::vector<Replacement> chosen;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (fit.fits[i]) chosen.push_back(all[i]);
    }
    const auto after = apply_splices(text, splices_of(text, chosen));
    ASSERT_TRUE(after);
    // Those that were left out, where they stand now.
    std::vector<Replacement> left;
    std::ptrdiff_t moved = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto shift = static_cast<std::size_t>(moved);
      if (!fit.fits[i]) left.push_back({all[i].begin + shift, all[i].end + shift, all[i].text});
      if (fit.fits[i])
        moved += static_cast<std::ptrdiff_t>(all[i].text.size()) -
                 static_cast<std::ptrdiff_t>(all[i].end - all[i].begin);
    }
    ASSERT_EQ(fit_lines(*after, left, {}, 12).count(), 0u) << text;
  }
}

}  // namespace
}  // namespace signpost::mail
