#include "milter/held/header.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "mail/identity_seal.h"

namespace signpost::milter {
namespace {

constexpr std::size_t kUsualFields = 24;
constexpr std::uint64_t kMaxFew = 64 << 10;  // of a header of which little is needed
/// What a seal binds and the log tells (mail/identity_seal, milter/record).
constexpr std::array<std::string_view, 3> kFew = {"From", "Date", "Message-ID"};

}  // namespace

void Header::begin(Keep keep, std::uint64_t max_header, std::uint64_t max_held) {
  keep_ = keep;
  max_header_ = keep == Keep::few ? std::min(kMaxFew, max_header) : max_header;
  max_held_ = max_held;
  if (keep == Keep::all) fields_.reserve(kUsualFields);
}

bool Header::keeps(std::string_view name) const {
  if (too_large_ || no_room_) return false;
  if (keep_ == Keep::all || base::equals_ignore_case(name, mail::kSealField)) return true;
  return std::any_of(kFew.begin(), kFew.end(),
                     [name](std::string_view few) { return base::equals_ignore_case(name, few); });
}

void Header::add(std::string_view name, std::string_view value) {
  const auto folds = std::count(value.begin(), value.end(), '\n');  // each is CRLF on the wire
  const std::uint64_t octets = name.size() + 1 + value.size() + static_cast<std::size_t>(folds) + 2;
  size_ += octets;
  const std::size_t place = arrived_++;
  if (!keeps(base::trim(name))) return;
  too_large_ = share_.bytes() + octets + kFieldCost > max_header_;
  no_room_ = !too_large_ && !share_.grow(octets + kFieldCost, max_held_);
  if (too_large_ || no_room_) return;
  fields_.push_back({std::string(name), std::string(value)});
  if (mail::has_name(fields_.back(), mail::kSealField)) seal_places_.push_back(place);
}

}  // namespace signpost::milter
