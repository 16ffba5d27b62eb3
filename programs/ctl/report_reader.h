// The daemon's answer to `report campaign` as the data of a click map. Knows the keys of that answer; knows no socket.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "campaign/map.h"
#include "daemon/control/client.h"

namespace signpost::programs {

/// The command to send. An empty tenant: all of them.
std::string format_report_command(const std::string& campaign, const std::string& tenant);

/// Takes a reply line by line.
class ReportReader {
 public:
  void take(std::string_view line);
  /// The reply is complete. Tenant, hits, links, hours, the links' places, the skeleton and the sample are
  /// filled in. Errors: what the daemon said; `invalid` if it was not such a reply, if it is incomplete, or if it
  /// is about several tenants.
  base::Result<campaign::MapData> finish();
  /// The exit code for an error of finish().
  int exit_code() const;

 private:
  void take_body(std::string_view line);

  std::optional<base::Result<daemon::control::ReplyStatus>> status_;
  campaign::MapData map_;
  std::string picture_;  ///< the layout, as campaign::format_skeleton wrote it
  bool broken_ = false;
  bool several_ = false;
  bool complete_ = false;  ///< the line "end" came
};

}  // namespace signpost::programs
