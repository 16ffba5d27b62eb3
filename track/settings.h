// What tracking needs to know, as plain data. Filled from [tracking] by config/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/keyring.h"
#include "base/result.h"
#include "track/target.h"

namespace signpost::track {

/// How much a link may tell, from nothing to the person; the order matters (narrowest wins).
enum class Mode { off, anonymous, pseudonymous, identified };
const char* mode_word(Mode mode);
base::Result<Mode> parse_mode(std::string_view word);

/// How much links in the mail of one stream may tell at most.
struct StreamMode {
  std::string stream;
  Mode mode = Mode::identified;
  bool operator==(const StreamMode&) const = default;
};
/// "STREAM=MODE".
base::Result<StreamMode> parse_stream_mode(std::string_view text);

/// What one tenant has otherwise than the site.
struct TenantSettings {
  std::string host;                      ///< canonical; empty: the site's
  std::optional<Mode> mode;              ///< absent: the site's
  std::vector<StreamMode> stream_modes;  ///< beside the site's; the narrowest counts
  std::vector<std::string> targets;      ///< see Settings
  std::string notify;                    ///< an address; empty: the site's
  std::string page_name = {};            ///< as signpost-web's pages name it; empty: as the site's
  std::string page_contact = {};         ///< likewise where to write
};

/// A query parameter that targets on some hosts get.
struct QueryTag {
  std::string name;
  std::string value;               ///< with the places {campaign} and {stream}
  std::vector<std::string> hosts;  ///< canonical; the names below them too
  bool operator==(const QueryTag&) const = default;
};

struct Settings {
  std::string host;  ///< canonical; empty: tracking is off
  std::shared_ptr<const base::Keyring> keys;
  Mode mode = Mode::anonymous;
  bool clicks = true;
  bool opens = false;
  bool trap_link = false;  ///< beside each pixel a link that no person sees
  std::vector<std::string> streams = {"bulk"};
  bool plain_text = false;
  bool conditional_comments = false;  ///< links within Outlook's conditional comments too, VML included
  bool svg = false;                   ///< xlink:href of <a> within <svg> too
  bool recode_long_lines = true;      ///< parts whose lines links would make too long are encoded again
  bool url_text = true;               ///< links whose text is itself a URL too
  std::vector<Exclusion> exclude;
  std::vector<QueryTag> tags;                               ///< in this order
  std::vector<std::string> unsubscribe_streams = {"bulk"};  ///< [unsubscribe] streams
  bool unsubscribe_mailto = true;                           ///< offered where there is a bounce domain
  bool decode_unsubscribe = false;  ///< [unsubscribe] decode: the sender's own field, if it has encoded words
  std::string notify;               ///< [unsubscribe] notify: the address that is notified; empty: no one is
  std::vector<StreamMode> stream_modes;
  bool keep_sample = false;          ///< [report] keep_sample
  std::vector<std::string> targets;  ///< canonical; links lead to these and the names below only; empty: any
  std::shared_ptr<const std::set<std::string>> own_hosts;  ///< every tracking host of the site; null: `host`

  /// Gives the tenants, by their ids, settings of their own; to be called once all others are read.
  void set_tenants(const std::map<std::uint32_t, TenantSettings>& tenants);
  /// What holds for that tenant's mail: these settings, or its own.
  const Settings& of(std::uint32_t tenant) const;
  /// The narrowest of the tenant's and the stream's mode.
  Mode mode_of(std::string_view stream) const;

 private:
  std::map<std::uint32_t, std::shared_ptr<const Settings>> tenants_;
};

/// What a Signpost-Track header asks for; never wider than configured.
struct Request {
  bool clicks = true;
  bool opens = true;
  Mode mode = Mode::identified;  ///< narrowest of this and the configured one counts
};

/// "off", "clicks", "opens", "clicks opens", a mode, or clicks and opens with a mode, in any order and case.
base::Result<Request> parse_track_header(std::string_view value);

}  // namespace signpost::track
