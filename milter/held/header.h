// The header of one message on its way: as much of it as is needed, within bounds. Of mail that is not ours, whatever its
// header says, only what a seal binds and the log tells is kept. Knows the memory bounds; does not read a field.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "mail/message.h"
#include "milter/held/memory.h"

namespace signpost::milter {

/// A field costs its octets and what keeping it takes beside them.
constexpr std::uint64_t kFieldCost = 64;

class Header {
 public:
  enum class Keep { all, few };

  explicit Header(Memory& memory) : share_(memory) {}

  /// Call once, at MAIL. `max_header` bounds this header, `max_held` the sum over all messages (bytes, with kFieldCost a
  /// field).
  void begin(Keep keep, std::uint64_t max_header, std::uint64_t max_held);
  void add(std::string_view name, std::string_view value);

  /// Those that were kept, in their order: of Keep::all the first ones, all of them unless a bound was passed.
  const std::vector<mail::Field>& fields() const { return fields_; }
  std::vector<mail::Field> take() && { return std::move(fields_); }
  /// Of each field Signpost-Seal that was kept: its place among all fields that arrived.
  const std::vector<std::size_t>& seal_places() const { return seal_places_; }
  /// Octets on the wire of all fields that arrived.
  std::uint64_t size() const { return size_; }
  bool empty() const { return arrived_ == 0; }
  /// A bound was passed: its own, or that of all messages.
  bool too_large() const { return too_large_; }
  bool no_room() const { return no_room_; }
  /// What the kept fields cost.
  std::uint64_t cost() const { return share_.bytes(); }

 private:
  bool keeps(std::string_view name) const;

  Share share_;
  Keep keep_ = Keep::all;
  std::uint64_t max_header_ = 0;
  std::uint64_t max_held_ = 0;
  std::uint64_t size_ = 0;
  std::size_t arrived_ = 0;
  bool too_large_ = false;
  bool no_room_ = false;
  std::vector<mail::Field> fields_;
  std::vector<std::size_t> seal_places_;
};

}  // namespace signpost::milter
