// What [web] configures, as plain data, and the rows that fill it. web/config builds a Site from them.
#pragma once

#include <string>
#include <vector>

#include "base/ip.h"
#include "config/reader/table.h"
#include "system/listen_address.h"

namespace signpost::config::shared {

struct WebSettings {
  system::ListenAddress listen;
  system::ListenAddress metrics;
  std::vector<std::string> hosts;  ///< canonical; empty: tracking.host
  std::vector<base::Network> trusted_proxies;
  std::string spool;                       ///< a directory
  std::string blocked_links;               ///< the kill switch's file
  std::string ingest;                      ///< the daemon's socket
  std::string abuse_contact;               ///< empty: abuse@ the first host
  std::string page_name;                   ///< who sends, as the pages say; empty: nothing is said
  std::string page_contact;                ///< likewise where to write
  std::string apple_app_site_association;  ///< a file; empty: none
  std::string assetlinks;                  ///< a file; empty: none
  std::string networks;                    ///< a file of networks of scanners and data centers; empty: none
  std::string pages;                       ///< a directory of templates; empty: the built-in pages
};

/// [web].
std::vector<reader::Section> web_sections();

}  // namespace signpost::config::shared
