// Mail that came back to a return path of ours, as data, and the port that takes it. Who keeps it on its way is milter/returned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "milter/snapshot.h"

namespace signpost::milter {

struct ReturnedMail {
  std::string id;  ///< ULID of this message, as on its line in the log
  std::string queue_id;
  std::vector<std::string> local_parts;  ///< of the recipients at bounce domains, as given
  /// A Return-Path with the envelope's sender, header and body; a large body is cut off.
  std::string raw;
  std::string client;
  /// It has the form of a report that this host's MTA made (policy/own_report). Whoever can speak to the port can imitate
  /// that: it is true only if the MTA is at the other end of the connection.
  bool by_own_mta = false;
  std::optional<base::Ip> client_address = {};
  std::uint16_t client_port = 0;
  bool can_be_forwarded = false;  ///< whoever hands it over does with it what TakenMail says
};

/// Where a message goes that was taken in.
struct TakenMail {
  std::string forward_to = {};  ///< to this address as well, without <>; empty: to nobody
};

/// Implemented by the daemon, and by twins in tests. Thread-safe.
class ReturnedMailSink {
 public:
  virtual ~ReturnedMailSink() = default;
  /// Whatever it causes is on disk when it returns. Error: nothing was done, and the mail must be kept by whoever has it.
  virtual base::Result<TakenMail> take(const ReturnedMail& mail, const Snapshot& snapshot) = 0;
};

}  // namespace signpost::milter
