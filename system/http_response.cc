// A response as bytes, always HTTP/1.1: an HTTP/1.0 client only needs "Connection: close" in addition.
#include "system/http_response.h"

#include <array>
#include <cstdint>

namespace signpost::system {
namespace {

constexpr std::string_view kCommonFields =
    "Cache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Robots-Tag: noindex\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'\r\n";

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

/// `value` in at least `width` digits.
void append_number(std::string& text, std::uint64_t value, int width) {
  std::array<char, 20> digits{};
  auto at = digits.end();
  for (; value != 0 || width > 0; value /= 10, --width) *--at = static_cast<char>('0' + value % 10);
  text.append(at, digits.end());
}

/// RFC 9110 §5.6.7: "Mon, 23 Nov 2026 12:00:00 GMT". Without printf, which took a twentieth of our
/// share of a redirect.
void append_date(std::string& text, base::Wall now) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {" Jan ", " Feb ", " Mar ", " Apr ",
                                                          " May ", " Jun ", " Jul ", " Aug ",
                                                          " Sep ", " Oct ", " Nov ", " Dec "};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(now - day)};
  text.append(kDays[std::chrono::weekday{day}.c_encoding()]).append(", ");
  append_number(text, static_cast<unsigned>(date.day()), 2);
  text += kMonths[static_cast<unsigned>(date.month()) - 1];
  append_number(text, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  text += ' ';
  append_number(text, static_cast<std::uint64_t>(time.hours().count()), 2);
  text += ':';
  append_number(text, static_cast<std::uint64_t>(time.minutes().count()), 2);
  text += ':';
  append_number(text, static_cast<std::uint64_t>(time.seconds().count()), 2);
  text += " GMT";
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string format_response(const HttpResponse& response, const Framing& framing) {
  std::string text;
  text.reserve(512 + response.location.size() + response.body.size());
  text += "HTTP/1.1 ";
  append_number(text, static_cast<std::uint64_t>(response.status), 3);
  text.append(" ").append(reason_phrase(response.status)).append("\r\nDate: ");
  append_date(text, framing.now);
  text.append("\r\n").append(kCommonFields);
  if (!response.location.empty()) append_field(text, "Location", response.location);
  if (!response.allow.empty()) append_field(text, "Allow", response.allow);
  if (response.status == 503) append_field(text, "Retry-After", "60");
  if (!response.content_type.empty()) append_field(text, "Content-Type", response.content_type);
  // RFC 9110 §8.6: not with 204.
  if (response.status != 204) append_field(text, "Content-Length", std::to_string(response.body.size()));
  if (!framing.keep_alive) append_field(text, "Connection", "close");
  text += "\r\n";
  if (!framing.head_only) text += response.body;
  return text;
}

}  // namespace signpost::system
