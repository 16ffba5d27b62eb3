#include "feedback/log_fields.h"

#include <algorithm>

#include "base/text.h"
#include "feedback/addresses.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_literal(char c) {
  return base::is_alnum(c) || c == '.' || c == ':' || c == '-';
}

template <class Is>
std::size_t skip(std::string_view text, std::size_t at, Is is) {
  while (at < text.size() && is(text[at])) ++at;
  return at;
}

}  // namespace

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_queue_id(std::string_view text) {
  return text.size() >= 5 && text.size() <= 32 && text != "NOQUEUE" &&
         std::all_of(text.begin(), text.end(), base::is_alnum);
}

std::string_view take_queue_id(std::string_view& text) {
  const std::string_view id = text.substr(0, text.find(':'));
  if (!is_queue_id(id) || !text.substr(id.size()).starts_with(": ")) return {};
  text.remove_prefix(id.size() + 2);
  return id;
}

std::size_t skip_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return at < text.size() ? at + 1 : kNone;
}

std::size_t skip_comment(std::string_view text, std::size_t at) {
  for (std::size_t depth = 0; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '(')
      ++depth;
    else if (text[at] == ')' && --depth == 0)
      return at + 1;
  }
  return kNone;
}

std::size_t address_length(std::string_view text) {
  const bool is_quoted = text.starts_with('"');
  const std::size_t local = is_quoted ? skip_quoted(text, 0) : skip(text, 0, is_local_char);
  if (local == kNone || local == 0) return 0;
  if (local == text.size() || text[local] != '@') return is_quoted ? 0 : local;
  std::size_t begin = local + 1;
  if (!text.substr(begin).starts_with('[')) {
    const std::size_t end = skip(text, begin, is_domain_char);
    return end == begin ? 0 : end;
  }
  const std::size_t end = skip(text, ++begin, is_literal);
  return end > begin && end < text.size() && text[end] == ']' ? end + 1 : 0;
}

std::string_view take_bracketed(std::string_view& text) {
  if (!text.starts_with('<')) return {};
  const std::size_t length = address_length(text.substr(1));
  if (length == 0 || !text.substr(1 + length).starts_with('>')) return {};
  const std::string_view address = text.substr(1, length);
  text.remove_prefix(length + 2);
  return address;
}

std::string_view take_key(std::string_view& text) {
  const std::size_t end = skip(text, 0, [](char c) { return base::is_alpha(c) || c == '_'; });
  if (end == 0 || !text.substr(end).starts_with('=')) return {};
  const std::string_view key = text.substr(0, end);
  text.remove_prefix(end + 1);
  return key;
}

std::string_view take_value(std::string_view& text) {
  const std::string_view value = text.substr(0, text.find(", "));
  text.remove_prefix(value.size());
  return value;
}

std::string_view status_code(std::string_view value) {
  const auto pieces = base::split(value.substr(0, 12), '.');
  const auto is_number = [](std::string_view piece) {
    return !piece.empty() && piece.size() <= 3 && std::all_of(piece.begin(), piece.end(), base::is_digit);
  };
  const bool is_code = value.size() < 12 && pieces.size() == 3 && pieces[0].size() == 1 &&
                       std::string_view("245").find(value[0]) != kNone &&
                       std::all_of(pieces.begin(), pieces.end(), is_number);
  return is_code ? value : std::string_view();
}

}  // namespace signpost::feedback
