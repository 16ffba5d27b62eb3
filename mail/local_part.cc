#include "mail/local_part.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include <uninorm.h>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace signpost::mail {
namespace {

constexpr std::string_view kGmail = "gmail.com";
constexpr std::string_view kGooglemail = "googlemail.com";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string to_nfc(std::string_view text) {
  std::size_t length = 0;
  const std::unique_ptr<std::uint8_t, void (*)(void*)> normal(
      u8_normalize(UNINORM_NFC, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), nullptr,
                   &length),
      std::free);
  if (!normal) std::abort();  // no memory
  return {reinterpret_cast<const char*>(normal.get()), length};
}

/// The canonical form, however long.
std::string whole_canonical(std::string_view local) {
  if (is_ascii(local) || !base::is_utf8(local)) return base::lower(local);
  // Composing first keeps a decomposed capital what its composed one is; some small letters compose only
  // once they are small.
  return to_nfc(base::lower(to_nfc(local)));
}

/// A short name before a "+" is kept, so that folding finds it.
std::string shortened(std::string local) {
  constexpr std::size_t kMaxName = 100;
  if (local.size() <= kMaxCanonicalLocal) return local;
  const std::size_t plus = local.find('+');
  const std::string name = plus <= kMaxName ? local.substr(0, plus + 1) : std::string();
  return name + "sha256=" + base::encode_hex(base::as_bytes(base::sha256(local)));
}

}  // namespace

std::string canonical_local(std::string_view local) {
  return shortened(whole_canonical(local));
}

Address fold(const Address& address, Folds folds) {
  Address folded{whole_canonical(address.local), address.domain};
  if (folds.plus_tag) {
    const std::size_t plus = folded.local.find('+');
    if (plus != std::string::npos && plus > 0) folded.local.resize(plus);
  }
  if (folds.gmail_dots && (folded.domain == kGmail || folded.domain == kGooglemail)) {
    const bool has_more = folded.local.find_first_not_of('.') != std::string::npos;
    if (has_more) std::erase(folded.local, '.');
    folded.domain = kGmail;
  }
  folded.local = shortened(std::move(folded.local));
  return folded;
}

}  // namespace signpost::mail
