// A query is a list of name=value joined by "&", as forms and analytics read it.
#include "track/tagging.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mail/address.h"
#include "track/token.h"

namespace signpost::track {
namespace {

constexpr std::string_view kCampaign = "{campaign}";
constexpr std::string_view kStream = "{stream}";

std::string expand(std::string_view value, const TagValues& values) {
  std::string out;
  while (!value.empty()) {
    if (value.starts_with(kCampaign)) {
      out += values.campaign;
      value.remove_prefix(kCampaign.size());
    } else if (value.starts_with(kStream)) {
      out += values.stream;
      value.remove_prefix(kStream.size());
    } else {
      out += value.front();
      value.remove_prefix(1);
    }
  }
  return out;
}

/// RFC 3986 §2.3: everything but unreserved characters is percent-encoded.
std::string encode_component(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (base::is_alnum(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

int hex_value(char c) {
  if (base::is_digit(c)) return c - '0';
  c = base::to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decode_component(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

/// True if the query (without its "?") has a parameter of that name.
bool has_parameter(std::string_view query, std::string_view name) {
  const auto parameters = base::split(query, '&');
  return std::any_of(parameters.begin(), parameters.end(), [name](std::string_view parameter) {
    return decode_component(parameter.substr(0, parameter.find('='))) == name;
  });
}

void add_tag(std::string& target, std::string_view name, std::string_view value) {
  const std::size_t end = std::min(target.find('#'), target.size());
  const std::size_t mark = target.find('?');
  const bool has_query = mark < end;
  const std::string_view query =
      has_query ? std::string_view(target).substr(mark + 1, end - mark - 1) : std::string_view();
  if (has_parameter(query, name)) return;
  std::string added = !has_query ? "?" : query.empty() || query.ends_with('&') ? "" : "&";
  added.append(encode_component(name)).append("=").append(encode_component(value));
  if (target.size() + added.size() <= kMaxTarget) target.insert(end, added);
}

}  // namespace

void add_tags(std::string& target, const std::vector<QueryTag>& tags, const TagValues& values) {
  for (const QueryTag& tag : tags) {
    const std::string_view host = host_of(target);
    const bool meant = std::any_of(tag.hosts.begin(), tag.hosts.end(), [host](const std::string& one) {
      return mail::is_same_or_subdomain(host, one);
    });
    if (!meant) continue;
    const std::string value = expand(tag.value, values);
    if (!value.empty()) add_tag(target, tag.name, value);
  }
}

base::Result<std::string> parse_tag_value(std::string_view text) {
  const bool plain = !text.empty() && base::is_utf8(text) &&
                     std::none_of(text.begin(), text.end(),
                                  [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
  if (!plain) return base::invalid("must be text without control characters");
  for (std::size_t at = text.find_first_of("{}"); at != text.npos; at = text.find_first_of("{}", at)) {
    const std::string_view rest = text.substr(at);
    if (!rest.starts_with(kCampaign) && !rest.starts_with(kStream)) {
      return base::invalid("the only placeholders in a value are {campaign} and {stream}");
    }
    at += rest.find('}') + 1;
  }
  return std::string(text);
}

}  // namespace signpost::track
