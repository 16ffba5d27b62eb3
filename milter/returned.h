// Mail that comes back to a return path of ours, on a port of role inbound: kept from its header on, handed over as a whole, and
// then discarded, or forwarded to a person. What it means is decided by whoever takes it (daemon/ingest/returned_mail).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "milter/held/memory.h"
#include "milter/outcome.h"
#include "milter/returned_mail.h"

namespace signpost::milter {

struct Services;
struct Transaction;

/// The bytes of such a message, within bounds.
class ReturnedBytes {
 public:
  explicit ReturnedBytes(Memory& memory) : share_(memory) {}
  /// Beyond kMax the rest is left out: what a report says stands at its beginning.
  void add(std::string_view bytes, std::uint64_t max_held);
  /// There was no memory for it.
  bool no_room() const { return no_room_; }
  const std::string& bytes() const { return bytes_; }

  static constexpr std::size_t kMax = 1u << 20;

 private:
  Share share_;
  std::string bytes_;
  bool no_room_ = false;
};

/// Whether the port takes such mail at all: its whole header is wanted.
bool may_be_returned(const Transaction& transaction);
/// At end of headers: begins to keep the message if a recipient is at a bounce domain. Its postmaster and abuse addresses are
/// not (RFC 2142).
void begin_returned(Transaction& transaction);
/// At end of message: hands it over. Such recipients are consumed, whatever they name: an error would come back for ever. Others
/// stay. To whom it is forwarded becomes a recipient, and the null sender its sender. Deferred while it cannot be taken. In observe mode too: what passes here would come here again.
Outcome take_returned(Transaction& transaction, const Services& services);

}  // namespace signpost::milter
