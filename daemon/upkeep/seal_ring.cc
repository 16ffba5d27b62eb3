#include "daemon/upkeep/seal_ring.h"

#include <utility>

#include "base/crypto.h"
#include "base/keyring.h"
#include "system/file.h"

namespace signpost::daemon::upkeep {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kMaxRing = 1u << 16;

base::Result<base::Keyring> make_ring(const std::string& file) {
  auto ring = base::rotate({}, base::random_bytes(kKeyBytes));
  if (!ring) return ring;
  std::string text = base::format_keyring(*ring);
  const auto written = system::write_new_file(file, text);
  base::wipe(text);
  if (!written) return tl::unexpected(written.error());
  return ring;
}

base::Result<base::Keyring> find_ring(const std::string& file) {
  auto text = system::read_file(file, {.max_bytes = kMaxRing, .regular_only = true, .follow_link = false});
  if (!text && text.error().kind == base::ErrorKind::not_found) return make_ring(file);
  if (!text) return tl::unexpected(text.error());
  auto ring = base::parse_keyring(*text);
  base::wipe(*text);
  return ring;
}

}  // namespace

base::Result<std::shared_ptr<const mail::IdentitySealer>> own_sealer(const std::string& directory) {
  const std::string file = directory + "/seal.keys";
  auto ring = find_ring(file);
  if (!ring) return tl::unexpected(base::in_context(file, ring.error()));
  auto sealer = mail::IdentitySealer::create(std::move(*ring));
  if (!sealer) return tl::unexpected(base::in_context(file, sealer.error()));
  return std::make_shared<const mail::IdentitySealer>(std::move(*sealer));
}

}  // namespace signpost::daemon::upkeep
