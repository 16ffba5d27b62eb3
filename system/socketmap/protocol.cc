#include "system/socketmap/protocol.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::system::socketmap {
namespace {

constexpr std::size_t kMaxDigits = 5;  ///< of the length, so that it can be told early that none follows

std::string_view word_of(Reply::Kind kind) {
  switch (kind) {
    case Reply::Kind::ok:
      return "OK ";
    case Reply::Kind::temporary:
      return "TEMP ";
    case Reply::Kind::permanent:
      return "PERM ";
    case Reply::Kind::not_found:
      break;
  }
  return "NOTFOUND ";
}

}  // namespace

base::Result<std::optional<Request>> parse_socketmap_request(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, kMaxDigits + 1);
  const auto* end = std::find_if_not(head.begin(), head.end(), base::is_digit);
  const auto digits = static_cast<std::size_t>(end - head.begin());
  if (digits > 1 && head[0] == '0') return base::invalid("the length of a request begins with 0");
  if (digits > kMaxDigits) return base::fail(base::ErrorKind::limit, "a request is too long");
  if (digits < head.size() && (digits == 0 || head[digits] != ':'))
    return base::invalid("a request is not a netstring");
  const std::size_t length = digits == 0 ? 0 : base::parse_number(head.substr(0, digits)).value_or(0);
  if (length > kMaxRequest) return base::fail(base::ErrorKind::limit, "a request is too long");
  if (digits == head.size()) return std::nullopt;  // its end may still come

  const std::size_t begin = digits + 1;
  if (bytes.size() <= begin + length) return std::nullopt;
  if (bytes[begin + length] != ',') return base::invalid("a request is not a netstring");
  const std::string_view content = bytes.substr(begin, length);
  const std::size_t blank = content.find(' ');
  if (blank == std::string_view::npos || blank == 0) return base::invalid("a request does not name a map");
  return Request{content.substr(0, blank), content.substr(blank + 1), begin + length + 1};
}

std::string format_reply(const Reply& reply) {
  std::string content(word_of(reply.kind));
  if (reply.kind != Reply::Kind::not_found) content += reply.text;
  content.resize(std::min(content.size(), kMaxReply));
  return std::to_string(content.size()) + ":" + content + ",";
}

}  // namespace signpost::system::socketmap
