// What [web] configures, as plain data. The rows that fill it are in web_settings.cc; what they lead to is
// web_config.
#pragma once

#include <string>
#include <vector>

#include "mail/envelope.h"
#include "programs/web_listen.h"

namespace signpost::programs {

struct WebSettings {
  ListenAddress listen;
  ListenAddress metrics;
  std::vector<std::string> hosts;  ///< canonical; empty: tracking.host
  std::vector<mail::Network> trusted_proxies;
  std::string spool;          ///< a directory
  std::string blocked_links;  ///< the kill switch's file
  std::string ingest;         ///< the daemon's socket
  std::string abuse_contact;  ///< empty: abuse@ the first host
  std::string pages;          ///< a directory of templates; empty: the built-in pages
};

}  // namespace signpost::programs
