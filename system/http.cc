#include "system/http.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::system {
namespace {

/// An address as proxies write it: "192.0.2.1", "2001:db8::1", "[2001:db8::1]", either with a port.
std::optional<base::Ip> parse_forwarded(std::string_view text) {
  text = base::trim(text);
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  const auto ip = base::parse_ip(text);
  return ip ? std::optional(*ip) : std::nullopt;
}

bool is_trusted(const base::Ip& ip, const std::vector<base::Network>& trusted) {
  return std::any_of(trusted.begin(), trusted.end(),
                     [&ip](const base::Network& net) { return net.contains(ip); });
}

}  // namespace

std::string_view HttpRequest::find(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (base::equals_ignore_case(field, name)) return value;
  }
  return {};
}

std::size_t HttpRequest::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [name](const auto& field) {
    return base::equals_ignore_case(field.first, name);
  }));
}

std::string_view absolute_authority(std::string_view target) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!base::starts_with_ignore_case(target, scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    return rest.substr(0, rest.find_first_of("/?#"));
  }
  return {};
}

std::optional<std::string> requested_host(const HttpRequest& request) {
  if (request.count("Host") != 1) return std::nullopt;  // RFC 9112 §3.2
  std::string_view host = absolute_authority(request.target);
  if (host.empty()) host = request.find("Host");
  const std::size_t colon = host.rfind(':');
  if (colon != host.npos && host.find(']', colon) == host.npos) {
    const std::string_view port = host.substr(colon + 1);
    if (!std::all_of(port.begin(), port.end(), base::is_digit)) return std::nullopt;
    host = host.substr(0, colon);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return std::nullopt;
  return base::lower(host);
}

std::string client_address(const HttpRequest& request, const std::vector<base::Network>& trusted_proxies) {
  if (request.peer && !is_trusted(*request.peer, trusted_proxies)) return base::format_ip(*request.peer);
  for (auto field = request.fields.rbegin(); field != request.fields.rend(); ++field) {
    if (!base::equals_ignore_case(field->first, "X-Forwarded-For")) continue;
    const std::vector<std::string_view> hops = base::split(field->second, ',');
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
      const auto ip = parse_forwarded(*hop);
      if (!ip) return {};
      if (!is_trusted(*ip, trusted_proxies)) return base::format_ip(*ip);
    }
  }
  return request.peer ? base::format_ip(*request.peer) : std::string();
}

}  // namespace signpost::system
