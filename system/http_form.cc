#include "system/http_form.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "base/text.h"

namespace signpost::system {
namespace {

constexpr std::size_t kMaxFields = 64;
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046 §5.1.1

tl::unexpected<base::Error> too_many() {
  return base::fail(base::ErrorKind::limit, "more than " + std::to_string(kMaxFields) + " form fields");
}

/// "+" is a blank, %XX a byte; a "%" that begins no escape stays (URL standard §5.1).
std::string decode_urlencoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? base::decode_hex(text.substr(i + 1, 2)) : base::Result<std::string>{};
    if (text[i] == '%' && byte && byte->size() == 1) {
      decoded += *byte;
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

base::Result<FormFields> parse_urlencoded(std::string_view body) {
  while (base::is_space(body.empty() ? 'x' : body.back())) body.remove_suffix(1);
  FormFields fields;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (pair.empty()) continue;
    if (fields.size() == kMaxFields) return too_many();
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    fields.emplace_back(decode_urlencoded(pair.substr(0, equals)), decode_urlencoded(value));
  }
  return fields;
}

/// The value of a parameter (`; name=value` or `; name="value"`), without escapes: neither boundaries nor our
/// field names have any.
std::optional<std::string_view> find_parameter(std::string_view text, std::string_view name) {
  std::size_t at = text.find(';');
  while (at != text.npos) {
    const std::string_view rest = text.substr(at + 1);
    const std::size_t equals = rest.find('=');
    if (equals == rest.npos) return std::nullopt;
    std::string_view value = base::trim(rest.substr(equals + 1));
    const std::size_t value_at = static_cast<std::size_t>(value.data() - text.data());
    std::size_t end = 0;
    if (value.starts_with('"')) {
      const std::size_t quote = value.find('"', 1);
      if (quote == value.npos) return std::nullopt;
      end = value_at + quote + 1;
      value = value.substr(1, quote - 1);
    } else {
      value = base::trim(value.substr(0, value.find(';')));
      end = value_at + value.size();
    }
    if (base::equals_ignore_case(base::trim(rest.substr(0, equals)), name)) return value;
    at = text.find(';', end);
  }
  return std::nullopt;
}

/// The field name of one part, from the lines above its content.
std::optional<std::string_view> part_name(std::string_view header) {
  constexpr std::string_view kDisposition = "content-disposition:";
  while (!header.empty()) {
    const std::string_view line = header.substr(0, header.find("\r\n"));
    header.remove_prefix(std::min(line.size() + 2, header.size()));
    if (base::starts_with_ignore_case(line, kDisposition)) return find_parameter(line, "name");
  }
  return std::nullopt;
}

/// RFC 7578 §4: parts between lines of "--" and the boundary.
base::Result<FormFields> parse_multipart(std::string_view boundary, std::string_view body) {
  const std::string delimiter = "\r\n--" + std::string(boundary);
  // The first delimiter needs no line end before it.
  if (body.starts_with(std::string_view(delimiter).substr(2))) {
    body.remove_prefix(delimiter.size() - 2);
  } else if (const std::size_t first = body.find(delimiter); first != body.npos) {
    body.remove_prefix(first + delimiter.size());
  } else {
    return base::invalid("the body does not contain the boundary");
  }
  FormFields fields;
  while (!body.starts_with("--")) {
    const std::size_t start = body.find("\r\n");
    const std::size_t end = start == body.npos ? start : body.find(delimiter, start);
    if (end == body.npos) return base::invalid("the last part is not closed by the boundary");
    const std::string_view part = body.substr(start, end - start);
    body.remove_prefix(end + delimiter.size());
    const std::size_t blank = part.find("\r\n\r\n");
    if (blank == part.npos) return base::invalid("a part has no blank line after its header");
    const auto name = part_name(part.substr(2, blank < 2 ? 0 : blank - 2));
    if (!name) continue;
    if (fields.size() == kMaxFields) return too_many();
    fields.emplace_back(*name, part.substr(blank + 4));
  }
  return fields;
}

}  // namespace

base::Result<FormFields> parse_form(std::string_view content_type, std::string_view body) {
  const std::string_view type = base::trim(content_type.substr(0, content_type.find(';')));
  if (type.empty() || base::equals_ignore_case(type, "application/x-www-form-urlencoded"))
    return parse_urlencoded(body);
  if (!base::equals_ignore_case(type, "multipart/form-data"))
    return base::invalid("the content type is not that of a form");
  const auto boundary = find_parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary)
    return base::invalid("the content type names no boundary");
  return parse_multipart(*boundary, body);
}

const std::string* find_field(const FormFields& fields, std::string_view name) {
  for (const auto& [field, value] : fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

}  // namespace signpost::system
