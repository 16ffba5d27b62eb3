// The policy log: events as lines of text or JSON in the file that [log] names, or in syslog's mail facility; and the same
// lines in the event files, from which `why` tells. policy/event knows what a line contains; system/log_writer and
// store/events write it without making mail wait.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "policy/event.h"
#include "store/events/event_files.h"
#include "system/log_writer.h"

namespace signpost::daemon {

struct PolicyLogSettings {
  enum class Format { text, json };
  std::string file;  ///< empty: syslog
  Format format = Format::text;
  policy::AddressView addresses;  ///< what the log may show of an address; empty: all
};

/// Thread-safe.
class PolicyLog final : public policy::EventSink {
 public:
  /// `files`, which must outlive it, may be null. Error `unavailable` if the file cannot be opened.
  static base::Result<PolicyLog> open(PolicyLogSettings settings, store::EventFiles* files = nullptr);
  void write(const policy::Event& event) override;
  /// In the event files only.
  void keep(const policy::Event& event) override;
  /// After a rotation (USR1).
  base::Result<void> reopen() { return writer_.reopen(); }
  /// Lines that never reached the log, since start.
  std::uint64_t lost() const { return writer_.lost(); }

 private:
  PolicyLog(PolicyLogSettings settings, system::LogWriter writer, store::EventFiles* files);
  PolicyLogSettings settings_;
  store::EventFiles* files_;
  system::LogWriter writer_;
};

}  // namespace signpost::daemon
