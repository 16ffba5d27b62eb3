#include "milter/packets.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include <dlfcn.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace signpost::milter {
namespace {

/// libmilter's own: the data in memory of malloc, or null if there are none or reading failed; then `command` is one of
/// its error numbers, which are below every command's letter.
using Reader = char* (*)(int descriptor, timeval* timeout, char* command, std::size_t* size, char* name);

/// libmilter's SMFIC_UNKNERR: ends the connection without a line in its log.
constexpr char kUnknownError = 6;

PacketWatch watched;  // set once, before libmilter has threads
std::atomic<bool> any_seen{false};

/// Not a lasting option: each answer that is sent ends it. Without it mail is slow, not wrong.
void acknowledge_at_once(int descriptor) {
  const int on = 1;
  (void)setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

char* read_packet(int descriptor, timeval* timeout, char* command, std::size_t* size, char* name) {
  static const Reader original = reinterpret_cast<Reader>(dlsym(RTLD_NEXT, "mi_rd_cmd"));
  if (!any_seen.load(std::memory_order_relaxed)) any_seen = true;
  if (watched.tcp) acknowledge_at_once(descriptor);
  char* data = original(descriptor, timeout, command, size, name);
  if (data == nullptr || *command != SMFIC_MACRO || macros_in_pairs({data, *size})) return data;
  std::free(data);
  *command = kUnknownError;
  *size = 0;
  if (watched.on_odd_macros) watched.on_odd_macros();
  return nullptr;
}

}  // namespace

bool macros_in_pairs(std::string_view data) {
  return data.empty() || std::count(data.begin() + 1, data.end(), '\0') % 2 == 0;
}

void watch_packets(const PacketWatch& watch) {
  watched = watch;
}

bool packets_are_watched() {
  return any_seen;
}

}  // namespace signpost::milter

extern "C" [[gnu::visibility("default")]] char* mi_rd_cmd(int descriptor, timeval* timeout, char* command,
                                                          std::size_t* size, char* name) {
  return signpost::milter::read_packet(descriptor, timeout, command, size, name);
}
