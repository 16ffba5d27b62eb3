// One outbound message through a Session in memory, for tests of what it needs and of what happens when that is not there.
#pragma once

#include <string>

#include "milter/session.h"
#include "policy/limits/buckets.h"
#include "tests/support/configured.h"
#include "tests/support/twins.h"

namespace signpost::milter::tests {

class Press {
 public:
  /// `more`: further lines of [tracking], [milter] and so on.
  explicit Press(const std::string& more = {}) : snapshots_(signpost::tests::configured(kConfig + more)) {}

  Services services() {
    return {snapshots_, overrides_, suppressions_, buckets_, events_, clock_, counters_};
  }
  /// Up to its end. `fields` beside From: "Name: value" lines.
  void send(Session& session, const std::string& fields, const std::string& body) {
    session.connect({base::parse_ip("192.0.2.7").value(), "client.example", 4711, ""});
    session.helo("client.example");
    session.mail({"<news@shop.example>", {"SIZE=1000"}, "shop", ""});
    session.rcpt("<ann@example.org>", "Q1");
    session.header("From", " News <news@shop.example>");
    for (std::size_t at = 0; at < fields.size();) {
      const std::size_t colon = fields.find(':', at);
      const std::size_t end = std::min(fields.find('\n', at), fields.size());
      session.header(fields.substr(at, colon - at), fields.substr(colon + 1, end - colon - 1));
      at = end + 1;
    }
    session.end_of_headers();
    for (std::size_t at = 0; at < body.size(); at += kChunk)
      session.body(std::string_view(body).substr(at, kChunk));
  }
  std::string last_line() const { return events_.lines().empty() ? "" : events_.lines().back(); }
  Counters& counters() { return counters_; }
  SnapshotHolder& snapshots() { return snapshots_; }

 private:
  static constexpr std::size_t kChunk = 65535;
  static constexpr const char* kConfig = R"([[tenant]]
name   = "shop"
logins = ["shop"]
stream = "bulk"

[[dkim.key]]
domain   = "shop.example"
selector = "s1"
file     = "/keys/s1.pem"

[[limit]]
name = "hourly"
key  = ["tenant"]
rate = ["1000000/h"]

[tracking]
host     = "click.example.com"
key_file = "/keys/ring"
)";

  signpost::tests::HandClock clock_;
  signpost::tests::RecordingSink events_;
  signpost::tests::MemorySuppressions suppressions_;
  policy::limits::Buckets buckets_;
  Counters counters_;
  OverridesHolder overrides_;
  SnapshotHolder snapshots_;
};

}  // namespace signpost::milter::tests
