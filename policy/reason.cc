// The reasons' words and which streams each blocks by default.
#include "policy/reason.h"

#include "base/text.h"

namespace signpost::policy {

const char* reason_word(Reason reason) {
  switch (reason) {
    case Reason::hard_bounce:
      return "hard-bounce";
    case Reason::soft_bounce:
      return "soft-bounce";
    case Reason::complaint:
      return "complaint";
    case Reason::unsubscribe:
      return "unsubscribe";
    case Reason::manual:
      return "manual";
    case Reason::trap:
      return "trap";
    case Reason::dead_domain:
      return "dead-domain";
    case Reason::allow:
      return "allow";
    case Reason::no_tracking:
      return "no-tracking";
  }
  return "manual";
}

base::Result<Reason> parse_reason(std::string_view word) {
  std::vector<std::string> known;
  for (const Reason reason : kReasons) {
    if (word == reason_word(reason)) return reason;
    known.emplace_back(reason_word(reason));
  }
  const std::string near = base::nearest(word, known);
  return base::invalid("unknown reason" + (near.empty() ? ": expected one of " + base::join(known, ", ")
                                                        : " (did you mean '" + near + "'?)"));
}

bool is_own_by_default(Reason reason) {
  return reason == Reason::complaint || reason == Reason::unsubscribe || reason == Reason::soft_bounce;
}

bool names_stream(std::string_view listing_stream, std::string_view stream) {
  if (listing_stream.starts_with('!')) return listing_stream.substr(1) != stream;
  return listing_stream.empty() || listing_stream == stream;
}

bool covers(const StreamSet& set, std::string_view stream, std::string_view listing_stream) {
  bool covered = false;
  for (const std::string& word : set) {
    if (word == "*" || word == stream) {
      covered = true;
    } else if (word == "own") {
      // Who leaves without saying what must still get a password reset.
      covered = covered || names_stream(listing_stream.empty() ? "!transactional" : listing_stream, stream);
    } else if (word.starts_with('!')) {
      if (std::string_view(word).substr(1) == stream) covered = false;
    }
  }
  return covered;
}

BlockTable default_blocks() {
  const StreamSet all = {"*"};
  return {{Reason::hard_bounce, all},
          {Reason::dead_domain, all},
          {Reason::trap, all},
          {Reason::manual, all},
          {Reason::soft_bounce, all},
          {Reason::complaint, {"*", "!transactional"}},
          {Reason::unsubscribe, {"own"}},
          {Reason::allow, {}},
          {Reason::no_tracking, {}}};
}

}  // namespace signpost::policy
