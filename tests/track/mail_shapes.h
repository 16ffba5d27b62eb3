// A generator of messages that a rewriter must get right: every transfer encoding, odd but legal, times every
// MIME structure, times every oddity of HTML. The same seed gives the same bytes everywhere. Decodes its
// encodings by code of its own, so that a check needs nothing of what is being tested.
#pragma once

#include <random>
#include <span>
#include <string>
#include <string_view>

#include "mail/message.h"

namespace signpost::track {

/// std::mt19937 gives the same numbers everywhere; its distributions do not, so they are not used.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

struct EncodingShape {
  const char* name;
  const char* header;  ///< Content-Transfer-Encoding
  std::string (*encode)(std::string_view text, Dice& dice);
};
std::span<const EncodingShape> encoding_shapes();
/// What `encoded` says, by the encoding's header.
std::string decode_by_hand(std::string_view encoded, std::string_view header);

struct HtmlShape {
  const char* name;
  const char* html;
  std::size_t links;   ///< that are rewritten by default
  bool closed = true;  ///< something may follow it and is still read as HTML
};
std::span<const HtmlShape> html_shapes();

/// The part stands between `before` and `after` in the body.
struct Structured {
  mail::Message message;
  std::size_t part_begin = 0;
  std::size_t part_size = 0;
};
struct StructureShape {
  const char* name;
  bool touched;  ///< whether its HTML may be rewritten
  /// A message with an HTML part of this Content-Transfer-Encoding.
  Structured (*build)(std::string_view encoding, std::string_view encoded);
};
std::span<const StructureShape> structure_shapes();

}  // namespace signpost::track
