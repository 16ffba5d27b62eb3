// Layout: length of the payload (4, little endian), base::checksum of the payload (4), payload as
// base/bytes.h writes it:
//
//   version (1)  kind (1)  grade (1)  reason  at (ms)  token  undoes (ms)  client  agent  network (1)
//
// Version 1 ends before the network, and is read too: it may wait in the spool when the programs are renewed.
#include "web/spool/record.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/siphash.h"
#include "base/text.h"

namespace signpost::web::spool {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kFrame = 8;
constexpr std::size_t kMaxReason = 32;
constexpr std::size_t kMaxClient = 64;
constexpr std::size_t kMaxAgent = 256;
constexpr std::string_view kNamePrefix = "hits-";
constexpr std::string_view kNameSuffix = ".spool";
constexpr std::size_t kUlid = 26;

std::uint64_t milliseconds(base::Wall at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}
base::Wall wall(std::uint64_t milliseconds) {
  return base::Wall(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

template <class Allowed>
bool consists_of(std::string_view text, std::size_t max, Allowed allowed) {
  return text.size() <= max && std::all_of(text.begin(), text.end(), allowed);
}

/// Within the 48 bits of a ULID's time, some 8,900 years, so that times can be subtracted.
bool is_plausible(base::Wall time) {
  const auto count = time.time_since_epoch().count();
  return count >= 0 && count < std::int64_t{1} << 48;
}

/// Every text within what the web program itself would write.
bool is_well_formed(const track::Hit& hit) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; };
  const auto is_token = [](char c) { return base::is_alnum(c) || c == '-' || c == '_'; };
  const auto is_address = [](char c) { return base::is_alnum(c) || c == '.' || c == ':'; };
  return is_plausible(hit.at) && is_plausible(hit.undoes) && !hit.token.empty() &&
         consists_of(hit.token, kMaxSpoolRecord, is_token) && !hit.reason.empty() &&
         consists_of(hit.reason, kMaxReason, is_word) && consists_of(hit.client, kMaxClient, is_address) &&
         hit.agent.size() <= kMaxAgent;
}

tl::unexpected<base::Error> incomplete() {
  return base::fail(base::ErrorKind::unavailable, "the record is incomplete");
}
tl::unexpected<base::Error> corrupt(std::string text) {
  return base::fail(base::ErrorKind::corrupt, std::move(text));
}

base::Result<track::Hit> parse_payload(std::string_view payload) {
  base::ByteReader reader(payload);
  const std::uint8_t version = reader.byte();
  if (version > kVersion) {
    return base::fail(base::ErrorKind::limit, "the record is of version " + std::to_string(version) +
                                                  ", which only a newer signpostd can read");
  }
  if (version < 1) return corrupt("the record has no version");
  const std::uint8_t kind = reader.byte();
  const std::uint8_t grade = reader.byte();
  track::Hit hit;
  hit.reason = reader.text();
  hit.at = wall(reader.number());
  hit.token = reader.text();
  hit.undoes = wall(reader.number());
  hit.client = reader.text();
  hit.agent = reader.text();
  const std::uint8_t network = version >= 2 ? reader.byte() : 0;
  if (!reader.ok() || !reader.at_end() || kind > static_cast<std::uint8_t>(track::HitKind::undo) ||
      grade > static_cast<std::uint8_t>(track::Grade::privacy) ||
      network > static_cast<std::uint8_t>(track::Network::scanner) || !is_well_formed(hit)) {
    return corrupt("the record is not in the form that signpost-web writes");
  }
  hit.kind = static_cast<track::HitKind>(kind);
  hit.grade = static_cast<track::Grade>(grade);
  hit.network = static_cast<track::Network>(network);
  return hit;
}

}  // namespace

std::string format_spool_record(const track::Hit& hit) {
  base::ByteWriter payload;
  payload.byte(kVersion);
  payload.byte(static_cast<std::uint8_t>(hit.kind));
  payload.byte(static_cast<std::uint8_t>(hit.grade));
  payload.text(hit.reason);
  payload.number(milliseconds(hit.at));
  payload.text(hit.token);
  payload.number(milliseconds(hit.undoes));
  payload.text(hit.client);
  payload.text(hit.agent);
  payload.byte(static_cast<std::uint8_t>(hit.network));
  base::ByteWriter frame;
  frame.word(static_cast<std::uint32_t>(payload.bytes().size()));
  frame.word(base::checksum(payload.bytes()));
  return frame.take() + payload.bytes();
}

base::Result<SpoolRecord> parse_spool_record(std::string_view bytes) {
  if (bytes.size() < kFrame) return incomplete();
  base::ByteReader frame(bytes.substr(0, kFrame));
  const std::size_t length = frame.word();
  const std::uint32_t checksum = frame.word();
  if (length > kMaxSpoolRecord - kFrame) return corrupt("the record has an impossible length");
  if (bytes.size() < kFrame + length) return incomplete();
  const std::string_view payload = bytes.substr(kFrame, length);
  if (base::checksum(payload) != checksum) return corrupt("the record's checksum is wrong");
  auto hit = parse_payload(payload);
  if (!hit) return tl::unexpected(hit.error());
  return SpoolRecord{std::move(*hit), kFrame + length};
}

bool is_segment_name(std::string_view name) {
  if (name.size() != kNamePrefix.size() + kUlid + kNameSuffix.size()) return false;
  return name.starts_with(kNamePrefix) && name.ends_with(kNameSuffix) &&
         consists_of(name.substr(kNamePrefix.size(), kUlid), kUlid, base::is_alnum);
}

}  // namespace signpost::web::spool
