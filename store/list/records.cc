#include "store/list/records.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/siphash.h"
#include "base/text.h"

namespace signpost::store::list {
namespace {

using base::ByteReader;
using base::ByteWriter;
using policy::Reason;

constexpr std::uint8_t kRecordVersion = 1;
constexpr std::uint8_t kBoundVersion = 2;  ///< its checksum is over the key, then version and content
constexpr std::size_t kChecksumBytes = 4;

constexpr std::uint8_t kHasUntil = 1;
constexpr std::uint8_t kSubdomains = 2;
constexpr std::uint8_t kAsGiven = 4;  ///< spelled otherwise than the key
constexpr std::uint8_t kHasTrial = 8;
constexpr std::uint8_t kAllFlags = kHasUntil | kSubdomains | kAsGiven | kHasTrial;

/// Numbers on disk; they never change, whatever the order of the enum.
constexpr struct {
  Reason reason;
  std::uint8_t code;
} kReasonCodes[] = {
    {Reason::hard_bounce, 1}, {Reason::soft_bounce, 2}, {Reason::complaint, 3},
    {Reason::unsubscribe, 4}, {Reason::manual, 5},      {Reason::trap, 6},
    {Reason::dead_domain, 7}, {Reason::allow, 8},       {Reason::no_tracking, 9},
};

std::uint8_t code_of(Reason reason) {
  for (const auto& row : kReasonCodes) {
    if (row.reason == reason) return row.code;
  }
  return 0;
}
std::optional<Reason> reason_of(std::uint8_t code) {
  for (const auto& row : kReasonCodes) {
    if (row.code == code) return row.reason;
  }
  return std::nullopt;
}

tl::unexpected<base::Error> corrupt(const std::string& what) {
  return base::fail(base::ErrorKind::corrupt, "store: " + what);
}

std::int64_t millis(base::Wall time) {
  return time.time_since_epoch().count();
}
base::Wall wall(std::int64_t count) {
  return base::Wall{std::chrono::milliseconds{count}};
}

/// Every value: version, content, checksum over both.
ByteWriter begin_record() {
  ByteWriter out;
  out.byte(kRecordVersion);
  return out;
}
std::string end_record(ByteWriter out) {
  out.word(base::checksum(out.bytes()));
  return out.take();
}
/// The content of a value whose checksum and version are right. With a key: one that may be bound to it.
base::Result<ByteReader> open_record(std::string_view bytes, std::optional<std::string_view> key = {}) {
  if (bytes.size() < 1 + kChecksumBytes) return corrupt("a record is incomplete");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  const auto version = static_cast<std::uint8_t>(body[0]);
  const bool is_bound = key && version == kBoundVersion;
  const std::uint32_t expected = is_bound ? base::checksum(*key, body) : base::checksum(body);
  if (ByteReader(bytes.substr(body.size())).word() != expected) return corrupt("a record is damaged");
  if (!is_bound && version != kRecordVersion) return corrupt("a record has an unknown version");
  return ByteReader(body.substr(1));
}
bool read_whole(const ByteReader& in) {
  return in.ok() && in.at_end();
}

void write_until(ByteWriter& out, const std::optional<base::Wall>& until) {
  out.byte(until ? 1 : 0);
  if (until) out.signed_number(millis(*until));
}
/// False if it does not fit.
bool read_until(ByteReader& in, std::optional<base::Wall>& until) {
  const std::uint8_t given = in.byte();
  if (given == 1) until = wall(in.signed_number());
  return in.ok() && given <= 1;
}

void write_entry(ByteWriter& out, const Entry& entry) {
  const policy::Listing& listing = entry.listing;
  const bool as_given = listing.as_given != listing.address;
  out.byte(code_of(listing.reason));
  out.byte(static_cast<std::uint8_t>((listing.until ? kHasUntil : 0) |
                                     (listing.subdomains ? kSubdomains : 0) | (as_given ? kAsGiven : 0) |
                                     (listing.trial ? kHasTrial : 0)));
  out.text(listing.tenant);
  out.text(listing.stream);
  out.signed_number(millis(listing.since));
  if (listing.until) out.signed_number(millis(*listing.until));
  if (listing.trial) out.signed_number(millis(*listing.trial));
  out.text(listing.by);
  out.text(listing.note);
  if (as_given) out.text(listing.as_given);
  out.number(entry.generation);
}

std::optional<Entry> read_entry(ByteReader& in, std::string_view address) {
  Entry entry;
  policy::Listing& listing = entry.listing;
  const auto reason = reason_of(in.byte());
  const std::uint8_t flags = in.byte();
  if (!reason || (flags & ~kAllFlags) != 0) return std::nullopt;
  listing.address = address;
  listing.reason = *reason;
  listing.subdomains = (flags & kSubdomains) != 0;
  listing.tenant = in.text();
  listing.stream = in.text();
  listing.since = wall(in.signed_number());
  if ((flags & kHasUntil) != 0) listing.until = wall(in.signed_number());
  if ((flags & kHasTrial) != 0) listing.trial = wall(in.signed_number());
  listing.by = in.text();
  listing.note = in.text();
  listing.as_given = (flags & kAsGiven) != 0 ? in.text() : address;
  entry.generation = in.number();
  if (!in.ok() || ((flags & kAsGiven) != 0 && listing.as_given == address)) return std::nullopt;
  return entry;
}

}  // namespace

std::string reversed_domain(std::string_view domain) {
  if (domain.starts_with('[')) return std::string(domain);
  std::string reversed;
  reversed.reserve(domain.size());
  while (true) {
    const std::size_t dot = domain.rfind('.');
    if (dot == std::string_view::npos) return reversed.append(domain);
    reversed.append(domain.substr(dot + 1)).push_back('.');
    domain = domain.substr(0, dot);
  }
}

std::string address_key(const mail::Address& address) {
  const std::string canonical = mail::canonical_key(address);
  const std::size_t at = canonical.rfind('@');
  std::string key = reversed_domain(std::string_view(canonical).substr(at + 1));
  key.push_back('\0');
  return key.append(canonical, 0, at);
}

base::Result<mail::Address> parse_address_key(std::string_view key) {
  const std::size_t end = key.find('\0');
  if (end == 0 || end == std::string_view::npos || end + 1 == key.size())
    return corrupt("a key is not an address");
  const std::string_view name = key.substr(0, end);
  const bool has_bracket_inside = name.find('[', 1) != std::string_view::npos;
  if (has_bracket_inside || name.find('@') != std::string_view::npos)
    return corrupt("a key is not an address");
  return mail::Address{std::string(key.substr(end + 1)), reversed_domain(name)};
}

std::string format_record(std::string_view key, const std::vector<Entry>& entries) {
  ByteWriter out;
  out.byte(kBoundVersion);
  out.number(entries.size());
  for (const Entry& entry : entries) write_entry(out, entry);
  out.word(base::checksum(key, out.bytes()));
  return out.take();
}

base::Result<std::vector<Entry>> parse_record(std::string_view key, std::string_view address,
                                              std::string_view bytes) {
  auto in = open_record(bytes, key);
  if (!in) return tl::unexpected(in.error());
  std::vector<Entry> entries;
  for (std::uint64_t left = in->number(); left > 0; --left) {
    auto entry = read_entry(*in, address);
    if (!entry) return corrupt("a record has no entries");
    entries.push_back(std::move(*entry));
  }
  if (!read_whole(*in)) return corrupt("a record has bytes after its entries");
  return entries;
}

std::string set_key(Reason reason, std::string_view tenant) {
  std::string key(1, static_cast<char>(code_of(reason)));
  return key.append(tenant);
}

base::Result<SetName> parse_set_key(std::string_view key) {
  const auto reason = key.empty() ? std::nullopt : reason_of(static_cast<std::uint8_t>(key[0]));
  if (!reason) return corrupt("a key is not the name of a set");
  return SetName{*reason, std::string(key.substr(1))};
}

std::string format_set(const Set& set) {
  ByteWriter out = begin_record();
  out.number(set.generation);
  out.number(set.entries);
  return end_record(std::move(out));
}

base::Result<Set> parse_set(std::string_view bytes) {
  auto in = open_record(bytes);
  if (!in) return tl::unexpected(in.error());
  Set set;
  set.generation = in->number();
  set.entries = in->number();
  if (!read_whole(*in)) return corrupt("the record of a set cannot be parsed");
  return set;
}

std::string format_replacing(const Replacing& replacing) {
  ByteWriter out = begin_record();
  out.text(set_key(replacing.name.reason, replacing.name.tenant));
  out.number(replacing.generation);
  out.number(replacing.added);
  return end_record(std::move(out));
}

base::Result<Replacing> parse_replacing(std::string_view bytes) {
  auto in = open_record(bytes);
  if (!in) return tl::unexpected(in.error());
  auto name = parse_set_key(in->text());
  if (!name) return tl::unexpected(name.error());
  Replacing replacing{std::move(*name), in->number(), 0};
  replacing.added = in->number();
  if (!read_whole(*in)) return corrupt("the record of a replacement cannot be parsed");
  return replacing;
}

std::string format_pause(const policy::limits::Pause& pause) {
  ByteWriter out = begin_record();
  write_until(out, pause.until);
  out.text(pause.by);
  return end_record(std::move(out));
}

base::Result<policy::limits::Pause> parse_pause(std::string_view bytes) {
  auto in = open_record(bytes);
  if (!in) return tl::unexpected(in.error());
  policy::limits::Pause pause;
  const bool fits = read_until(*in, pause.until);
  pause.by = in->text();
  if (!fits || !read_whole(*in)) return corrupt("the record of a pause cannot be parsed");
  return pause;
}

std::string format_limit_override(const policy::limits::LimitOverride& limit) {
  ByteWriter out = begin_record();
  out.number(limit.rates.size());
  for (const policy::Rate& rate : limit.rates) {
    out.number(rate.count);
    out.signed_number(rate.window.count());
  }
  write_until(out, limit.until);
  out.text(limit.by);
  return end_record(std::move(out));
}

base::Result<policy::limits::LimitOverride> parse_limit_override(std::string_view bytes) {
  auto in = open_record(bytes);
  if (!in) return tl::unexpected(in.error());
  policy::limits::LimitOverride limit;
  for (std::uint64_t left = in->number(); left > 0 && in->ok(); --left) {
    policy::Rate rate;
    rate.count = in->number();
    rate.window = std::chrono::nanoseconds{in->signed_number()};
    if (rate.window <= std::chrono::nanoseconds{0}) return corrupt("a limit override has no unit of time");
    limit.rates.push_back(rate);
  }
  const bool fits = read_until(*in, limit.until);
  limit.by = in->text();
  if (!fits || !read_whole(*in)) return corrupt("the record of a limit override cannot be parsed");
  return limit;
}

std::string link_key(std::string_view scope, std::string_view value) {
  return std::string(scope).append(1, '\0').append(value);
}

std::string format_link_block(const LinkBlock& block) {
  ByteWriter out = begin_record();
  out.signed_number(block.since.time_since_epoch().count());
  out.text(block.by);
  out.text(block.note);
  return end_record(std::move(out));
}

base::Result<LinkBlock> parse_link_block(std::string_view key, std::string_view bytes) {
  const std::size_t end = key.find('\0');
  auto in = open_record(bytes);
  if (!in) return tl::unexpected(in.error());
  if (end == std::string_view::npos) return corrupt("a key is not that of a disabled link");
  LinkBlock block{std::string(key.substr(0, end)), std::string(key.substr(end + 1)), {}, {}, {}};
  block.since = base::Wall(base::Wall::duration(in->signed_number()));
  block.by = in->text();
  block.note = in->text();
  if (!read_whole(*in)) return corrupt("the record of a disabled link cannot be parsed");
  return block;
}

std::string format_picture(const Picture& picture) {
  ByteWriter out = begin_record();
  out.number(picture.hour);
  out.text(picture.skeleton);
  out.text(picture.sample);
  out.text(picture.person);
  return end_record(std::move(out));
}

base::Result<Picture> parse_picture(std::string_view bytes) {
  auto in = open_record(bytes);
  if (!in) return tl::unexpected(in.error());
  Picture picture;
  const std::uint64_t hour = in->number();
  picture.hour = static_cast<std::uint32_t>(hour);
  picture.skeleton = in->text();
  picture.sample = in->text();
  picture.person = in->text();
  if (!read_whole(*in) || hour != picture.hour)
    return corrupt("the record of a click map's layout cannot be parsed");
  return picture;
}

std::string format_number(std::uint64_t number) {
  ByteWriter out = begin_record();
  out.number(number);
  return end_record(std::move(out));
}

base::Result<std::uint64_t> parse_number_record(std::string_view bytes) {
  auto in = open_record(bytes);
  if (!in) return tl::unexpected(in.error());
  const std::uint64_t number = in->number();
  if (!read_whole(*in)) return corrupt("the record of a number cannot be parsed");
  return number;
}

}  // namespace signpost::store::list
