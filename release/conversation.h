// One connection's side of the protocol, without its socket: bytes in, requests out; answers in any order, bytes out in the order
// of the requests. Bounds what a peer can make us keep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "release/protocol.h"

namespace signpost::release {

/// Not thread-safe.
class Conversation {
 public:
  /// Requests that wait for their answers; more are not taken.
  static constexpr std::size_t kMaxWaiting = 2048;
  static constexpr std::size_t kMaxIn = 16384;
  /// Bytes for the peer above which nothing is made for it.
  static constexpr std::size_t kFullOut = 65536;

  struct Asked {
    std::uint64_t slot = 0;  ///< to be answered with
    base::Result<Request> request;
  };

  /// Whether more bytes may be received now; there is room for kMaxIn.
  bool takes_bytes() const { return in_.size() < kMaxIn && !broken_; }
  void receive(std::string_view bytes) { in_.append(bytes); }
  /// The next request, at most `max` of them. A line that is too long is an error of the last that is ever taken.
  std::vector<Asked> take_requests(std::size_t max);
  /// Whether take_requests would give some.
  bool has_more() const;
  /// No more requests will come: there was a line that is too long.
  bool is_broken() const { return broken_; }

  /// Ends the answer of a slot with these lines; each slot once.
  void answer(std::uint64_t slot, std::string lines);
  /// If the next to be answered is a list and there is room: its slot; else 0.
  std::uint64_t open_list() const;
  /// Marks the slot as a list, which is written in parts.
  void begin_list(std::uint64_t slot);
  void continue_list(std::string_view lines) { out_.append(lines); }

  bool is_waiting() const { return !slots_.empty(); }
  const std::string& out() const { return out_; }
  void sent(std::size_t count) { out_.erase(0, count); }

 private:
  struct Slot {
    bool ready = false;
    bool lists = false;
    std::string lines;
  };
  Slot& at(std::uint64_t slot) { return slots_[static_cast<std::size_t>(slot - first_)]; }
  void flush();

  std::string in_;
  std::string out_;
  std::deque<Slot> slots_;
  std::uint64_t first_ = 1;  ///< the number of the first slot
  bool broken_ = false;
};

}  // namespace signpost::release
