// Decoded::decode and replace: the first bytes choose the encoding and the replacements; the result decodes
// to the text with them, and undo gives the input.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/edit.h"
#include "mail/transfer.h"

using signpost::mail::Decoded;
using signpost::mail::Encoding;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void check(std::string_view encoded, Encoding encoding,
           const std::vector<signpost::mail::Replacement>& replacements, const Decoded& decoded) {
  const auto replaced = decoded.replace(replacements);
  if (!replaced) return require(encoding == Encoding::identity && replaced.error().text == "line-too-long");
  std::string expected;
  std::size_t done = 0;
  for (const auto& one : replacements) {
    expected.append(decoded.text().substr(done, one.begin - done)).append(one.text);
    done = one.end;
  }
  expected.append(decoded.text().substr(done));
  require(signpost::mail::are_in_order(*replaced, encoded.size()));
  const auto splices = signpost::mail::splices_of(encoded, *replaced);
  const auto after = signpost::mail::apply_splices(encoded, splices);
  require(after.has_value());
  const auto again = Decoded::decode(*after, encoding);
  require(again && again->text() == expected);
  require(signpost::mail::undo_splices(*after, splices) == std::string(encoded));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHead = 9;
  if (size < kHead) return 0;
  const std::string_view encoded(reinterpret_cast<const char*>(data) + kHead, size - kHead);
  const auto encoding = static_cast<Encoding>(data[0] % 3);
  const auto decoded = Decoded::decode(encoded, encoding);
  if (!decoded) return 0;
  std::vector<signpost::mail::Replacement> replacements;
  std::size_t at = 0;
  for (std::size_t i = 1; i + 3 < kHead; i += 4) {
    const std::size_t begin = std::min<std::size_t>(at + data[i] * 4u, decoded->text().size());
    const std::size_t end = std::min<std::size_t>(begin + data[i + 1], decoded->text().size());
    replacements.push_back({begin, end, std::string(data[i + 2], static_cast<char>(data[i + 3]))});
    at = end;
  }
  check(encoded, encoding, replacements, *decoded);
  return 0;
}
