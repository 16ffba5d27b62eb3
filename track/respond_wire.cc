// A response as bytes. HTTP/1.1 always: what an HTTP/1.0 client needs beside it is "Connection: close".
#include <array>
#include <cstdio>

#include "track/respond.h"

namespace signpost::track {
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

/// RFC 9110 §5.6.7: "Mon, 23 Nov 2026 12:00:00 GMT".
std::string format_date(base::Wall now) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(now - day)};
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                    kDays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                    kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string format_response(const HttpResponse& response, const Framing& framing) {
  std::string text;
  text.reserve(512 + response.location.size() + response.body.size());
  text.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  text.append(reason_phrase(response.status)).append("\r\n");
  append_field(text, "Date", format_date(framing.now));
  text += kCommonFields;
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

}  // namespace signpost::track
