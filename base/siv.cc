#include "base/siv.h"

#include <cstdint>
#include <utility>

#include <nettle/siv-cmac.h>

#include "base/crypto.h"

namespace signpost::base {
namespace {

constexpr std::uint8_t kNonce[] = {0};

const std::uint8_t* in(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
std::uint8_t* out(std::string& bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes.data());
}

}  // namespace

struct Siv::State {
  explicit State(std::string_view text) : associated(text) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { wipe(&key, sizeof key); }

  siv_cmac_aes128_ctx key{};
  std::string associated;
};

Siv::Siv(std::unique_ptr<State> state) : state_(std::move(state)) {}
Siv::Siv(Siv&&) noexcept = default;
Siv& Siv::operator=(Siv&&) noexcept = default;
Siv::~Siv() = default;

Result<Siv> Siv::create(std::string_view key32, std::string_view associated) {
  if (key32.size() != SIV_CMAC_AES128_KEY_SIZE) return invalid("an AES-128-SIV key must be 32 bytes");
  auto state = std::make_unique<State>(associated);
  siv_cmac_aes128_set_key(&state->key, in(key32));
  return Siv(std::move(state));
}

std::string Siv::seal(std::string_view plaintext) const {
  std::string sealed(SIV_DIGEST_SIZE + plaintext.size(), '\0');
  siv_cmac_aes128_encrypt_message(&state_->key, sizeof kNonce, kNonce, state_->associated.size(),
                                  in(state_->associated), sealed.size(), out(sealed), in(plaintext));
  return sealed;
}

Result<std::string> Siv::open(std::string_view sealed) const {
  if (sealed.size() < SIV_DIGEST_SIZE) return invalid("too short to be sealed data");
  std::string plaintext(sealed.size() - SIV_DIGEST_SIZE, '\0');
  if (siv_cmac_aes128_decrypt_message(&state_->key, sizeof kNonce, kNonce, state_->associated.size(),
                                      in(state_->associated), plaintext.size(), out(plaintext),
                                      in(sealed)) != 1) {
    wipe(plaintext);
    return invalid("sealed with another key, or changed since");
  }
  return plaintext;
}

}  // namespace signpost::base
