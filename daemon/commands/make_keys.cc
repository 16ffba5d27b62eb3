#include "daemon/commands/make_keys.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/keyring.h"
#include "config/key_loader.h"
#include "dkim/record.h"
#include "mail/address.h"
#include "system/file.h"

namespace signpost::daemon::commands {
namespace {

constexpr std::size_t kRingKeyBytes = 32;

base::Result<std::string> create_ring(const std::string& file) {
  base::Keyring ring;
  ring.keys.push_back({1, base::KeyState::active, base::random_bytes(kRingKeyBytes)});
  if (auto written = system::write_new_file(file, base::format_keyring(ring)); !written)
    return tl::unexpected(written.error());
  return "made " + file + "; key 1 is active";
}

/// The key that a revocation without id means.
base::Result<std::uint8_t> only_accepted(const base::Keyring& ring) {
  std::vector<std::uint8_t> accepted;
  for (const base::RingKey& key : ring.keys) {
    if (key.state == base::KeyState::accept) accepted.push_back(key.id);
  }
  if (accepted.size() == 1) return accepted.front();
  if (accepted.empty())
    return base::invalid("no key is in state accept; the active key can be revoked only after `key rotate`");
  std::string ids;
  for (const std::uint8_t id : accepted) ids += (ids.empty() ? "" : ", ") + std::to_string(id);
  return base::invalid("several keys are in state accept; name one of " + ids);
}

struct Changed {
  base::Keyring ring;
  std::string done;
};

base::Result<Changed> rotated(base::Keyring ring) {
  auto next = base::rotate(std::move(ring), base::random_bytes(kRingKeyBytes));
  if (!next) return tl::unexpected(next.error());
  const std::string id = std::to_string(next->active()->id);
  return Changed{std::move(*next), "key " + id + " is active now; the former one is still accepted"};
}

base::Result<Changed> revoked(base::Keyring ring, std::optional<std::uint8_t> id) {
  if (!id) {
    const auto only = only_accepted(ring);
    if (!only) return tl::unexpected(only.error());
    id = *only;
  }
  auto next = base::revoke(std::move(ring), *id);
  if (!next) return tl::unexpected(next.error());
  return Changed{std::move(*next),
                 "key " + std::to_string(*id) + " is revoked; links that it sealed no longer work"};
}

}  // namespace

base::Result<DkimKeyMade> generate_dkim_key(const DkimKeyRequest& request, const std::string& suffix) {
  const auto domain = mail::canonical_domain(request.domain);
  if (!domain) return tl::unexpected(base::in_context("domain '" + request.domain + "'", domain.error()));
  if (domain->starts_with('[')) return base::invalid("domain '" + request.domain + "' is an IP address");
  const auto selector = config::parse_selector(request.selector);
  if (!selector) return tl::unexpected(selector.error());
  const auto key = base::PrivateKey::generate(request.type, request.bits);
  if (!key) return tl::unexpected(key.error());

  DkimKeyMade made;
  made.file = request.directory + "/" + config::KeyFileName{*domain, *selector}.format();
  made.name = dkim::record_name(*domain, *selector);
  made.zone_record = dkim::format_zone_record(*domain, *selector, *key);
  made.record = dkim::format_record(*key);
  std::string pem = key->to_pem();
  const auto written = system::write_new_file(made.file + suffix, pem);
  base::wipe(pem);
  if (!written) return tl::unexpected(written.error());
  return made;
}

std::string format_json(const DkimKeyMade& made) {
  const nlohmann::ordered_json json = {{"file", made.file},
                                       {"name", made.name},
                                       {"record", made.record},
                                       {"strings", dkim::split_record(made.record)},
                                       {"zone", made.zone_record}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

base::Result<KeyKind> key_kind_of(std::string_view word) {
  if (word == "ed25519") return KeyKind{base::KeyType::ed25519, 0};
  for (const int bits : {2048, 3072, 4096}) {
    if (word == "rsa" + std::to_string(bits)) return KeyKind{base::KeyType::rsa, bits};
  }
  return base::invalid("'" + std::string(word) + "' is not one of rsa2048, rsa3072, rsa4096, ed25519");
}

base::Result<std::string> change_ring(RingChange change, const std::string& file,
                                      std::optional<std::uint8_t> id) {
  if (change == RingChange::create) return create_ring(file);
  const auto text = system::read_file(file);
  if (!text) return tl::unexpected(text.error());
  auto ring = base::parse_keyring(*text);
  if (!ring) return tl::unexpected(base::in_context(file, ring.error()));
  const auto changed =
      change == RingChange::rotate ? rotated(std::move(*ring)) : revoked(std::move(*ring), id);
  if (!changed) return tl::unexpected(base::in_context(file, changed.error()));
  const std::string ring_text = base::format_keyring(changed->ring);
  auto written = system::replace_file(file, system::fill_with(ring_text), {.keep_owner = true});
  if (!written) return tl::unexpected(written.error());
  return file + ": " + changed->done;
}

}  // namespace signpost::daemon::commands
