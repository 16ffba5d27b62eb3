#include "programs/offline_keys.h"

#include <algorithm>
#include <utility>

#include "base/keyring.h"
#include "base/text.h"
#include "dkim/record.h"
#include "mail/address.h"
#include "programs/offline_files.h"

namespace signpost::programs {
namespace {

constexpr std::size_t kRingKeyBytes = 32;

/// RFC 6376 §3.1: labels of a host name; "_" is let through as DNS does.
base::Result<void> check_selector(std::string_view selector) {
  for (const std::string_view label : base::split(selector, '.')) {
    const bool good = !label.empty() && label.size() <= 63 &&
                      std::all_of(label.begin(), label.end(),
                                  [](char c) { return base::is_alnum(c) || c == '-' || c == '_'; });
    if (!good)
      return base::invalid("selector '" + std::string(selector) +
                           "': letters, digits, '-', '_' and '.' between labels");
  }
  return {};
}

base::Result<std::string> create_ring(const std::string& file) {
  base::Keyring ring;
  ring.keys.push_back({1, base::KeyState::active, base::random_bytes(kRingKeyBytes)});
  if (auto written = write_new_file(file, base::format_keyring(ring)); !written)
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
                 "key " + std::to_string(*id) + " is revoked; what it sealed opens no more"};
}

}  // namespace

base::Result<DkimKeyMade> generate_dkim_key(const DkimKeyRequest& request) {
  const auto domain = mail::canonical_domain(request.domain);
  if (!domain) return tl::unexpected(base::in_context("domain '" + request.domain + "'", domain.error()));
  if (domain->starts_with('[')) return base::invalid("domain '" + request.domain + "' is an address");
  if (auto checked = check_selector(request.selector); !checked) return tl::unexpected(checked.error());
  const auto key = base::PrivateKey::generate(request.type, request.bits);
  if (!key) return tl::unexpected(key.error());

  DkimKeyMade made;
  made.file = request.directory + "/" + *domain + "." + request.selector + ".pem";
  made.zone_record = dkim::format_zone_record(*domain, request.selector, *key);
  made.record = dkim::format_record(*key);
  std::string pem = key->to_pem();
  const auto written = write_new_file(made.file, pem);
  base::wipe(pem);
  if (!written) return tl::unexpected(written.error());
  return made;
}

base::Result<std::string> change_ring(RingChange change, const std::string& file,
                                      std::optional<std::uint8_t> id) {
  if (change == RingChange::create) return create_ring(file);
  const auto text = read_whole_file(file);
  if (!text) return tl::unexpected(text.error());
  auto ring = base::parse_keyring(*text);
  if (!ring) return tl::unexpected(base::in_context(file, ring.error()));
  const auto changed =
      change == RingChange::rotate ? rotated(std::move(*ring)) : revoked(std::move(*ring), id);
  if (!changed) return tl::unexpected(base::in_context(file, changed.error()));
  if (auto written = replace_file(file, base::format_keyring(changed->ring)); !written)
    return tl::unexpected(written.error());
  return file + ": " + changed->done;
}

}  // namespace signpost::programs
