// How the keys of the table of hits are spelled. Numbers are big endian, so that keys sort:
//   'm' source                                             offset read so far
//   'c' tenant(4) campaign NUL hour(4) what(1) link(2)     how often
//   'p' tenant(4) campaign NUL link(2)                     where that link leads, without query and fragment
//   'r' tenant(4) campaign NUL hour(4) what(1) stream      how often, of what is counted by stream
//   's' tenant(4) campaign NUL                             the layout of one of its messages (store/picture_store)
//   'q' address NUL tenant(4)                              its score of soft bounces, and when the last one counted
//   'v' tenant(4) hour(4) what(1) provider NUL reason NUL stream
//                                                          how often, of what is counted by the recipient's provider
//   't' tenant(4)                                          the tenant's name, also after it was removed
// An older program ignores kinds that it does not know, so a new kind needs no new format version. 'v' is younger than the
// others: a program from before it leaves these keys as they are, and does not sweep them either.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::store {

/// What a counter counts. The numbers are on disk.
enum class Counted : std::uint8_t {
  recipient = 1,  ///< of messages that went out; by campaign of those that carry links, by provider of all
  click = 2,
  click_prefetch = 3,
  click_scanner = 4,
  open = 5,
  open_prefetch = 6,
  open_scanner = 7,
  unsubscribe = 8,
  undo = 9,
  open_privacy = 10,
  // From here on by provider only, and `unsubscribe` too: recipients of reports.
  bounce_hard = 11,
  bounce_soft = 12,
  bounce_block = 13,
  complaint = 14,
  // The same of the MTA's log: recipients whom another server or a mailbox took, and those of whom the MTA gave up.
  delivered = 15,
  undelivered = 16,
  /// Attempts at a delivery that a server refused because of the sender, of the MTA's log. By provider only: a program from
  /// before it would find it corrupt elsewhere.
  refusal = 17,
};

struct Counter {
  std::uint32_t tenant = 0;  ///< policy::tenant_id
  std::string campaign;      ///< at most 64 bytes, without NUL
  std::uint32_t hour = 0;    ///< since 1970
  Counted what = Counted::click;
  std::uint16_t link = 0;
  auto operator<=>(const Counter&) const = default;  // NOLINT(modernize-use-nullptr): a false alarm
};
using Counts = std::map<Counter, std::uint64_t>;

std::uint32_t hour_of(base::Wall time);

/// The same by stream, without the link. A link that is older than track::Token::stream_code does not say its stream.
struct StreamCounter {
  std::uint32_t tenant = 0;
  std::string campaign;
  std::uint32_t hour = 0;
  Counted what = Counted::recipient;
  std::string stream;
  auto operator<=>(const StreamCounter&) const = default;  // NOLINT(modernize-use-nullptr): a false alarm
};
using StreamCounts = std::map<StreamCounter, std::uint64_t>;

/// The same by the recipient's provider, in the order of hours. Bounded: both texts are fixed words, and what a recipient
/// or a server chose is not among them.
struct ProviderCounter {
  std::uint32_t tenant = 0;
  std::uint32_t hour = 0;
  Counted what = Counted::delivered;
  std::string provider;  ///< policy::limits::known_provider
  std::string reason;    ///< of bounce_block and refusal: why, a word of feedback's table; else empty
  std::string stream;
  auto operator<=>(const ProviderCounter&) const = default;  // NOLINT(modernize-use-nullptr): a false alarm
};
using ProviderCounts = std::map<ProviderCounter, std::uint64_t>;

struct LinkName {
  std::uint32_t tenant = 0;
  std::string campaign;
  std::uint16_t link = 0;
  auto operator<=>(const LinkName&) const = default;
};

struct CampaignName {
  std::uint32_t tenant = 0;
  std::string campaign;
  auto operator<=>(const CampaignName&) const = default;
};

/// The kind, the tenant and the campaign: the prefix of all keys of a kind and campaign, and the whole key of a layout.
std::string format_tenant_key(std::uint32_t tenant);
std::string campaign_prefix(char kind, std::uint32_t tenant, std::string_view campaign);

/// The prefix of all keys of a tenant that count by provider; and of one hour: no key of an earlier hour sorts behind it.
std::string provider_prefix(std::uint32_t tenant);
std::string provider_prefix(std::uint32_t tenant, std::uint32_t hour);

/// `address` is canonical; without a tenant the prefix of all of its scores.
std::string format_score_key(std::string_view address, std::optional<std::uint32_t> tenant);
/// The tenant of such a key. Error `corrupt`.
base::Result<std::uint32_t> parse_score_tenant(std::string_view key);

/// The errors are `corrupt`.
std::string format_counter_key(const Counter& counter);
base::Result<Counter> parse_counter_key(std::string_view key);
std::string format_stream_key(const StreamCounter& counter);
base::Result<StreamCounter> parse_stream_key(std::string_view key);
std::string format_provider_key(const ProviderCounter& counter);
base::Result<ProviderCounter> parse_provider_key(std::string_view key);
std::string format_place_key(const LinkName& name);
base::Result<LinkName> parse_place_key(std::string_view key);
std::string format_picture_key(const CampaignName& name);
base::Result<CampaignName> parse_picture_key(std::string_view key);

}  // namespace signpost::store
