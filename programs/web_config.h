// What signpost-web reads of the configuration: the tables [web] and [tracking], the tracking ring, the page
// templates. The same files as the daemon's, and nothing else of them: no DKIM key is opened, no other table
// judged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "programs/diagnostics.h"
#include "programs/files.h"
#include "programs/load_config.h"
#include "track/respond.h"

namespace signpost::programs {

struct LoadedWebConfig {
  std::shared_ptr<const track::Site> site;  ///< absent if there was an error
  ProcessSettings process;                  ///< of these, only `web` and `restart_values` are filled
  std::vector<Diagnostic> diagnostics;
  int exit_code = 0;  ///< a sysexits code
  bool ok() const { return site != nullptr; }
};

LoadedWebConfig load_web_config(const std::string& path, const Files& files);

}  // namespace signpost::programs
