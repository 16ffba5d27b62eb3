#include "mail/origin.h"

#include <string>
#include <vector>

#include "base/text.h"

namespace signpost::mail {

const char* origin_word(Origin origin) {
  switch (origin) {
    case Origin::login:
      return "login";
    case Origin::made_here:
      return "made-here";
    case Origin::trusted:
      return "trusted";
    case Origin::own_dsn:
      return "own-dsn";
    case Origin::sealed:
      return "sealed";
    case Origin::reinjected:
      return "reinjected";
    case Origin::foreign:
      return "foreign";
  }
  return "foreign";
}

base::Result<Origin> parse_origin(std::string_view word) {
  std::vector<std::string> known;
  for (const Origin origin : kOrigins) {
    if (word == origin_word(origin)) return origin;
    known.emplace_back(origin_word(origin));
  }
  return base::invalid("unknown origin: expected one of " + base::join(known, ", "));
}

bool is_ours(Origin origin) {
  return origin == Origin::login || origin == Origin::made_here || origin == Origin::trusted ||
         origin == Origin::own_dsn;
}

}  // namespace signpost::mail
