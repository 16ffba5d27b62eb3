// What the parts cost by themselves: sign, hash, rewrite, look up, charge. CPU time; to be compared with one
// another and with yesterday's, not between machines.
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <malloc.h>

#include "base/crypto.h"
#include "dkim/body_hash.h"
#include "dkim/sign.h"
#include "feedback/classify.h"
#include "feedback/report.h"
#include "mail/edit.h"
#include "policy/limits/buckets.h"
#include "store/store.h"
#include "track/rewrite.h"

namespace {

using namespace signpost;

std::vector<mail::Field> header() {
  return {{"From", " The Shop <news@example.com>"},
          {"To", " Ann <ann@example.net>"},
          {"Subject", " News of November"},
          {"Date", " Mon, 23 Nov 2026 12:00:00 +0000"},
          {"Message-ID", " <1@example.com>"},
          {"MIME-Version", " 1.0"},
          {"Content-Type", " text/html; charset=utf-8"}};
}

/// A newsletter of about 20 KiB with `links` links.
std::string newsletter(std::size_t links) {
  std::string html = "<html><body>\r\n";
  for (std::size_t i = 0; i < links; ++i) {
    html += "<p>" + std::string(560, 'x') + "</p>\r\n<a href=\"https://shop.example/offer/" +
            std::to_string(i) + "?week=48&amp;kind=tea\">Read</a>\r\n";
  }
  return html + "</body></html>\r\n";
}

void sign(benchmark::State& state, base::KeyType type) {
  auto key = base::PrivateKey::generate(type);
  const dkim::SigningKey signing{"example.com", "bench",
                                 std::make_shared<const base::PrivateKey>(std::move(*key))};
  dkim::Settings settings;
  const auto fields = header();
  const base::Digest digest = base::sha256("body");
  for (auto _ : state) benchmark::DoNotOptimize(dkim::sign(signing, settings, fields, digest, base::Wall{}));
}
BENCHMARK_CAPTURE(sign, rsa2048, base::KeyType::rsa);
BENCHMARK_CAPTURE(sign, ed25519, base::KeyType::ed25519);

/// A mebibyte of one kind of text.
std::string text_of(std::string_view kind) {
  std::string line = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4gVGhlIHF1aWNrIGJy\r\n";
  if (kind == "prose") line = "A line of text, as people write it in their mails every day.\r\n";
  if (kind == "indented") line = "            <td>  <a href=\"https://example.com/\">Read</a>  </td>   \r\n";
  if (kind == "blanks") line = "a  b  c  d  e  f  g  h  i  j  k  l  m  n  o  p  q  r  s  t  u  v  w  x\r\n";
  std::string text;
  while (text.size() < 1024 * 1024) text += line;
  return text;
}

void hash_bare(benchmark::State& state) {
  const std::string body = text_of("base64");
  for (auto _ : state) benchmark::DoNotOptimize(base::sha256(body));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(hash_bare);

void hash_body(benchmark::State& state, const char* kind) {
  const std::string body = text_of(kind);
  for (auto _ : state) {
    dkim::BodyHash hash(dkim::Canon::relaxed);
    hash.update(body);
    benchmark::DoNotOptimize(hash.finish());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK_CAPTURE(hash_body, base64, "base64");
BENCHMARK_CAPTURE(hash_body, prose, "prose");
BENCHMARK_CAPTURE(hash_body, indented, "indented");
BENCHMARK_CAPTURE(hash_body, blanks, "blanks");

void rewrite(benchmark::State& state) {
  const std::string body = newsletter(static_cast<std::size_t>(state.range(0)));
  auto ring = std::make_shared<base::Keyring>();
  ring->keys.push_back({1, base::KeyState::active, base::random_bytes(32)});
  const auto sealer = track::Sealer::create(*ring);
  track::Settings settings;
  settings.host = "click.example.com";
  settings.keys = ring;
  track::Context context;
  context.settings = &settings;
  context.sealer = &*sealer;
  const auto fields = header();
  for (auto _ : state) {
    const track::Rewritten rewritten = track::rewrite(fields, body, context);
    benchmark::DoNotOptimize(mail::apply_splices(body, mail::splices_of(body, rewritten.replacements)));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(rewrite)->Arg(1)->Arg(30)->Arg(300);

/// A list of `count` addresses in a directory that goes away with it.
class List {
 public:
  explicit List(std::size_t count) {
    std::string pattern = (std::filesystem::temp_directory_path() / "signpost-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) directory_ = pattern;
    auto opened = store::Store::open(directory_ + "/store");
    if (!opened) return;
    store_ = std::move(*opened);
    for (std::size_t begin = 0; begin < count; begin += 10000) add(begin, std::min(count, begin + 10000));
  }
  ~List() {
    store_.reset();
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  store::Store* store() { return store_.get(); }

 private:
  void add(std::size_t begin, std::size_t end) {
    std::vector<policy::Listing> listings(end - begin);
    for (std::size_t i = begin; i < end; ++i)
      listings[i - begin].address = "user" + std::to_string(i) + "@example.net";
    benchmark::DoNotOptimize(store_->suppressions().add_many(std::move(listings)));
  }
  std::string directory_;
  std::unique_ptr<store::Store> store_;
};

void look_up(benchmark::State& state) {
  List list(static_cast<std::size_t>(state.range(0)));
  if (list.store() == nullptr) return state.SkipWithError("the store does not open");
  std::mt19937 random(1);
  for (auto _ : state) {
    const mail::Address address{"user" + std::to_string(random() % (2 * state.range(0))), "example.net"};
    benchmark::DoNotOptimize(list.store()->suppressions().find(address));
  }
}
BENCHMARK(look_up)->Arg(1000)->Arg(100000);

constexpr base::Steady kSteady{std::chrono::hours(1)};

void charge(benchmark::State& state) {
  std::vector<policy::LimitSettings> limits(4);
  for (std::size_t i = 0; i < limits.size(); ++i) {
    limits[i].name = "limit" + std::to_string(i);
    limits[i].rates = {{1000000000, std::chrono::hours(1)}};
    if (i % 2 == 1) limits[i].burst = 1000000;
  }
  policy::limits::Buckets buckets;
  std::mt19937 random(1);
  base::Steady now{std::chrono::hours(1)};
  for (auto _ : state) {
    std::vector<policy::limits::Charge> charges;
    const std::string bucket = "key" + std::to_string(random() % 10000);
    for (const policy::LimitSettings& limit : limits) charges.push_back({&limit, bucket, 1});
    now += std::chrono::microseconds(100);
    if (auto reserved = buckets.reserve(charges, now)) buckets.commit(reserved->id, now);
  }
}
BENCHMARK(charge);

policy::LimitSettings by_domain(std::uint64_t max_keys) {
  policy::LimitSettings limit;
  limit.name = "domain-hour";
  limit.key = {policy::LimitKeyPart::rcpt_domain};
  limit.rates = {{1000000000, std::chrono::hours(1)}};
  limit.max_keys = max_keys;
  return limit;
}
std::string invented(std::size_t i) {
  return "rcpt_domain=d" + std::to_string(i) + ".example.net";
}
void use(policy::limits::Buckets& buckets, const policy::LimitSettings& limit, std::size_t keys) {
  for (std::size_t i = 0; i < keys; ++i) {
    if (auto reserved = buckets.reserve({{&limit, invented(i), 1}}, kSteady))
      buckets.commit(reserved->id, kSteady);
  }
}

/// A million invented keys; what a charge costs then, and how much memory the buckets take.
void invent(benchmark::State& state) {
  const auto limit = by_domain(static_cast<std::uint64_t>(state.range(0)));
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  policy::limits::Buckets buckets;
  use(buckets, limit, 1'000'000);
  while (buckets.take_changes(1000, kSteady).more) continue;
  const std::size_t used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  std::size_t i = 1'000'000;
  for (auto _ : state) {
    if (auto reserved = buckets.reserve({{&limit, invented(i++), 1}}, kSteady))
      buckets.release(reserved->id, kSteady);
  }
  state.counters["MB"] = static_cast<double>(used) / 1e6;
  state.counters["B/key"] = static_cast<double>(used) / static_cast<double>(buckets.size());
}
BENCHMARK(invent)->Arg(100'000)->Arg(10'000'000)->Iterations(100'000);

/// One second's save of 100,000 buckets: all of them, and those that changed. The bytes are those written.
void save(benchmark::State& state) {
  const auto limit = by_domain(100'000);
  policy::limits::Buckets buckets;
  use(buckets, limit, 100'000);
  while (buckets.take_changes(1000, kSteady).more) continue;
  const auto changed = static_cast<std::size_t>(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    use(buckets, limit, changed);
    bytes = 0;
    state.ResumeTiming();
    for (bool more = true; more;) {
      const auto part = buckets.take_changes(1000, kSteady);
      if (part.records > 0) bytes += part.bytes.size();
      more = part.more;
    }
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(save)->Arg(1)->Arg(1000)->Arg(100'000);

/// A bounce of 10 KiB, as Postfix makes it: read, and its recipient classified.
void read_report(benchmark::State& state, const char* reply) {
  std::string raw =
      "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net (Mail Delivery System)\r\n"
      "Subject: Undelivered Mail Returned to Sender\r\nTo: b+x@bounce.example.com\r\nAuto-Submitted: "
      "auto-replied\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n"
      "\tboundary=\"4F2C1.1764374400/mx.example.net\"\r\n\r\n--4F2C1.1764374400/mx.example.net\r\n"
      "Content-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
      "This is the mail system at host mx.example.net.\r\n\r\nI'm sorry to have to inform you that your "
      "message "
      "could not\r\nbe delivered to one or more recipients. It's attached below.\r\n\r\n<bob@example.org>: "
      "host "
      "mx.example.org[192.0.2.9] said: " +
      std::string(reply) +
      "\r\n    (in reply to RCPT TO command)\r\n\r\n--4F2C1.1764374400/mx.example.net\r\n"
      "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n"
      "Arrival-Date: Mon, 23 Nov 2026 12:00:00 +0000 (UTC)\r\n\r\nFinal-Recipient: rfc822; "
      "bob@example.org\r\n"
      "Action: failed\r\nStatus: " +
      std::string(reply + 4, 5) + "\r\nRemote-MTA: dns; mx.example.org\r\nDiagnostic-Code: smtp; " + reply +
      "\r\n\r\n--4F2C1.1764374400/mx.example.net\r\nContent-Type: message/rfc822\r\n\r\n"
      "From: The Shop <news@example.com>\r\nTo: bob@example.org\r\nSubject: News of November\r\n"
      "Message-ID: <1@example.com>\r\n\r\n";
  while (raw.size() < 10 * 1024) raw += "A line of text, as people write it in their mails every day.\r\n";
  raw += "--4F2C1.1764374400/mx.example.net--\r\n";
  for (auto _ : state) {
    const feedback::Report report = feedback::parse_report(raw);
    for (const feedback::Row& row : report.rows) benchmark::DoNotOptimize(feedback::classify(report, row));
  }
}
BENCHMARK_CAPTURE(read_report, known_text,
                  "550 5.1.1 <bob@example.org>: User unknown in virtual mailbox table");
BENCHMARK_CAPTURE(read_report, unknown_text,
                  "550 5.9.9 <bob@example.org>: the words of nobody whom we ever heard");

}  // namespace

BENCHMARK_MAIN();
