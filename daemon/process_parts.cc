#include "daemon/process_parts.h"

#include <utility>

#include "daemon/upkeep/release_queue.h"
#include "mail/address.h"
#include "mail/hashed_address.h"
#include "system/dns_resolver.h"
#include "system/peer_credentials.h"

namespace signpost::daemon {
namespace {

/// What the log shows instead of an address with log.addresses = "hashed": `hmac:KEYID:HEX` over the canonical key, so
/// that lines about the same person can be joined.
policy::AddressView hashed_view(std::shared_ptr<const base::Keyring> keys) {
  return [keys = std::move(keys)](std::string_view text) -> std::string {
    const base::RingKey* key = keys->active();
    if (!key || text.empty()) return {};
    const auto address = mail::parse_address(text);
    return mail::format_hashed_address(
        mail::hash_address(*key, address ? mail::canonical_key(*address) : std::string(text)));
  };
}

}  // namespace

policy::AddressForms forms_under(std::shared_ptr<const base::Keyring> keys) {
  return [keys = std::move(keys)](std::string_view text) {
    std::vector<std::string> forms = {std::string(text)};
    if (!keys) return forms;
    const auto address = mail::parse_address(text);
    const std::string hashed = address ? mail::canonical_key(*address) : std::string(text);
    for (const base::RingKey& key : keys->keys)
      forms.push_back(mail::format_hashed_address(mail::hash_address(key, hashed)));
    return forms;
  };
}

PolicyLogSettings log_settings(const config::ProcessSettings& process) {
  PolicyLogSettings settings;
  settings.file = process.log_file;
  settings.format = process.log_format == config::LogFormat::json ? PolicyLogSettings::Format::json
                                                                  : PolicyLogSettings::Format::text;
  if (process.log_addresses == config::LogAddresses::hashed)
    settings.addresses = hashed_view(process.suppression_keys);
  return settings;
}

std::string events_path(const config::ProcessSettings& process) {
  return process.events_path.empty() ? process.store_path + "/events" : process.events_path;
}

base::Result<std::unique_ptr<system::DnsLookup>> ask_dns(const std::vector<system::DnsServer>& servers) {
  auto resolver = system::DnsResolver::create(servers);
  if (!resolver) return tl::unexpected(resolver.error());
  return std::unique_ptr<system::DnsLookup>(std::move(*resolver));
}

std::unique_ptr<upkeep::MtaQueue> hold_queue(const config::ProcessSettings& process) {
  if (process.hold_socket.empty()) return nullptr;
  return std::make_unique<upkeep::ReleaseQueue>(process.hold_socket);
}

std::function<bool(const milter::ReturnedMail&)> is_sent_by(const std::string& user) {
  const auto ids = system::find_user(user);
  return [ids](const milter::ReturnedMail& mail) {
    if (!mail.client_address || mail.client_port == 0) return false;
    const auto owner = system::find_tcp_owner(*mail.client_address, mail.client_port);
    return owner && (*owner == 0 || (ids && *owner == ids->user));
  };
}

dkim::RecordLookup records_by_dns(const config::DnsWatchSettings& settings) {
  return [settings](const std::string& name) -> base::Result<std::string> {
    const auto resolver = ask_dns(settings.servers);
    if (!resolver) return tl::unexpected(resolver.error());
    system::DnsAnswer answer =
        std::move((*resolver)->look_up({{name, system::DnsType::txt}}, settings.timeout).front());
    if (answer.kind == system::DnsAnswer::Kind::failed)
      return base::fail(base::ErrorKind::unavailable, name + ": " + answer.why);
    if (answer.texts.empty()) return base::fail(base::ErrorKind::not_found, name + ": " + answer.why);
    return std::move(answer.texts.front());
  };
}

}  // namespace signpost::daemon
