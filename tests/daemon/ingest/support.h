// A real store, a real spool and what reads the one into the other: for tests of the spool's way.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/ingest/ingest.h"
#include "policy/limits/buckets.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/provider_counts.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"
#include "web/spool/record.h"
#include "web/spool/writer.h"

namespace signpost::daemon::ingest {

using store::Counted;
using track::Grade;
using track::HitKind;

inline std::shared_ptr<milter::Snapshot> snapshot() {
  return tests::configured(R"([[tenant]]
name    = "shop"
streams = ["transactional", "bulk"]

[tracking]
host     = "click.example.com"
key_file = "/keys/ring"
)");
}

class IngestTest : public testing::Test {
 protected:
  IngestTest() { std::filesystem::create_directory(spool()); }
  std::string spool() const { return directory_.path() + "/spool"; }

  track::Token token(track::Purpose purpose, track::Mode mode = track::Mode::anonymous) const {
    track::Token made;
    made.purpose = purpose;
    made.mode = mode;
    made.tenant = kShop;
    made.campaign = "november";
    if (purpose == track::Purpose::click) {
      made.link = 3;
      made.target = "https://shop.example/tea?for=ann";
    }
    if (mode == track::Mode::identified) made.recipient = "ann@example.org";
    if (purpose == track::Purpose::unsubscribe) made.stream = "bulk";
    return made;
  }
  track::Hit hit(HitKind kind, const track::Token& token, Grade grade = Grade::human) const {
    return {kind, grade, "browser", clock_.wall(), snapshots_.get()->sealer->seal(token), {}, {}, {}, {}};
  }
  void write(const std::vector<track::Hit>& hits) {
    auto writer = web::spool::SpoolWriter::open(spool(), {}, clock_.wall());
    ASSERT_TRUE(writer) << writer.error().text;
    std::string records;
    for (const track::Hit& one : hits) records += web::spool::format_spool_record(one);
    ASSERT_TRUE(writer->append(records, web::spool::Keep::now, clock_.wall()));
  }
  void sent(std::uint64_t recipients) { counters_.campaigns.add({kShop, "november", "bulk"}, recipients); }
  std::unique_ptr<Ingest> ingest() {
    return std::make_unique<Ingest>(
        Ingest::Settings{spool(), directory_.path() + "/ingest.sock",
                         [this](UnsubscribeNotice notice) { notices_.push_back(std::move(notice)); }},
        *store_, services_, log_);
  }
  base::Result<void> pass() {
    auto one = ingest();
    return one->store_recipients().and_then([&] { return one->pass(); });
  }
  std::uint64_t count(Counted what, std::uint16_t link = 0, const std::string& campaign = "november") {
    const auto counts = *store_->hits().counts(kShop, campaign);
    const auto found = counts.find({kShop, campaign, store::hour_of(clock_.wall()), what, link});
    return found == counts.end() ? 0 : found->second;
  }
  std::vector<policy::Listing> listed() {
    return *store_->suppressions().find(*mail::parse_address("ann@example.org"));
  }
  /// Everything the store has on disk.
  std::string store_bytes() const {
    std::string bytes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path() + "/store")) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(file), {});
    }
    return bytes;
  }
  std::size_t segments() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(spool()), {}));
  }

  static inline const std::uint32_t kShop = policy::tenant_id("shop");
  tests::TempDir directory_;
  tests::HandClock clock_;
  tests::RecordingSink events_;
  std::vector<UnsubscribeNotice> notices_;
  std::unique_ptr<store::Store> store_ = std::move(*store::Store::open(directory_.path() + "/store"));
  milter::SnapshotHolder snapshots_{snapshot()};
  milter::OverridesHolder overrides_;
  policy::limits::Buckets buckets_;
  milter::Counters counters_;
  milter::Services services_{snapshots_, overrides_, store_->suppressions(), buckets_, events_,
                             clock_,     counters_};
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
};

}  // namespace signpost::daemon::ingest
