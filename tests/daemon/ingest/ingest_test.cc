// The spool's way into the store, with a real store and a real spool: exactly once, whatever
// breaks in between.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/text.h"
#include "daemon/ingest/hit_effect.h"
#include "tests/daemon/ingest/support.h"
#include "track/undo.h"

namespace signpost::daemon::ingest {
namespace {

TEST_F(IngestTest, TellsTheTenantOfAnUnsubscribe) {
  track::Token leave = token(track::Purpose::unsubscribe);
  leave.recipient = "ann@example.org";
  write({hit(HitKind::unsubscribe, leave)});
  ASSERT_TRUE(pass());
  EXPECT_TRUE(notices_.empty()) << "no address is configured";

  auto told = snapshot();
  told->track.notify = "ops@example.com";
  snapshots_.set(told);
  leave.recipient = "bob@example.org";
  write({hit(HitKind::unsubscribe, leave)});
  ASSERT_TRUE(pass());
  ASSERT_EQ(notices_.size(), 1u);
  EXPECT_EQ(notices_[0].to, "ops@example.com");
  EXPECT_EQ(notices_[0].tenant, "shop");
  EXPECT_EQ(notices_[0].stream, "bulk");
  EXPECT_EQ(notices_[0].note, "campaign november");
  EXPECT_EQ(notices_[0].recipient, "") << "the mode lets nobody know who it is";

  auto named = snapshot();
  named->track.mode = track::Mode::identified;
  named->track.set_tenants({{kShop, {"", {}, {}, {}, "shop@example.com"}}});
  snapshots_.set(named);
  leave.recipient = "cleo@example.org";
  write({hit(HitKind::unsubscribe, leave), hit(HitKind::unsubscribe, leave)});
  ASSERT_TRUE(pass());
  ASSERT_EQ(notices_.size(), 2u) << "once a person, however often the button is pressed";
  EXPECT_EQ(notices_[1].to, "shop@example.com") << "the tenant's own";
  EXPECT_EQ(notices_[1].recipient, "cleo@example.org");
  ASSERT_TRUE(pass());
  EXPECT_EQ(notices_.size(), 2u) << "once a hit";

  leave.recipient = "dora@example.org";
  policy::Listing refusal;
  refusal.address = "dora@example.org";
  refusal.reason = policy::Reason::no_tracking;
  ASSERT_TRUE(store_->suppressions().add(refusal));
  write({hit(HitKind::unsubscribe, leave)});
  ASSERT_TRUE(pass());
  ASSERT_EQ(notices_.size(), 3u);
  EXPECT_EQ(notices_[2].recipient, "");
}

TEST_F(IngestTest, KeepsWhatWasAcknowledgedForATenantThatIsGone) {
  track::Token leave = token(track::Purpose::unsubscribe);
  leave.tenant = policy::tenant_id("renamed");
  leave.recipient = "ann@example.org";
  write({hit(HitKind::unsubscribe, leave)});
  ASSERT_TRUE(pass());
  const auto listings = *store_->suppressions().find(*mail::parse_address("ann@example.org"));
  ASSERT_EQ(listings.size(), 1u);
  EXPECT_EQ(listings[0].tenant, "") << "of whatever tenant: nobody knows its name";
  EXPECT_EQ(listings[0].stream, "");

  auto renamed = snapshot();
  renamed->policy.tenants.front().name = "shop2";
  snapshots_.set(renamed);
  leave = token(track::Purpose::unsubscribe);
  leave.recipient = "bob@example.org";
  write({hit(HitKind::unsubscribe, leave)});
  ASSERT_TRUE(pass());
  const auto of_former = *store_->suppressions().find(*mail::parse_address("bob@example.org"));
  ASSERT_EQ(of_former.size(), 1u);
  EXPECT_EQ(of_former[0].tenant, "shop") << "where it is found when the tenant is back";
  EXPECT_EQ(of_former[0].stream, "bulk");
}

TEST_F(IngestTest, CountsByStreamWhatItKnowsTheStreamOf) {
  sent(3);
  track::Token leave = token(track::Purpose::unsubscribe);
  leave.recipient = "ann@example.org";
  write({hit(HitKind::unsubscribe, leave), hit(HitKind::click, token(track::Purpose::click))});
  ASSERT_TRUE(pass());
  const std::uint32_t hour = store::hour_of(clock_.wall());
  const store::StreamCounts counted = {{{kShop, "november", hour, Counted::recipient, "bulk"}, 3},
                                       {{kShop, "november", hour, Counted::unsubscribe, "bulk"}, 1}};
  EXPECT_EQ(*store_->hits().streams(kShop, "november"), counted);
}

TEST_F(IngestTest, CountsWhoWasSentToAndWhoLeavesByProvider) {
  counters_.sent.add({{{kShop, "bulk", "google"}, 2}, {{kShop, "bulk", "other"}, 1}});
  counters_.sent.add({{{kShop, "bulk", "google"}, 3}});
  track::Token leave = token(track::Purpose::unsubscribe);
  leave.recipient = "ann@gmail.com";
  write({hit(HitKind::unsubscribe, leave), hit(HitKind::click, token(track::Purpose::click))});
  ASSERT_TRUE(pass());
  ASSERT_TRUE(pass());
  const std::uint32_t hour = store::hour_of(clock_.wall());
  EXPECT_EQ(tests::provider_counts(store_->hits(), kShop),
            (store::ProviderCounts{{{kShop, hour, Counted::recipient, "google", "", "bulk"}, 5},
                                   {{kShop, hour, Counted::recipient, "other", "", "bulk"}, 1},
                                   {{kShop, hour, Counted::unsubscribe, "google", "", "bulk"}, 1}}));
}

TEST_F(IngestTest, CountsWithoutPeopleInTheModeAnonymous) {
  sent(10);
  write({hit(HitKind::click, token(track::Purpose::click)), hit(HitKind::click, token(track::Purpose::click)),
         hit(HitKind::click, token(track::Purpose::click), Grade::scanner),
         hit(HitKind::open, token(track::Purpose::open))});
  ASSERT_TRUE(pass());
  ASSERT_TRUE(pass()) << "there is nothing left";
  EXPECT_EQ(count(Counted::recipient), 10u);
  EXPECT_EQ(count(Counted::click, 3), 2u);
  EXPECT_EQ(count(Counted::click_scanner, 3), 1u);
  EXPECT_EQ(count(Counted::open), 1u);
  EXPECT_EQ((store_->hits().places(kShop, "november")->at({kShop, "november", 3})),
            "https://shop.example/tea");
  EXPECT_TRUE(events_.lines().empty());
  EXPECT_EQ(segments(), 0u);
}

TEST_F(IngestTest, PoolsSmallCampaignsInTheModeAnonymous) {
  sent(9);
  write({hit(HitKind::click, token(track::Purpose::click))});
  ASSERT_TRUE(pass());
  EXPECT_EQ(count(Counted::click, 3), 0u);
  EXPECT_EQ(count(Counted::click, 0, std::string(kPooledCampaign)), 1u);
  EXPECT_TRUE(store_->hits().places(kShop, "november")->empty());
}

TEST_F(IngestTest, WritesALineWithThePersonOnlyIfIdentified) {
  sent(1);
  track::Hit click = hit(HitKind::click, token(track::Purpose::click, track::Mode::identified));
  click.client = "192.0.2.9";
  click.agent = "Firefox";
  write({click});
  ASSERT_TRUE(pass());
  ASSERT_EQ(events_.lines().size(), 1u);
  const std::string line = events_.lines().front();
  for (const char* part :
       {"stage=click", "action=accept", "reason=browser", "grade=human", "to=<ann@example.org>",
        "tenant=shop", "campaign=november", "link=3", "host=shop.example", "client=192.0.2.9"})
    EXPECT_NE(line.find(part), std::string::npos) << line;
  EXPECT_EQ(line.find("for=ann"), std::string::npos) << "a query may name a person";
}

TEST_F(IngestTest, KeepsNoPlaceThatNamesAPerson) {
  sent(10);
  track::Token click = token(track::Purpose::click);
  std::vector<track::Hit> hits;
  for (const char* target :
       {"https://shop.example/for/ann@example.org/tea", "http://a.example/ann%40example.org",
        "https://shop.example/tea#ann@example.org"}) {
    click.target = target;
    hits.push_back(hit(HitKind::click, click));
    ++click.link;
  }
  write(hits);
  ASSERT_TRUE(pass());
  const auto places = *store_->hits().places(kShop, "november");
  EXPECT_EQ(places.at({kShop, "november", 3}), "https://shop.example/for/");
  EXPECT_EQ(places.at({kShop, "november", 4}), "http://a.example/");
  EXPECT_EQ(places.at({kShop, "november", 5}), "https://shop.example/tea");
}

TEST_F(IngestTest, BelowIdentifiedNothingAboutThePersonIsKept) {
  const std::string pseudonym = snapshots_.get()->sealer->pseudonym(kShop, "ann@example.org");
  const std::string message = "01JDC5W0QGX9Z3W3T4K6N8P2RS";
  std::vector<std::string> lines;
  for (const track::Mode mode :
       {track::Mode::anonymous, track::Mode::pseudonymous, track::Mode::identified}) {
    sent(10);
    const std::size_t before = events_.lines().size();
    for (const HitKind kind : {HitKind::click, HitKind::open}) {
      track::Token sealed =
          token(kind == HitKind::click ? track::Purpose::click : track::Purpose::open, mode);
      if (mode >= track::Mode::pseudonymous) sealed.message = message;
      if (mode == track::Mode::pseudonymous) sealed.recipient = pseudonym;
      track::Hit one = hit(kind, sealed);
      one.client = "192.0.2.99";  // a spool that another program wrote to: the web program leaves these out
      one.agent = "Netscape";
      write({one});
      ASSERT_TRUE(pass());
    }
    const std::string store = store_bytes();
    for (const std::string& secret :
         {std::string("ann@example"), pseudonym, message, std::string("192.0.2.99"), std::string("Netscape")})
      EXPECT_EQ(store.find(secret), std::string::npos) << track::mode_word(mode) << ": " << secret;
    const std::vector<std::string> all = events_.lines();
    lines.push_back(base::join({all.begin() + static_cast<std::ptrdiff_t>(before), all.end()}, "\n"));
  }
  EXPECT_EQ(count(Counted::click, 3), 3u) << "all of them are counted";
  const auto holds = [&lines](std::size_t mode, const char* text) {
    return lines[mode].find(text) != std::string::npos;
  };
  EXPECT_EQ(lines[0], "");
  EXPECT_TRUE(holds(1, "person=") && holds(1, message.c_str()));
  for (const char* text : {"ann@", "192.0.2.99", "Netscape"}) {
    EXPECT_FALSE(holds(1, text)) << text;
    EXPECT_TRUE(holds(2, text)) << text;
  }
}

TEST_F(IngestTest, CountsWhoFetchesAWholeMessageAtOnceAsAProgram) {
  sent(10);
  auto daemon = ingest();
  ASSERT_TRUE(daemon->store_recipients());
  track::Token click = token(track::Purpose::click, track::Mode::identified);
  click.message = "01JDC5W0QGX9Z3W3T4K6N8P2RS";
  click.stream_code = track::stream_code("bulk");
  const auto fetch = [&](std::uint16_t link, std::chrono::milliseconds at) {
    click.link = link;
    track::Hit one = hit(HitKind::click, click);
    one.at += at;
    write({one});
    ASSERT_TRUE(daemon->pass());
  };
  const auto ms = [](int count) { return std::chrono::milliseconds(count); };
  clock_.tick(std::chrono::seconds(10));  // none of these times is later than now
  for (const int link : {0, 1}) fetch(static_cast<std::uint16_t>(link), ms(-5000 + 15 * link));
  EXPECT_EQ(count(Counted::click, 0) + count(Counted::click, 1), 2u) << "two could be a person's";
  for (const int link : {2, 3}) fetch(static_cast<std::uint16_t>(link), ms(-5000 + 15 * link));
  for (std::uint16_t link = 0; link < 4; ++link) {
    EXPECT_EQ(count(Counted::click, link), 0u) << link;
    EXPECT_EQ(count(Counted::click_scanner, link), 1u) << link;
  }
  const auto streams = *store_->hits().streams(kShop, "november");
  const auto of = [&](Counted what) {
    const auto found = streams.find({kShop, "november", store::hour_of(clock_.wall()), what, "bulk"});
    return found == streams.end() ? 0 : found->second;
  };
  EXPECT_EQ(of(Counted::click), 0u);
  EXPECT_EQ(of(Counted::click_scanner), 4u);
  const std::vector<std::string> lines = events_.lines();
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_NE(lines[1].find("grade=human"), std::string::npos) << lines[1];
  EXPECT_NE(lines[2].find("reason=burst grade=scanner"), std::string::npos) << lines[2];
  EXPECT_NE(lines[2].find("regraded=2"), std::string::npos) << lines[2];
  EXPECT_NE(lines[3].find("reason=burst"), std::string::npos) << lines[3];
  EXPECT_EQ(lines[3].find("regraded="), std::string::npos) << lines[3];
  // The person reads it later.
  fetch(2, ms(-1000));
  EXPECT_EQ(count(Counted::click, 2), 1u);
  EXPECT_NE(events_.lines()[4].find("stream=bulk"), std::string::npos) << events_.lines()[4];
}

TEST_F(IngestTest, WhoFollowsTheLinkThatNoPersonSeesIsAProgram) {
  sent(10);
  track::Token click = token(track::Purpose::click, track::Mode::identified);
  click.message = "01JDC5W0QGX9Z3W3T4K6N8P2RS";
  std::vector<track::Hit> hits = {hit(HitKind::click, click)};
  click.link = track::kTrapLink;
  hits.push_back(hit(HitKind::click, click, Grade::scanner));
  hits.back().reason = "trap";
  write(hits);
  ASSERT_TRUE(pass());
  EXPECT_EQ(count(Counted::click, 3), 0u);
  EXPECT_EQ(count(Counted::click_scanner, 3), 1u);
  EXPECT_EQ(count(Counted::click_scanner, track::kTrapLink), 1u);
  EXPECT_EQ((store_->hits().places(kShop, "november")->at({kShop, "november", track::kTrapLink})), "(trap)");
  EXPECT_NE(events_.lines()[1].find("reason=trap grade=scanner"), std::string::npos) << events_.lines()[1];
  EXPECT_NE(events_.lines()[1].find("regraded=1"), std::string::npos) << events_.lines()[1];
}

TEST_F(IngestTest, AnonymousHitsAreCountedByStreamOnlyWhereEachReachedTen) {
  track::Token click = token(track::Purpose::click);
  click.stream_code = track::stream_code("bulk");
  const auto by_stream = [&] {
    std::uint64_t clicks = 0;
    const auto streams = *store_->hits().streams(kShop, "november");
    for (const auto& [counter, times] : streams) clicks += counter.what == Counted::click ? times : 0;
    return clicks;
  };
  counters_.campaigns.add({kShop, "november", "bulk"}, 11);
  counters_.campaigns.add({kShop, "november", "vip"}, 1);
  write({hit(HitKind::click, click)});
  ASSERT_TRUE(pass());
  EXPECT_EQ(count(Counted::click, 3), 1u);
  EXPECT_EQ(by_stream(), 0u) << "what is left for the other stream would be one person's";
  counters_.campaigns.add({kShop, "november", "vip"}, 9);
  write({hit(HitKind::click, click)});
  ASSERT_TRUE(pass());
  EXPECT_EQ(by_stream(), 1u);
}

TEST_F(IngestTest, BurstsOfDifferentMessagesAreDifferent) {
  sent(10);
  track::Token click = token(track::Purpose::click, track::Mode::identified);
  std::vector<track::Hit> hits;
  for (std::uint16_t link = 0; link < 6; ++link) {
    click.message = "01JDC5W0QGX9Z3W3T4K6N8P2R" + std::to_string(link);
    click.link = link;
    hits.push_back(hit(HitKind::click, click));
  }
  write(hits);
  ASSERT_TRUE(pass());
  for (std::uint16_t link = 0; link < 6; ++link) EXPECT_EQ(count(Counted::click, link), 1u) << link;
}

TEST_F(IngestTest, AnonymousHitsAreNoBurst) {
  sent(10);
  track::Token click = token(track::Purpose::click);
  std::vector<track::Hit> hits;
  for (click.link = 0; click.link < 6; ++click.link) hits.push_back(hit(HitKind::click, click));
  write(hits);
  ASSERT_TRUE(pass());
  EXPECT_EQ(count(Counted::click, 5), 1u);
}

TEST_F(IngestTest, ARefusalSilencesPseudonymousLinksToo) {
  policy::Listing refusal;
  refusal.address = "ann@example.org";
  refusal.reason = policy::Reason::no_tracking;
  refusal.since = clock_.wall();
  ASSERT_TRUE(store_->suppressions().add(refusal));
  sent(100);
  track::Token click = token(track::Purpose::click, track::Mode::pseudonymous);
  for (const char* person : {"ann@example.org", "bob@example.org"}) {
    click.recipient = snapshots_.get()->sealer->pseudonym(kShop, person);
    write({hit(HitKind::click, click)});
  }
  ASSERT_TRUE(pass());
  EXPECT_EQ(count(Counted::click, 3), 1u);
  EXPECT_EQ(events_.lines().size(), 1u);
}

TEST_F(IngestTest, ListsAndTakesBack) {
  const track::Token leave = token(track::Purpose::unsubscribe, track::Mode::identified);
  const track::Hit unsubscribe = hit(HitKind::unsubscribe, leave);
  write({unsubscribe, unsubscribe});
  ASSERT_TRUE(pass());
  ASSERT_EQ(listed().size(), 1u) << "twice is once";
  const policy::Listing listing = listed().front();
  EXPECT_EQ(listing.reason, policy::Reason::unsubscribe);
  EXPECT_EQ(listing.tenant, "shop");
  EXPECT_EQ(listing.stream, "bulk");
  EXPECT_EQ(listing.by, "web");
  EXPECT_NE(events_.lines().front().find("stage=unsubscribe"), std::string::npos);

  track::Hit undo = hit(HitKind::undo, leave);
  undo.undoes = unsubscribe.at;
  undo.at = unsubscribe.at + track::kUndoTime + std::chrono::seconds{1};
  write({undo});
  ASSERT_TRUE(pass());
  EXPECT_EQ(listed().size(), 1u) << "too late";
  undo.at = unsubscribe.at + std::chrono::minutes{9};
  write({undo});
  ASSERT_TRUE(pass());
  EXPECT_TRUE(listed().empty());
  EXPECT_EQ(count(Counted::undo), 1u);
}

TEST_F(IngestTest, ALaterRefusalSilencesMailAlreadySent) {
  policy::Listing refusal;
  refusal.address = "ann@example.org";
  refusal.reason = policy::Reason::no_tracking;
  refusal.since = clock_.wall();
  ASSERT_TRUE(store_->suppressions().add(refusal));
  sent(100);
  write({hit(HitKind::click, token(track::Purpose::click, track::Mode::identified))});
  ASSERT_TRUE(pass());
  EXPECT_EQ(count(Counted::click, 3), 0u);
  EXPECT_TRUE(events_.lines().empty());
}

TEST_F(IngestTest, BelievesNoForgedHit) {
  track::Hit forged = hit(HitKind::unsubscribe, token(track::Purpose::unsubscribe, track::Mode::identified));
  forged.token[10] = forged.token[10] == 'A' ? 'B' : 'A';
  track::Hit wrong_kind = hit(HitKind::unsubscribe, token(track::Purpose::click));
  write({forged, wrong_kind, hit(HitKind::click, token(track::Purpose::click))});
  sent(50);
  auto one = ingest();
  ASSERT_TRUE(one->store_recipients());
  ASSERT_TRUE(one->pass());
  EXPECT_EQ(one->counts().refused, 2u);
  EXPECT_EQ(one->counts().hits, 1u);
  EXPECT_TRUE(listed().empty());
}

TEST_F(IngestTest, APoisonedSpoolDoesNoHarm) {
  std::ofstream(spool() + "/hits-01JDC000000000000000000000.spool")
      << "signpost-spool 1\nnonsense that is no record";
  std::filesystem::create_symlink("/etc/passwd", spool() + "/hits-01JDC000000000000000000001.spool");
  std::filesystem::create_directory(spool() + "/hits-00000000000000000000000000.spool");
  std::ofstream(spool() + "/not-a-segment") << "x";
  write({hit(HitKind::unsubscribe, token(track::Purpose::unsubscribe, track::Mode::identified))});
  const auto passed = ingest()->pass();
  ASSERT_FALSE(passed) << "the directory waits for somebody, which `status` tells";
  EXPECT_NE(passed.error().text.find("hits-00000000000000000000000000.spool is not of signpost-web"),
            std::string::npos);
  EXPECT_EQ(listed().size(), 1u) << "what is genuine is taken";
  EXPECT_TRUE(std::filesystem::exists("/etc/passwd"));
  EXPECT_EQ(segments(), 2u) << "the file that is not a segment is not ours, the directory cannot be removed";
}

TEST_F(IngestTest, StartsAgainWhereItStoppedAndCountsOnce) {
  sent(1000);
  std::vector<track::Hit> hits(2500, hit(HitKind::click, token(track::Purpose::click)));
  write(hits);
  const std::string segment = std::filesystem::directory_iterator(spool())->path().filename();
  const auto reader = web::spool::SpoolReader::open(spool(), ::getuid());
  // A daemon that died after its first commit, before it removed anything.
  const auto batch = reader->read({segment, 0}, 1000);
  ASSERT_TRUE(batch);
  store::Changes first;
  first.counts[{kShop, "november", store::hour_of(clock_.wall()), Counted::click, 3}] = batch->hits.size();
  ASSERT_TRUE(store_->hits().commit({segment, 0, batch->mark.offset}, first));
  ASSERT_TRUE(pass());
  EXPECT_EQ(count(Counted::click, 3), 2500u);
  EXPECT_EQ(*store_->hits().mark(segment), 0u) << "the mark of a segment that is gone is gone";
}

TEST_F(IngestTest, WaitsForATenantsConfigurationAndSpool) {
  std::filesystem::remove(spool());
  EXPECT_TRUE(pass()) << "a site without signpost-web has no spool";
  snapshots_.set(tests::configured(""));
  EXPECT_TRUE(pass());
}

TEST_F(IngestTest, RingsAndStops) {
  auto one = ingest();
  one->start();
  EXPECT_TRUE(std::filesystem::is_socket(directory_.path() + "/ingest.sock"));
  one->stop();
  one->stop();
  EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/ingest.sock"));
}

}  // namespace
}  // namespace signpost::daemon::ingest
