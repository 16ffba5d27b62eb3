// The words of tracking (modes, the Signpost-Track header), and what holds for whom.
#include "track/settings.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace signpost::track {
namespace {

constexpr const char* kTrackWords =
    "expected off, or clicks, opens and at most one of anonymous, pseudonymous, identified";

}  // namespace

const char* mode_word(Mode mode) {
  switch (mode) {
    case Mode::off:
      return "off";
    case Mode::anonymous:
      return "anonymous";
    case Mode::pseudonymous:
      return "pseudonymous";
    case Mode::identified:
      return "identified";
  }
  return "off";
}

base::Result<Mode> parse_mode(std::string_view word) {
  for (const Mode mode : {Mode::off, Mode::anonymous, Mode::pseudonymous, Mode::identified}) {
    if (base::equals_ignore_case(word, mode_word(mode))) return mode;
  }
  return base::invalid("expected off, anonymous, pseudonymous or identified");
}

base::Result<StreamMode> parse_stream_mode(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos)
    return base::invalid("expected STREAM=MODE, as in bulk=anonymous");
  const auto mode = parse_mode(text.substr(equals + 1));
  if (!mode) return tl::unexpected(mode.error());
  return StreamMode{std::string(text.substr(0, equals)), *mode};
}

void Settings::set_tenants(const std::map<std::uint32_t, TenantSettings>& tenants) {
  auto hosts = std::make_shared<std::set<std::string>>();
  if (!host.empty()) hosts->insert(host);
  for (const auto& [id, tenant] : tenants) {
    if (!tenant.host.empty()) hosts->insert(tenant.host);
  }
  own_hosts = std::move(hosts);

  tenants_.clear();
  const Settings site = *this;
  for (const auto& [id, tenant] : tenants) {
    auto own = std::make_shared<Settings>(site);
    if (!tenant.host.empty()) own->host = tenant.host;
    if (tenant.mode) own->mode = *tenant.mode;
    own->stream_modes.insert(own->stream_modes.end(), tenant.stream_modes.begin(), tenant.stream_modes.end());
    own->targets = tenant.targets;
    if (!tenant.notify.empty()) own->notify = tenant.notify;
    tenants_[id] = std::move(own);
  }
}

const Settings& Settings::of(std::uint32_t tenant) const {
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? *this : *found->second;
}

Mode Settings::mode_of(std::string_view stream) const {
  Mode narrowest = mode;
  for (const StreamMode& bound : stream_modes) {
    if (bound.stream == stream) narrowest = std::min(narrowest, bound.mode);
  }
  return narrowest;
}

base::Result<Request> parse_track_header(std::string_view value) {
  bool clicks = false;
  bool opens = false;
  std::size_t modes = 0;
  Request request;
  for (std::string_view rest = base::trim(value); !rest.empty(); rest = base::trim(rest)) {
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r\n"));
    rest.remove_prefix(word.size());
    if (base::equals_ignore_case(word, "clicks")) {
      clicks = true;
    } else if (base::equals_ignore_case(word, "opens")) {
      opens = true;
    } else if (const auto mode = parse_mode(word)) {
      request.mode = *mode;
      ++modes;
    } else {
      return base::invalid(kTrackWords);
    }
  }
  const bool named = clicks || opens;
  if (modes > 1 || (!named && modes == 0) || (named && request.mode == Mode::off)) {
    return base::invalid(kTrackWords);
  }
  // A mode alone leaves what is tracked as configured; "off" leaves nothing.
  const bool tracked = request.mode != Mode::off;
  request.clicks = named ? clicks : tracked;
  request.opens = named ? opens : tracked;
  return request;
}

}  // namespace signpost::track
