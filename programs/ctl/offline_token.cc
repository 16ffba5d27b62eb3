#include "programs/ctl/offline_token.h"

#include "base/encoding.h"
#include "policy/fields.h"
#include "track/token_url.h"

namespace signpost::programs {
namespace {

const char* purpose_word(track::Purpose purpose) {
  switch (purpose) {
    case track::Purpose::click:
      return "click";
    case track::Purpose::open:
      return "open";
    case track::Purpose::unsubscribe:
      return "unsubscribe";
  }
  return "unknown";
}

/// The tenant's name if it is configured, else the 32-bit hash that stands for it.
std::string tenant_name(std::uint32_t id, const std::vector<policy::Tenant>& tenants) {
  for (const policy::Tenant& tenant : tenants) {
    if (tenant.id() == id) return tenant.name;
  }
  std::string bytes(4, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(id >> (24 - 8 * i));
  return base::encode_hex(bytes);
}

std::string format_day(std::uint16_t day) {
  return base::format_time(base::Wall(std::chrono::days(day)))
      .substr(0, std::string_view("2026-11-23").size());
}

}  // namespace

base::Result<std::string> describe_token(std::string_view url, const track::Sealer& sealer,
                                         const std::vector<policy::Tenant>& tenants) {
  const auto found = track::find_token(url);
  if (!found) return tl::unexpected(found.error());
  const auto minted = track::open_token(sealer, *found);
  if (!minted) return tl::unexpected(minted.error());
  const track::Token* const token = &minted->token;

  std::string text;
  const auto add = [&text](std::string_view key, std::string value) {
    text += policy::format_fields({{key, std::move(value)}}) + "\n";
  };
  add("purpose", purpose_word(token->purpose));
  if (token->purpose == track::Purpose::click) add("target", token->target);
  add("mode", track::mode_word(token->mode));
  add("tenant", tenant_name(token->tenant, tenants));
  if (!token->campaign.empty()) add("campaign", token->campaign);
  if (token->purpose == track::Purpose::click) add("link", std::to_string(token->link));
  if (token->day != 0) add("day", format_day(token->day));
  if (token->mode == track::Mode::pseudonymous) {
    add("pseudonym", base::encode_hex(token->recipient));
  } else if (!token->recipient.empty()) {
    add("recipient", token->recipient);
  }
  if (!token->message.empty()) add("message", token->message);
  if (!token->stream.empty()) add("stream", token->stream);
  if (token->stream_code != 0) add("stream-code", std::to_string(token->stream_code));
  return text;
}

}  // namespace signpost::programs
