#include "store/hit_keys.h"

#include <algorithm>
#include <utility>

namespace signpost::store {
namespace {

constexpr std::size_t kMaxText = 64;  ///< bytes of a campaign, and of the words of other keys
constexpr auto kLastCounted = static_cast<std::uint8_t>(Counted::refusal);

tl::unexpected<base::Error> corrupt() {
  return base::fail(base::ErrorKind::corrupt, "store: a key of the hits cannot be parsed");
}

void put_big_endian(std::string& key, std::uint64_t number, int bytes) {
  while (bytes-- > 0) key += static_cast<char>(number >> (8 * bytes));
}

/// Cut before a byte that a header field cannot contain, which would end it early.
void put_text(std::string& key, std::string_view text) {
  key.append(text.substr(0, std::min({text.size(), kMaxText, text.find('\0')}))).append(1, '\0');
}

/// Reads big endian numbers and texts that end in a NUL from the front of a key.
class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : rest_(key) {}
  std::uint64_t number(std::size_t bytes) {
    if (rest_.size() < bytes) {
      ok_ = false;
      return 0;
    }
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes; ++i) number = number << 8 | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(bytes);
    return number;
  }
  std::string text() {
    const std::size_t end = rest_.find('\0');
    if (end == rest_.npos || end > kMaxText) {
      ok_ = false;
      return {};
    }
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::string rest() { return std::string(std::exchange(rest_, {})); }
  bool whole() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::string campaign_prefix(char kind, std::uint32_t tenant, std::string_view campaign) {
  std::string prefix(1, kind);
  put_big_endian(prefix, tenant, 4);
  put_text(prefix, campaign);
  return prefix;
}

std::uint32_t hour_of(base::Wall time) {
  const auto hours = std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
  return static_cast<std::uint32_t>(std::max<std::int64_t>(hours, 0));
}

std::string format_counter_key(const Counter& counter) {
  std::string key = campaign_prefix('c', counter.tenant, counter.campaign);
  put_big_endian(key, counter.hour, 4);
  put_big_endian(key, static_cast<std::uint8_t>(counter.what), 1);
  put_big_endian(key, counter.link, 2);
  return key;
}

base::Result<Counter> parse_counter_key(std::string_view key) {
  if (!key.starts_with('c')) return corrupt();
  KeyReader in(key.substr(1));
  Counter counter;
  counter.tenant = static_cast<std::uint32_t>(in.number(4));
  counter.campaign = in.text();
  counter.hour = static_cast<std::uint32_t>(in.number(4));
  const std::uint64_t what = in.number(1);
  counter.link = static_cast<std::uint16_t>(in.number(2));
  if (!in.whole() || what < 1 || what > kLastCounted) return corrupt();
  counter.what = static_cast<Counted>(what);
  return counter;
}

std::string format_stream_key(const StreamCounter& counter) {
  std::string key = campaign_prefix('r', counter.tenant, counter.campaign);
  put_big_endian(key, counter.hour, 4);
  put_big_endian(key, static_cast<std::uint8_t>(counter.what), 1);
  return key.append(counter.stream);
}

base::Result<StreamCounter> parse_stream_key(std::string_view key) {
  if (!key.starts_with('r')) return corrupt();
  KeyReader in(key.substr(1));
  StreamCounter counter;
  counter.tenant = static_cast<std::uint32_t>(in.number(4));
  counter.campaign = in.text();
  counter.hour = static_cast<std::uint32_t>(in.number(4));
  const std::uint64_t what = in.number(1);
  counter.stream = in.rest();
  if (!in.whole() || what < 1 || what > kLastCounted) return corrupt();
  counter.what = static_cast<Counted>(what);
  return counter;
}

std::string provider_prefix(std::uint32_t tenant) {
  std::string prefix(1, 'v');
  put_big_endian(prefix, tenant, 4);
  return prefix;
}

std::string provider_prefix(std::uint32_t tenant, std::uint32_t hour) {
  std::string prefix = provider_prefix(tenant);
  put_big_endian(prefix, hour, 4);
  return prefix;
}

std::string format_provider_key(const ProviderCounter& counter) {
  std::string key = provider_prefix(counter.tenant, counter.hour);
  put_big_endian(key, static_cast<std::uint8_t>(counter.what), 1);
  put_text(key, counter.provider);
  put_text(key, counter.reason);
  return key.append(counter.stream);
}

base::Result<ProviderCounter> parse_provider_key(std::string_view key) {
  if (!key.starts_with('v')) return corrupt();
  KeyReader in(key.substr(1));
  ProviderCounter counter;
  counter.tenant = static_cast<std::uint32_t>(in.number(4));
  counter.hour = static_cast<std::uint32_t>(in.number(4));
  const std::uint64_t what = in.number(1);
  counter.provider = in.text();
  counter.reason = in.text();
  counter.stream = in.rest();
  if (!in.whole() || what < 1 || what > kLastCounted) return corrupt();
  counter.what = static_cast<Counted>(what);
  return counter;
}

std::string format_tenant_key(std::uint32_t tenant) {
  std::string key = "t";
  put_big_endian(key, tenant, 4);
  return key;
}

std::string format_score_key(std::string_view address, std::optional<std::uint32_t> tenant) {
  std::string key = "q";
  key.append(address).append(1, '\0');
  if (tenant) put_big_endian(key, *tenant, 4);
  return key;
}

base::Result<std::uint32_t> parse_score_tenant(std::string_view key) {
  if (key.size() < 6 || key[key.size() - 5] != '\0') return corrupt();
  KeyReader reader(key.substr(key.size() - 4));
  return static_cast<std::uint32_t>(reader.number(4));
}

std::string format_place_key(const LinkName& name) {
  std::string key = campaign_prefix('p', name.tenant, name.campaign);
  put_big_endian(key, name.link, 2);
  return key;
}

base::Result<LinkName> parse_place_key(std::string_view key) {
  if (!key.starts_with('p')) return corrupt();
  KeyReader in(key.substr(1));
  LinkName name;
  name.tenant = static_cast<std::uint32_t>(in.number(4));
  name.campaign = in.text();
  name.link = static_cast<std::uint16_t>(in.number(2));
  if (!in.whole()) return corrupt();
  return name;
}

std::string format_picture_key(const CampaignName& name) {
  return campaign_prefix('s', name.tenant, name.campaign);
}

base::Result<CampaignName> parse_picture_key(std::string_view key) {
  if (!key.starts_with('s')) return corrupt();
  KeyReader in(key.substr(1));
  CampaignName name;
  name.tenant = static_cast<std::uint32_t>(in.number(4));
  name.campaign = in.text();
  if (!in.whole()) return corrupt();
  return name;
}

}  // namespace signpost::store
