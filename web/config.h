// What signpost-web reads of the configuration: the tables [web] and [tracking], the tracking ring, the page
// templates. The same files as the daemon's, and nothing else of them: no DKIM key is opened, no
// other table judged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/reader/diagnostics.h"
#include "config/reader/reader.h"
#include "config/shared/web_settings.h"
#include "system/files.h"
#include "web/respond.h"

namespace signpost::web {

struct LoadedWebConfig {
  std::shared_ptr<const Site> site;  ///< absent if there was an error
  config::shared::WebSettings web;
  config::reader::RestartValues restart_values;
  std::vector<config::reader::Diagnostic> diagnostics;
  int exit_code = 0;  ///< a sysexits code
  bool ok() const { return site != nullptr; }
};

LoadedWebConfig load_web_config(const std::string& path, const system::Files& files);

}  // namespace signpost::web
