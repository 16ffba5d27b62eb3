// What libmilter reads from an MTA, seen before libmilter acts on it. libmilter calls its reader `mi_rd_cmd` as any
// exported function, so the one that packets.cc defines takes its place; it calls the original, and looks at what that
// read. Two things need this, because no callback of libmilter comes early enough and none knows the descriptor:
// - A macro packet with a name without a value makes smfi_getsymval read past the end of its table, and crash.
// - Over TCP an MTA holds back a small segment until the one before is acknowledged (Nagle), and we would wait 40 ms with
//   the acknowledgement where nothing is to be answered. The MTA's side cannot be changed; system/milter_socket does
//   the rest of ours.
#pragma once

#include <string_view>

namespace signpost::milter {

/// Whether a macro packet (all of its data: the letter of the step, then strings that end in NUL) has a value for each
/// name.
bool macros_in_pairs(std::string_view data);

struct PacketWatch {
  bool tcp = false;  ///< the milter socket is a TCP one: acknowledge at once
  void (*on_odd_macros)() =
      nullptr;  ///< after a packet that is not macros_in_pairs; its connection then ends
};
/// Once, before libmilter has threads.
void watch_packets(const PacketWatch& watch);

/// False as long as no packet was seen here. In a callback that means: this libmilter was built so that its reader
/// cannot be replaced (-Bsymbolic), and neither of the two is done.
bool packets_are_watched();

}  // namespace signpost::milter
