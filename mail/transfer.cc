// Decoding walks the encoded bytes once and leaves marks; replacing finds the encoded place of a decoded
// offset from the mark before it, and writes new bytes with the line lengths in view.
#include "mail/transfer.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/encoding.h"
#include "mail/lines/encoded_lines.h"
#include "mail/mime.h"

namespace signpost::mail {
namespace {

constexpr std::size_t kMarkEvery = 128;
constexpr std::size_t kMaxPlainLine = 998;  // RFC 5322 §2.1.1

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// One step of quoted-printable: how many encoded bytes, and the byte they stand for.
struct Step {
  static constexpr int kNothing = -1;  ///< a soft line break
  std::size_t size;
  int byte;
};

Step read_step(std::string_view encoded, std::size_t at) {
  if (encoded[at] != '=') return {1, static_cast<unsigned char>(encoded[at])};
  if (at + 2 < encoded.size()) {
    const int high = hex_value(encoded[at + 1]);
    const int low = hex_value(encoded[at + 2]);
    if (high >= 0 && low >= 0) return {3, high * 16 + low};
  }
  // RFC 2045 §6.7 (3, 5): a soft break, blanks before the line end are padding added in transport.
  std::size_t end = encoded.find_first_not_of(" \t", at + 1);
  if (end == std::string_view::npos) return {encoded.size() - at, Step::kNothing};
  if (encoded[end] == '\r') ++end;
  if (end < encoded.size() && encoded[end] == '\n') return {end + 1 - at, Step::kNothing};
  return {1, '='};  // RFC 2045 §6.7, note (1): what cannot be an escape stands for itself
}

constexpr std::uint8_t kBlank = 64;
constexpr std::uint8_t kPad = 65;
constexpr std::uint8_t kBad = 66;

constexpr std::array<std::uint8_t, 256> make_base64_table() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kBad);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  for (const char c : {' ', '\t', '\r', '\n'}) table[static_cast<unsigned char>(c)] = kBlank;
  table['='] = kPad;
  return table;
}
constexpr std::array<std::uint8_t, 256> kBase64 = make_base64_table();

std::uint8_t base64_class(char c) {
  return kBase64[static_cast<unsigned char>(c)];
}

}  // namespace

std::optional<Encoding> find_encoding(std::string_view name) {
  struct Row {
    std::string_view name;
    Encoding encoding;
  };
  static constexpr Row kRows[] = {
      {"7bit", Encoding::identity},   {"8bit", Encoding::identity},
      {"binary", Encoding::identity}, {"quoted-printable", Encoding::quoted_printable},
      {"base64", Encoding::base64},   {"7-bit", Encoding::identity},
      {"8-bit", Encoding::identity},  {"8bits", Encoding::identity},
  };
  for (const Row& row : kRows) {
    if (row.name == name) return row.encoding;
  }
  return std::nullopt;
}

base::Result<Decoded> Decoded::decode(std::string_view encoded, Encoding encoding) {
  if (encoded.size() > std::numeric_limits<std::uint32_t>::max()) {
    return base::fail(base::ErrorKind::limit, "too-large");
  }
  Decoded decoded;
  decoded.encoded_ = encoded;
  decoded.encoding_ = encoding;
  if (encoding == Encoding::quoted_printable) decoded.decode_quoted_printable();
  if (encoding == Encoding::base64 && !decoded.decode_base64()) return base::invalid("bad-base64");
  return decoded;
}

void Decoded::decode_quoted_printable() {
  text_.reserve(encoded_.size());
  marks_.push_back({0, 0});
  std::size_t at = 0;
  while (at < encoded_.size()) {
    if (at - marks_.back().encoded >= kMarkEvery) {
      marks_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(at)});
    }
    // Bytes up to the next "=" stand for themselves, but no further than a mark is wanted.
    const std::string_view window = encoded_.substr(at, kMarkEvery);
    const std::size_t plain = std::min(window.find('='), window.size());
    text_.append(window.substr(0, plain));
    at += plain;
    if (plain == window.size()) continue;
    const Step step = read_step(encoded_, at);
    if (step.byte >= 0) text_ += static_cast<char>(step.byte);
    at += step.size;
  }
}

bool Decoded::decode_base64() {
  text_.reserve(encoded_.size() / 4 * 3);
  marks_.push_back({0, 0});
  std::uint32_t group = 0;
  int digits = 0;
  int pads = 0;
  for (std::size_t at = 0; at < encoded_.size(); ++at) {
    const std::uint8_t value = base64_class(encoded_[at]);
    if (value == kBlank) continue;
    if (value == kBad) return false;
    data_end_ = at + 1;
    if (value == kPad) {
      // RFC 2045 §6.8: padding only completes the last group.
      if (digits < 2 || digits + ++pads > 4) return false;
      continue;
    }
    if (pads > 0) return false;
    if (digits == 0 && at - marks_.back().encoded >= kMarkEvery) {
      marks_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(at)});
    }
    group = group << 6 | value;
    if (++digits < 4) continue;
    text_ += static_cast<char>(group >> 16);
    text_ += static_cast<char>(group >> 8);
    text_ += static_cast<char>(group);
    group = 0;
    digits = 0;
  }
  if (digits + pads != 0 && digits + pads != 4) return false;
  if (digits >= 2) text_ += static_cast<char>(digits == 2 ? group >> 4 : group >> 10);
  if (digits == 3) text_ += static_cast<char>(group >> 2);
  return true;
}

const Decoded::Mark& Decoded::mark_before(std::size_t decoded) const {
  const auto after = std::upper_bound(marks_.begin(), marks_.end(), decoded,
                                      [](std::size_t at, const Mark& mark) { return at < mark.decoded; });
  return *std::prev(after);
}

/// The encoded offset of the byte at a decoded offset; soft breaks before it stay before it.
std::size_t Decoded::find_quoted_printable(std::size_t decoded) const {
  const Mark& mark = mark_before(decoded);
  std::size_t missing = decoded - mark.decoded;
  std::size_t at = mark.encoded;
  for (;;) {
    const Step step = read_step(encoded_, at);
    if (step.byte >= 0 && missing-- == 0) return at;
    at += step.size;
  }
}

/// The encoded offset of the first character of a group of four.
std::size_t Decoded::find_base64_group(std::size_t group) const {
  if (group * 3 >= text_.size()) return data_end_;
  const Mark& mark = mark_before(group * 3);
  std::size_t missing = (group - mark.decoded / 3) * 4;
  for (std::size_t at = mark.encoded;; ++at) {
    if (base64_class(encoded_[at]) != kBlank && missing-- == 0) return at;
  }
}

base::Result<std::vector<Replacement>> Decoded::replace(std::vector<Replacement> replacements) const {
  if (!are_in_order(replacements, text().size())) return base::invalid("replacements out of order");
  if (replacements.empty()) return replacements;
  switch (encoding_) {
    case Encoding::identity:
      return replace_identity(std::move(replacements));
    case Encoding::quoted_printable:
      return replace_quoted_printable(std::move(replacements));
    case Encoding::base64:
      return replace_base64(replacements);
  }
  return std::vector<Replacement>{};
}

std::vector<Replacement> Decoded::replace_quoted_printable(std::vector<Replacement> replacements) const {
  // Where the values stand among the encoded bytes.
  std::vector<Range> places;
  places.reserve(replacements.size());
  const auto place_after = [this](std::size_t decoded) {
    if (decoded == 0) return std::size_t{0};
    const std::size_t at = find_quoted_printable(decoded - 1);
    return at + read_step(encoded_, at).size;
  };
  for (const Replacement& replacement : replacements) {
    const bool at_end = replacement.begin == text_.size();
    const std::size_t begin =
        at_end ? place_after(replacement.begin) : find_quoted_printable(replacement.begin);
    places.push_back({begin, replacement.begin == replacement.end ? begin : place_after(replacement.end)});
  }

  ColumnTracker columns(encoded_);
  const std::string_view line_end = line_end_of(encoded_);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Range& place = places[i];
    const Range before = {i == 0 ? 0 : places[i - 1].end, place.begin};
    QuotedPrintableWriter writer(before.of(encoded_), columns.column_at(place.begin), line_end);
    writer.write(replacements[i].text);
    const auto rest =
        columns.rest_of_line(place.end, i + 1 < places.size() ? places[i + 1].begin : encoded_.size());
    const std::size_t room = rest.whole ? kMaxEncodedLine : kMaxEncodedLine - 1;
    if (writer.column() > 0 && writer.column() + rest.size > room) writer.break_softly();
    columns.splice_ended(place.end, writer.column());
    replacements[i] = {place.begin, place.end, writer.take()};
  }
  return replacements;
}

std::vector<Replacement> Decoded::replace_base64(const std::vector<Replacement>& replacements) const {
  const std::size_t first_group = replacements.front().begin / 3;
  const std::size_t begin = find_base64_group(first_group);
  std::size_t size = text_.size() - first_group * 3;
  for (const Replacement& one : replacements) size += one.text.size() - (one.end - one.begin);

  const std::string_view line_end = line_end_of(encoded_);
  const std::size_t first_newline = encoded_.find('\n');
  std::size_t line = first_newline == encoded_.npos ? kMaxEncodedLine : first_newline + 1 - line_end.size();
  if (line < 4 || line > kMaxEncodedLine) line = kMaxEncodedLine;
  const std::size_t newline_before = begin == 0 ? encoded_.npos : encoded_.rfind('\n', begin - 1);
  const std::size_t column = newline_before == encoded_.npos ? begin : begin - newline_before - 1;

  Base64Lines lines(line, line_end, column, size);
  std::size_t done = first_group * 3;
  for (const Replacement& one : replacements) {
    lines.add(std::string_view(text_).substr(done, one.begin - done));
    lines.add(one.text);
    done = one.end;
  }
  lines.add(std::string_view(text_).substr(done));
  std::vector<Replacement> result;
  result.push_back({begin, data_end_, std::move(lines).finish()});
  return result;
}

base::Result<std::vector<Replacement>> Decoded::replace_identity(
    std::vector<Replacement> replacements) const {
  ColumnTracker columns(encoded_);
  for (std::size_t i = 0; i < replacements.size(); ++i) {
    const Replacement& replacement = replacements[i];
    const Written written = write_plain(columns.column_at(replacement.begin), replacement.text);
    const std::size_t next = i + 1 < replacements.size() ? replacements[i + 1].begin : encoded_.size();
    const std::size_t rest = columns.rest_of_line(replacement.end, next).size;
    const bool grows = replacement.text.size() > replacement.end - replacement.begin;
    if (grows && std::max(written.longest, written.column + rest) > kMaxPlainLine) {
      return base::fail(base::ErrorKind::limit, "line-too-long");
    }
    columns.splice_ended(replacement.end, written.column);
  }
  return replacements;
}

}  // namespace signpost::mail
