// The external sort: any number of runs gives what a stable sort in memory gives, again after a rewind.
#include "store/list/sorter.h"

#include <algorithm>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/workplace.h"

namespace signpost::store::list {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read_all(Sorter& sorter) {
  EXPECT_TRUE(sorter.rewind());
  Pairs read;
  Sorter::Item item;
  for (auto more = sorter.next(item); more && *more; more = sorter.next(item))
    read.emplace_back(item.key, item.value);
  return read;
}

TEST(Sorter, GivesWhatAStableSortGives) {
  const tests::TempDir directory;
  std::mt19937 random(3);
  for (const std::size_t run_bytes :
       {std::size_t{1}, std::size_t{300}, std::size_t{5000}, std::size_t{1} << 20}) {
    Sorter sorter(directory.path(), run_bytes);
    Pairs expected;
    for (int i = 0; i < 700; ++i) {
      std::string key(random() % 12, 'a');
      for (char& c : key) c = static_cast<char>(random() % 3 * 100);
      expected.emplace_back(key, std::to_string(i));
      ASSERT_TRUE(sorter.add(expected.back().first, expected.back().second));
    }
    std::stable_sort(expected.begin(), expected.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    EXPECT_EQ(read_all(sorter), expected) << run_bytes;
    EXPECT_EQ(read_all(sorter), expected) << run_bytes << " again";
    EXPECT_EQ(sorter.size(), 700U);
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(Sorter, OfNothingIsNothing) {
  Sorter sorter("/nonexistent", 100);
  EXPECT_TRUE(read_all(sorter).empty());
}

TEST(Sorter, TellsADirectoryThatCannotBeUsed) {
  Sorter sorter("/nonexistent", 10);
  ASSERT_TRUE(sorter.add("a", "0123456789"));
  const auto added = sorter.add("b", "0123456789");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, base::ErrorKind::not_found);
}

}  // namespace
}  // namespace signpost::store::list
