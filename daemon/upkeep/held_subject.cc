#include "daemon/upkeep/held_subject.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace signpost::daemon::upkeep {
namespace {

using policy::limits::HeldMessage;

bool is(const std::string& given, const std::string& person) {
  const auto address = mail::parse_address(given);
  return address && mail::canonical_key(*address) == person;
}

bool is_to(const HeldMessage& message, const std::string& person) {
  return std::any_of(message.recipients.begin(), message.recipients.end(),
                     [&](const std::string& one) { return is(one, person); });
}

std::vector<HoldKeeper::Held> about(const HoldKeeper& holds, const mail::Address& address) {
  const std::string person = mail::canonical_key(address);
  return holds.list(SIZE_MAX, [&](const HeldMessage& message) {
    return is(message.sender, person) || is_to(message, person);
  });
}

}  // namespace

SubjectSource held_source(HoldKeeper& holds) {
  SubjectSource source;
  source.what = "held-message";
  source.show = [&holds](const mail::Address& person) -> base::Result<std::vector<policy::Fields>> {
    std::vector<policy::Fields> lines;
    for (const HoldKeeper::Held& held : about(holds, person)) {
      lines.push_back({{"id", held.message.id},
                       {"qid", held.message.queue_id},
                       {"since", base::format_time(held.message.since)},
                       {"tenant", held.message.tenant},
                       {"from", held.message.sender}});
    }
    return lines;
  };
  source.erase = [&holds](const mail::Address& person) -> base::Result<std::uint64_t> {
    const std::string key = mail::canonical_key(person);
    std::uint64_t dropped = 0;
    std::uint64_t left = 0;
    for (const HoldKeeper::Held& held : about(holds, person)) {
      const bool is_his_alone = held.message.recipients.size() == 1 && is_to(held.message, key);
      const bool is_gone = is_his_alone && holds.drop(held.message.id, "subject erase").has_value();
      ++(is_gone ? dropped : left);
    }
    if (left > 0)
      return base::fail(base::ErrorKind::unavailable,
                        std::to_string(left) +
                            " held messages name the person and others, or could not be dropped; see `held "
                            "list`, and release or drop them");
    return dropped;
  };
  return source;
}

}  // namespace signpost::daemon::upkeep
