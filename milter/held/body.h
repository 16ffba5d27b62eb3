// The body of one message on its way: ignored, hashed as it arrives, or kept because it may be rewritten.
// Knows the memory bounds; does not know why a mode was chosen (milter/plan).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/crypto.h"
#include "dkim/body_hash.h"
#include "mail/recode.h"
#include "milter/held/memory.h"

namespace signpost::milter {

class Body {
 public:
  enum class Mode { ignore, hash, collect };

  explicit Body(Memory& memory) : share_(memory) {}

  /// Call once, at end of headers. `canons`: those that hash() will be asked for. `max_body` bounds this
  /// message, `max_held` the sum over all messages, half of which is for bodies and the rest for work on them (bytes).
  void begin(Mode mode, const std::vector<dkim::Canon>& canons, std::uint64_t max_body,
             std::uint64_t max_held);
  /// As the client declared it (RFC 1870), or 0: room is made for it, within reason. It may be wrong.
  void expect(std::uint64_t size);
  void update(std::string_view bytes);

  /// Bytes that arrived, in every mode.
  std::uint64_t size() const { return size_; }
  /// True if the whole body is in bytes(). False after a bound was passed: then it was hashed instead.
  bool collected() const { return mode_ == Mode::collect; }
  bool too_large() const { return too_large_; }
  /// Of what arrived, in the modes hash and collect: a line that an MTA would fold.
  bool has_long_line() const { return long_lines_.found(); }
  bool has_eight_bit() const { return eight_bit_; }
  std::string_view bytes() const { return bytes_.view(); }
  /// The body hash of what arrived (collected or hashed), once all of it is there.
  base::Digest hash(dkim::Canon canon);
  static base::Digest hash_of(std::string_view bytes, dkim::Canon canon);

 private:
  struct Hash {
    dkim::Canon canon;
    dkim::BodyHash stream;
    std::optional<base::Digest> result;
  };
  void give_up_collecting();
  void update_hashes(std::string_view bytes);

  Share share_;
  Mode mode_ = Mode::ignore;
  std::uint64_t max_body_ = 0;
  std::uint64_t max_held_ = 0;
  std::uint64_t size_ = 0;
  bool too_large_ = false;
  base::Buffer bytes_;
  mail::LongLineScan long_lines_;
  bool eight_bit_ = false;
  std::vector<Hash> hashes_;
};

}  // namespace signpost::milter
