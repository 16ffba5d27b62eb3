// The spool from both sides: what is written is read exactly once, whatever happens in between.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <set>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/siphash.h"
#include "system/system_clock.h"
#include "web/spool/blocks_file.h"
#include "web/spool/reader.h"
#include "web/spool/record.h"
#include "web/spool/writer.h"
#include "web/spool_queue.h"

namespace signpost::web {
namespace {

constexpr base::Wall kNow{std::chrono::milliseconds(1'795'435'200'123)};

track::Hit hit(const std::string& token, track::HitKind kind = track::HitKind::click) {
  return {kind, track::Grade::human, "browser", kNow, token, {}, {}, {}};
}

class Spool : public testing::Test {
 protected:
  Spool() {
    std::string name = (std::filesystem::temp_directory_path() / "signpost-spool-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~Spool() override { std::filesystem::remove_all(directory_); }

  spool::SpoolWriter writer(spool::SpoolLimits limits = {}) {
    auto opened = spool::SpoolWriter::open(directory_, limits, kNow);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().text);
    return std::move(*opened);
  }
  spool::SpoolReader reader() { return std::move(*spool::SpoolReader::open(directory_, ::getuid())); }

  /// The daemon's loop, its store being `marks_` and `tokens_`.
  void ingest(std::size_t batch_size = 100) {
    const spool::SpoolReader spool = reader();
    const std::vector<std::string> segments = *spool.segments();
    for (const std::string& segment : segments) {
      for (;;) {
        spool::SpoolMark& mark = marks_.try_emplace(segment, spool::SpoolMark{segment, 0}).first->second;
        auto batch = spool.read(mark, batch_size);
        if (!batch) {
          refused_.push_back(segment);
          break;
        }
        for (const track::Hit& each : batch->hits) tokens_.push_back(each.token);
        mark = batch->mark;
        damaged_ += batch->damaged;
        if (batch->finished) {
          ASSERT_TRUE(spool.remove(segment));
        }
        if (batch->finished || batch->hits.empty()) break;
      }
    }
  }

  std::string segment_path() { return directory_ + "/" + reader().segments()->front(); }
  void append_to(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::app) << bytes;
  }

  std::string directory_;
  std::map<std::string, spool::SpoolMark> marks_;
  std::vector<std::string> tokens_;
  std::vector<std::string> refused_;
  std::uint64_t damaged_ = 0;
};

using Tokens = std::vector<std::string>;

TEST(SpoolRecord, OfTheVersionBeforeIsRead) {
  std::string bytes = spool::format_spool_record(hit("t"));
  std::string payload = bytes.substr(8, bytes.size() - 9);  // without the network
  payload[0] = 1;
  base::ByteWriter frame;
  frame.word(static_cast<std::uint32_t>(payload.size()));
  frame.word(base::checksum(payload));
  const auto record = spool::parse_spool_record(frame.take() + payload);
  ASSERT_TRUE(record) << record.error().text;
  EXPECT_EQ(record->hit, hit("t"));
}

TEST(SpoolRecord, ComesBackAsItWas) {
  const track::Hit full{track::HitKind::undo,
                        track::Grade::scanner,
                        "one-click",
                        kNow,
                        "AQEB-_",
                        kNow - std::chrono::minutes(3),
                        "2001:db8::1",
                        "Mozilla/5.0 \x01\xff",
                        track::Network::hosting};
  for (const track::Hit& each : {full, hit("t")}) {
    const std::string bytes = spool::format_spool_record(each);
    const auto record = spool::parse_spool_record(bytes + "rest");
    ASSERT_TRUE(record) << record.error().text;
    EXPECT_EQ(record->hit, each);
    EXPECT_EQ(record->size, bytes.size());
  }
}

TEST(SpoolRecord, NoticesEveryCutAndEveryFlippedBit) {
  const std::string bytes = spool::format_spool_record(hit("token"));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(spool::parse_spool_record(bytes.substr(0, length)).error().kind, base::ErrorKind::unavailable)
        << length;
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(spool::parse_spool_record(damaged)) << bit;
  }
  EXPECT_EQ(spool::parse_spool_record(std::string(64, '\0')).error().kind, base::ErrorKind::corrupt);
  EXPECT_EQ(spool::parse_spool_record(std::string(64, '\xff')).error().kind, base::ErrorKind::corrupt);
}

TEST(SpoolRecord, RefusesTextsThatWeWouldNotWrite) {
  track::Hit too_early = hit("t");
  too_early.at = base::Wall(std::chrono::milliseconds(-1));
  track::Hit too_late = hit("t");
  too_late.undoes = base::Wall(std::chrono::milliseconds(std::int64_t{1} << 48));
  for (const track::Hit& one : {too_early, too_late})
    EXPECT_FALSE(spool::parse_spool_record(spool::format_spool_record(one)));
  track::Hit bad_token = hit("a/b");
  track::Hit no_token = hit("");
  track::Hit bad_reason = hit("t");
  bad_reason.reason = "Robert'); --";
  track::Hit bad_client = hit("t");
  bad_client.client = "1.2.3.4\nevil";
  track::Hit long_agent = hit("t");
  long_agent.agent = std::string(257, 'a');
  for (const track::Hit& each : {bad_token, no_token, bad_reason, bad_client, long_agent}) {
    EXPECT_EQ(spool::parse_spool_record(spool::format_spool_record(each)).error().kind,
              base::ErrorKind::corrupt);
  }
}

TEST_F(Spool, IsReadExactlyOnce) {
  {
    spool::SpoolWriter spool = writer();
    ASSERT_TRUE(spool.append(spool::format_spool_record(hit("a")) + spool::format_spool_record(hit("b")),
                             spool::Keep::now, kNow));
    ingest();
    EXPECT_EQ(tokens_, (Tokens{"a", "b"}));
    ASSERT_TRUE(spool.append(spool::format_spool_record(hit("c")), spool::Keep::soon, kNow));
    ingest();
    ingest();
    EXPECT_EQ(tokens_, (Tokens{"a", "b", "c"}));
    EXPECT_EQ(reader().segments()->size(), 1u) << "still being written";
  }
  ingest();
  EXPECT_EQ(tokens_, (Tokens{"a", "b", "c"}));
  EXPECT_TRUE(reader().segments()->empty());
  EXPECT_EQ(damaged_, 0u);
}

TEST_F(Spool, IsReadInBatches) {
  {
    spool::SpoolWriter spool = writer();
    std::string records;
    for (int i = 0; i < 1000; ++i) records += spool::format_spool_record(hit(std::to_string(i)));
    ASSERT_TRUE(spool.append(records, spool::Keep::now, kNow));
  }
  ingest(7);
  ASSERT_EQ(tokens_.size(), 1000u);
  for (std::size_t i = 0; i < tokens_.size(); ++i) EXPECT_EQ(tokens_[i], std::to_string(i));
  EXPECT_TRUE(reader().segments()->empty());
}

TEST_F(Spool, IsReadThroughManyChunks) {
  const std::string long_token(8000, 'x');
  {
    spool::SpoolWriter spool = writer();
    for (int i = 0; i < 600; ++i)
      ASSERT_TRUE(spool.append(spool::format_spool_record(hit(long_token)), spool::Keep::soon, kNow));
  }
  ingest(10'000);
  EXPECT_EQ(tokens_.size(), 600u);
}

TEST_F(Spool, BeginsANewSegmentBySizeAndByAge) {
  spool::SpoolLimits limits;
  limits.segment_bytes = 100;
  limits.segment_age = std::chrono::minutes(1);
  spool::SpoolWriter spool = writer(limits);
  const std::string record = spool::format_spool_record(hit("abc"));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(spool.append(record, spool::Keep::soon, kNow));
  EXPECT_GT(reader().segments()->size(), 1u);
  const std::size_t before = reader().segments()->size();
  ASSERT_TRUE(spool.append({}, spool::Keep::now, kNow + std::chrono::minutes(2)));
  EXPECT_EQ(reader().segments()->size(), before + 1);
  ingest();
  EXPECT_EQ(tokens_.size(), 5u);
  EXPECT_EQ(reader().segments()->size(), 1u);
}

TEST_F(Spool, ManyUnreadSegmentsGrowInsteadOfBecomingMore) {
  spool::SpoolLimits limits;
  limits.segment_age = std::chrono::seconds(5);
  spool::SpoolWriter spool = writer(limits);
  const std::string record = spool::format_spool_record(hit("abc"));
  base::Wall now = kNow;
  for (int i = 0; i < 200; ++i) {
    now += std::chrono::seconds(6);
    ASSERT_TRUE(spool.append(record, spool::Keep::soon, now));
  }
  EXPECT_LE(reader().segments()->size(), 20u) << "nobody reads them: one in ten minutes";
  ingest();
  now += std::chrono::seconds(6);
  ASSERT_TRUE(spool.append(record, spool::Keep::soon, now));
  ingest();
  EXPECT_EQ(tokens_.size(), 201u);
  EXPECT_EQ(reader().segments()->size(), 1u) << "what was read can go again after seconds";
}

TEST_F(Spool, RecordsOfANewerProgramWait) {
  std::string bytes = spool::format_spool_record(hit("newer"));
  std::string payload = bytes.substr(8) + "something new";
  payload[0] = 3;
  base::ByteWriter frame;
  frame.word(static_cast<std::uint32_t>(payload.size()));
  frame.word(base::checksum(payload));
  {
    spool::SpoolWriter spool = writer();
    ASSERT_TRUE(spool.append(spool::format_spool_record(hit("known")), spool::Keep::now, kNow));
    ASSERT_TRUE(spool.append(frame.take() + payload, spool::Keep::now, kNow));
  }
  const spool::SpoolReader spool = reader();
  const std::string segment = spool.segments()->front();
  const auto known = spool.read({segment, 0}, 100);
  ASSERT_TRUE(known) << known.error().text;
  EXPECT_EQ(known->hits.size(), 1u);
  EXPECT_FALSE(known->finished);
  const auto newer = spool.read(known->mark, 100);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().kind, base::ErrorKind::unavailable);
  EXPECT_NE(newer.error().text.find("newer signpost-web"), std::string::npos);
}

TEST_F(Spool, KeepsAReserveForWhatMustNotBeLost) {
  spool::SpoolLimits limits;
  limits.segment_bytes = 256;
  limits.total_bytes = 1000;
  limits.reserve_bytes = 500;
  spool::SpoolWriter spool = writer(limits);
  const std::string record = spool::format_spool_record(hit("abc"));
  std::size_t clicks = 0;
  while (spool.append(record, spool::Keep::soon, kNow)) ++clicks;
  EXPECT_GT(clicks, 5u);
  std::size_t unsubscribes = 0;
  while (spool.append(record, spool::Keep::now, kNow)) ++unsubscribes;
  EXPECT_GT(unsubscribes, 5u);
  EXPECT_EQ(spool.append(record, spool::Keep::now, kNow).error().kind, base::ErrorKind::limit);
  ingest();
  EXPECT_EQ(tokens_.size(), clicks + unsubscribes);
  EXPECT_TRUE(spool.append(record, spool::Keep::soon, kNow)) << "the daemon has made room";
}

TEST_F(Spool, HasOneWriter) {
  const spool::SpoolWriter first = writer();
  const auto second = spool::SpoolWriter::open(directory_, {}, kNow);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find("another signpost-web"), std::string::npos);
}

TEST_F(Spool, WantsADirectory) {
  EXPECT_EQ(spool::SpoolWriter::open(directory_ + "/none", {}, kNow).error().kind,
            base::ErrorKind::not_found);
  EXPECT_EQ(spool::SpoolReader::open(directory_ + "/none", 0).error().kind, base::ErrorKind::not_found);
}

TEST_F(Spool, SurvivesATornEnd) {
  const std::string record = spool::format_spool_record(hit("torn"));
  for (std::size_t length = 1; length < record.size(); ++length) {
    std::string path;
    {
      spool::SpoolWriter spool = writer();
      ASSERT_TRUE(spool.append(spool::format_spool_record(hit("whole")), spool::Keep::now, kNow));
      path = segment_path();
    }
    append_to(path, record.substr(0, length));
    tokens_.clear();
    damaged_ = 0;
    ingest();
    EXPECT_EQ(tokens_, Tokens{"whole"});
    EXPECT_EQ(damaged_, length);
    EXPECT_TRUE(reader().segments()->empty());
  }
}

TEST_F(Spool, WaitsForTheRestOfARecordThatIsBeingWritten) {
  spool::SpoolWriter spool = writer();
  ASSERT_TRUE(spool.append(spool::format_spool_record(hit("a")), spool::Keep::now, kNow));
  const std::string record = spool::format_spool_record(hit("b"));
  const std::string path = segment_path();
  append_to(path, record.substr(0, 5));
  ingest();
  EXPECT_EQ(tokens_, Tokens{"a"});
  append_to(path, record.substr(5));
  ingest();
  EXPECT_EQ(tokens_, (Tokens{"a", "b"}));
}

TEST_F(Spool, IsNotHarmedByPoison) {
  const auto name = [](char c) { return "/hits-" + std::string(26, c) + ".spool"; };
  std::filesystem::create_symlink("/etc/passwd", directory_ + name('A'));
  ASSERT_EQ(::mkfifo((directory_ + name('B')).c_str(), 0600), 0);
  std::filesystem::create_directory(directory_ + name('C'));
  append_to(directory_ + name('D'), "not a segment at all\n");
  append_to(directory_ + name('E'), std::string(spool::kSpoolHeader) + std::string(1000, '\xff'));
  append_to(directory_ + name('F'), "");
  std::filesystem::resize_file(directory_ + name('F'), spool::SpoolReader::kMaxSegmentBytes + 1);
  append_to(directory_ + "/hits-short.spool", "x");
  append_to(directory_ + "/../evil", "");
  {
    spool::SpoolWriter spool = writer();
    ASSERT_TRUE(spool.append(spool::format_spool_record(hit("good")), spool::Keep::now, kNow));
  }
  ingest();
  std::filesystem::remove(directory_ + "/../evil");
  EXPECT_EQ(tokens_, Tokens{"good"});
  EXPECT_EQ(refused_.size(), 4u) << "link, FIFO, directory, size";
  const spool::SpoolReader spool = reader();
  EXPECT_EQ(spool.read({"../evil", 0}, 1).error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(spool.remove("../evil").error().kind, base::ErrorKind::invalid);
  EXPECT_TRUE(spool.remove(name('A').substr(1)));
  EXPECT_TRUE(std::filesystem::exists("/etc/passwd"));
}

TEST_F(Spool, BelievesItsOwnerOnly) {
  {
    spool::SpoolWriter spool = writer();
    ASSERT_TRUE(spool.append(spool::format_spool_record(hit("a")), spool::Keep::now, kNow));
  }
  const auto foreign = spool::SpoolReader::open(directory_, ::getuid() + 1);
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->read({foreign->segments()->front(), 0}, 1).error().kind, base::ErrorKind::invalid);
}

/// A writer that is killed in the midst of writing, again and again: what it was told is on
/// disk is read, once.
TEST_F(Spool, LosesNothingThatWasKeptWhenKilled) {
  Tokens kept;
  for (int round = 0; round < 20; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto spool = spool::SpoolWriter::open(directory_, {}, kNow);
      for (int i = 0; spool; ++i) {
        const std::string token = std::to_string(round) + "-" + std::to_string(i);
        if (!spool->append(spool::format_spool_record(hit(token)), spool::Keep::now, kNow)) break;
        const std::string line = token + "\n";
        if (::write(pipe_ends[1], line.data(), line.size()) < 0) break;
      }
      ::_exit(1);
    }
    ::close(pipe_ends[1]);
    std::string told;
    char chunk[4096];
    ssize_t count = 0;
    // Killed once it has got some way; what it still says is read to the end.
    while ((count = ::read(pipe_ends[0], chunk, sizeof chunk)) > 0) {
      told.append(chunk, static_cast<std::size_t>(count));
      if (told.size() > static_cast<std::size_t>(10 + round * 13)) ::kill(child, SIGKILL);
    }
    ::close(pipe_ends[0]);
    ::waitpid(child, nullptr, 0);
    for (std::size_t at = 0; at < told.size();) {
      const std::size_t end = told.find('\n', at);
      if (end == std::string::npos) break;
      kept.push_back(told.substr(at, end - at));
      at = end + 1;
    }
    ingest(3);
  }
  EXPECT_GT(kept.size(), 20u);
  const std::set<std::string> read(tokens_.begin(), tokens_.end());
  EXPECT_EQ(read.size(), tokens_.size()) << "nothing twice";
  for (const std::string& token : kept) EXPECT_TRUE(read.count(token)) << token;
}

TEST_F(Spool, QueueTellsWhatIsKeptAndRings) {
  const system::SystemClock clock;
  std::atomic<int> rings{0};
  {
    SpoolQueue queue(writer(), clock, [&rings] { ++rings; });
    queue.add(hit("click"));
    std::promise<bool> kept;
    queue.add_durably(hit("wish", track::HitKind::unsubscribe),
                      [&kept](bool is_kept) { kept.set_value(is_kept); });
    EXPECT_TRUE(kept.get_future().get());
    ingest();
    EXPECT_EQ(tokens_, (Tokens{"click", "wish"}));
    EXPECT_EQ(queue.counts().kept, 2u);
    EXPECT_FALSE(queue.counts().failing);
    queue.add(hit("last"));
  }
  ingest();
  EXPECT_EQ(tokens_, (Tokens{"click", "wish", "last"})) << "the end of the queue writes the rest";
  EXPECT_GE(rings.load(), 2);
}

TEST_F(Spool, QueueSaysWhenTheSpoolIsFull) {
  const system::SystemClock clock;
  spool::SpoolLimits limits;
  limits.total_bytes = 100;
  limits.reserve_bytes = 0;
  SpoolQueue queue(writer(limits), clock, [] {});
  std::promise<bool> kept;
  queue.add_durably(hit(std::string(200, 'x'), track::HitKind::unsubscribe),
                    [&kept](bool is_kept) { kept.set_value(is_kept); });
  EXPECT_FALSE(kept.get_future().get());
  EXPECT_EQ(queue.counts().refused, 1u);
  EXPECT_TRUE(queue.counts().failing);
  EXPECT_NE(queue.failure().find("spool is full"), std::string::npos);
}

TEST_F(Spool, BellIsHeardByWhoeverIsThere) {
  const std::string path = directory_ + "/ingest.sock";
  const IngestBell bell(path);
  bell.ring();
  const system::Descriptor daemon(::socket(AF_UNIX, SOCK_DGRAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(daemon.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  bell.ring();
  char byte = 0;
  EXPECT_EQ(::recv(daemon.get(), &byte, 1, 0), 1);
  for (int i = 0; i < 10'000; ++i) bell.ring();  // never waits for a daemon that does not listen
}

TEST_F(Spool, BlocksFollowThePublishedFile) {
  const std::string path = directory_ + "/blocks";
  auto follower = spool::BlocksFollower::open(path, directory_);
  ASSERT_TRUE(follower);
  EXPECT_NE(follower->failure(), "");
  EXPECT_EQ(*follower->blocks(), track::Blocks{});
  EXPECT_FALSE(follower->refresh());

  track::Blocks blocks;
  blocks.hosts = {"bad.example"};
  ASSERT_TRUE(spool::publish_blocks(path, blocks));
  EXPECT_TRUE(follower->refresh());
  EXPECT_EQ(follower->failure(), "");
  EXPECT_EQ(*follower->blocks(), blocks);
  EXPECT_FALSE(follower->refresh());

  append_to(path, "garbage");
  EXPECT_TRUE(follower->refresh());
  EXPECT_NE(follower->failure(), "");
  EXPECT_EQ(*follower->blocks(), blocks) << "the last good copy";

  std::filesystem::remove(path);
  follower->refresh();
  EXPECT_EQ(*follower->blocks(), blocks);
  auto restarted = spool::BlocksFollower::open(path, directory_);
  ASSERT_TRUE(restarted);
  EXPECT_EQ(*restarted->blocks(), blocks) << "also after a restart";
  EXPECT_NE(restarted->failure(), "");

  ASSERT_TRUE(spool::publish_blocks(path, {}));
  EXPECT_TRUE(restarted->refresh());
  EXPECT_EQ(*restarted->blocks(), track::Blocks{});
  EXPECT_EQ(restarted->failure(), "");
}

}  // namespace
}  // namespace signpost::web
