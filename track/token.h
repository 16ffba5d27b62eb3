// The sealed part of a tracking URL: self-contained, authenticated, without expiry. Anyone with the ring can
// open it for years; nobody without it can make one. Used by track/rewrite and web/respond.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/keyring.h"
#include "base/result.h"
#include "track/settings.h"

namespace signpost::track {

enum class Purpose : std::uint8_t { click = 1, open = 2, unsubscribe = 3 };

constexpr std::size_t kMaxCampaign = 64;  ///< bytes
constexpr std::size_t kMaxTarget = 4096;  ///< bytes

struct Token {
  Purpose purpose = Purpose::click;
  Mode mode = Mode::anonymous;
  std::uint32_t tenant = 0;  ///< 32-bit hash of the name
  std::string campaign;      ///< Signpost-Campaign, at most 64 bytes
  std::uint16_t link = 0;    ///< index of the link in the message
  std::uint16_t day = 0;     ///< issue day since 1970; 0 in anonymous mode so that links are byte-identical
  std::string recipient;     ///< identified: the address; pseudonymous: 8 bytes of keyed hash; else empty
  std::string message;       ///< ULID of the message; from pseudonymous up
  std::string stream;        ///< unsubscribe only
  /// Click and open: stream_code of the stream; 0 if the token is older than that.
  std::uint8_t stream_code = 0;
  std::string target;  ///< click only: absolute http or https URL, printable ASCII, at most 4 KiB
  bool operator==(const Token&) const = default;
};

/// The number of the link that no person sees (track/pixel.h).
constexpr std::uint16_t kTrapLink = 0xFFFF;

/// A stream in one byte, 1 to 255, the same everywhere: the place of a whole name would be too dear in every link.
/// Limitation: two names of one tenant may have the same; then it says neither.
std::uint8_t stream_code(std::string_view name);

/// The id of the key with which a token's text was sealed, as far as it says: only opening it proves that. nullopt if the
/// text is no token of ours by its beginning.
std::optional<std::uint8_t> claimed_key(std::string_view text);

/// A sealer holds the parsed ring; built once per Snapshot. Thread-safe.
class Sealer {
 public:
  /// Error `invalid` for a ring without an active key.
  static base::Result<Sealer> create(const base::Keyring& ring);
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  ~Sealer();
  /// base64url, no padding; a letter more where it would end in "-" or "_", which mail readers do not take into a
  /// link at its end (Thunderbird: mozTXTToHTMLConv). Equal tokens give equal text as long as the active key stays.
  std::string seal(const Token& token) const;
  /// Error `invalid` for anything that we did not seal, a revoked or unknown key, a wrong purpose, or a
  /// target that is not http(s).
  base::Result<Token> open(std::string_view text, Purpose purpose) const;
  /// 8 bytes of HMAC over tenant and canonical address, keyed by the active key: equal for the same person
  /// within a tenant only, until the ring is rotated.
  std::string pseudonym(std::uint32_t tenant, std::string_view address) const;
  /// The same under each key that still opens tokens: those that links sent so far may hold.
  std::vector<std::string> pseudonyms(std::uint32_t tenant, std::string_view address) const;

 private:
  struct State;
  explicit Sealer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace signpost::track
