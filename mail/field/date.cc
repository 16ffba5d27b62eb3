#include "mail/field/date.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace signpost::mail {

std::string format_date(base::Wall time) {
  using namespace std::chrono;
  // Names as the RFC spells them, whatever the locale says.
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  char text[64];
  (void)std::snprintf(text, sizeof text, "%s, %u %s %d %02d:%02d:%02d +0000",
                      kDays[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace signpost::mail
