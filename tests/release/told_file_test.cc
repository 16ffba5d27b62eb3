// The file of told ids and its lines: what a crash may leave of it, and what is an error.
#include "release/told_file.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "system/file.h"
#include "tests/support/workplace.h"

namespace signpost::release {
namespace {

using namespace std::chrono_literals;

ToldRecord record(const std::string& id, ToldRecord::State state = ToldRecord::State::coming) {
  return {state,
          "main",
          id,
          base::Wall(1795913137956ms),
          base::Wall(1795913138000ms),
          {2049, 10962032},
          1795913137957917249};
}

TEST(ToldRecord, ComesBackAsItWas) {
  for (const auto state : {ToldRecord::State::coming, ToldRecord::State::hold, ToldRecord::State::gone,
                           ToldRecord::State::forgotten}) {
    std::string line = format_told_record(record("E9825A74470", state));
    ASSERT_TRUE(line.ends_with("\n"));
    line.pop_back();
    const auto parsed = parse_told_record(line);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, record("E9825A74470", state));
  }
}

TEST(ToldRecord, NoByteOfItMayChange) {
  std::string line = format_told_record(record("E9825A74470"));
  line.pop_back();
  for (std::size_t at = 0; at < line.size(); ++at) {
    std::string changed = line;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(parse_told_record(changed)) << changed;
    EXPECT_FALSE(parse_told_record(line.substr(0, at))) << at;
  }
  EXPECT_FALSE(parse_told_record(line + " "));
}

class ToldFileTest : public testing::Test {
 protected:
  base::Result<ToldFile> open() {
    records_.clear();
    return ToldFile::open(path_, [this](ToldRecord one) { records_.push_back(std::move(one)); });
  }
  void write(const std::string& bytes) { ASSERT_TRUE(system::replace_file(path_, system::fill_with(bytes))); }
  std::string read() { return system::read_file(path_).value(); }

  tests::TempDir directory_;
  std::string path_ = directory_.path() + "/told";
  std::vector<ToldRecord> records_;
};

TEST_F(ToldFileTest, KeepsWhatIsAppended) {
  const std::string lines = format_told_record(record("AAAAAA1")) + format_told_record(record("AAAAAA2"));
  {
    auto file = open();
    ASSERT_TRUE(file);
    EXPECT_TRUE(records_.empty());
    ASSERT_TRUE(file->append(lines, true));
    ASSERT_TRUE(file->append(format_told_record(record("AAAAAA3")), false));
    ASSERT_TRUE(file->append("", true));
    EXPECT_EQ(file->lines(), 4u);
  }
  auto file = open();
  ASSERT_TRUE(file);
  ASSERT_EQ(records_.size(), 3u);
  EXPECT_EQ(records_[2], record("AAAAAA3"));
  ASSERT_TRUE(file->rewrite(lines));
  ASSERT_TRUE(file->append(format_told_record(record("AAAAAA4")), true));
  EXPECT_EQ(file->lines(), 4u);
  EXPECT_EQ(read_told_file(path_)->size(), 3u);
}

TEST_F(ToldFileTest, EveryCutOfTheLastLineIsForgiven) {
  const std::string header = [this] {
    (void)open();
    return read();
  }();
  const std::string first = format_told_record(record("AAAAAA1"));
  const std::string last = format_told_record(record("AAAAAA2"));
  for (std::size_t size = 0; size < last.size(); ++size) {
    write(header + first + last.substr(0, size));
    {
      auto file = open();
      ASSERT_TRUE(file) << size;
      ASSERT_EQ(records_.size(), 1u);
      ASSERT_TRUE(file->append(last, true));
    }
    ASSERT_TRUE(open());
    ASSERT_EQ(records_.size(), 2u) << size;
  }
  for (std::size_t size = 0; size < header.size(); ++size) {
    write(header.substr(0, size));
    ASSERT_TRUE(open()) << size;
    EXPECT_EQ(read(), header);
  }
  write(header + first + std::string(20, '\0') + "\n");
  ASSERT_TRUE(open());
  EXPECT_EQ(records_.size(), 1u);
}

TEST_F(ToldFileTest, DamageInTheMiddleIsAnError) {
  (void)open();
  std::string bytes = read() + format_told_record(record("AAAAAA1")) + format_told_record(record("AAAAAA2"));
  bytes[bytes.find("AAAAAA1")] = 'B';
  write(bytes);
  const auto file = open();
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, base::ErrorKind::corrupt);
  EXPECT_NE(file.error().text.find("line 2"), std::string::npos) << file.error().text;
  EXPECT_EQ(read(), bytes) << "unchanged";
  write("something else\n");
  EXPECT_EQ(open().error().kind, base::ErrorKind::corrupt);
}

TEST_F(ToldFileTest, IsForOneProcessAndNoLink) {
  {
    const auto first = open();
    ASSERT_TRUE(first);
    EXPECT_EQ(open().error().kind, base::ErrorKind::unavailable);
  }
  path_ = directory_.path() + "/missing/told";
  EXPECT_FALSE(open());
}

}  // namespace
}  // namespace signpost::release
