// What signpostctl's arguments ask for. The only user of CLI11; does nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/commands/make_keys.h"
#include "programs/ctl/offline_message.h"

namespace signpost::programs {

/// Words for the daemon.
struct AskDaemon {
  std::vector<std::string> words;
  bool json = false;
};

/// `dkim genkey`.
struct GenerateDkimKey {
  daemon::commands::DkimKeyRequest key;
  bool json = false;
};
/// `key new`, `key rotate`, `key revoke`.
struct ChangeRing {
  daemon::commands::RingChange change = daemon::commands::RingChange::create;
  std::string file;
  std::optional<std::uint8_t> id;  ///< revoke only
};
/// `token decode`.
struct DecodeToken {
  std::string url;
  std::string keys;  ///< a ring's file; empty: from the configuration
};
/// `message run`.
struct RunMessage {
  std::string file;
  MessageRun run;
  std::string edits;     ///< where to write them; empty: nowhere
  bool replace = false;  ///< see store/output_file, as in DrawMap
};
/// `message undo`.
struct UndoMessage {
  std::string file;
  std::string edits;
};
/// `bounce classify`.
struct ClassifyBounces {
  std::vector<std::string> files;  ///< none, or "-": standard input
  bool json = false;
};
/// `diagnose`.
struct DiagnoseReply {
  std::string reply;
  bool json = false;
};
/// `feedback`: hands a message that came back to the daemon.
struct HandIn {
  std::string recipient;
};
/// `report map`: asks the daemon, writes a file.
struct DrawMap {
  std::string campaign;
  std::string tenant;  ///< may be empty if only one has such a campaign
  std::string out;
  bool replace = false;
  std::string sample;  ///< a message of the campaign as it was sent; empty: the layout that the daemon kept
  std::string keys;    ///< as in DecodeToken
};

struct CtlOptions {
  std::string socket;  ///< empty: from the configuration
  std::string config;  ///< empty: the default file
  std::variant<AskDaemon, GenerateDkimKey, ChangeRing, DecodeToken, RunMessage, UndoMessage, ClassifyBounces,
               DiagnoseReply, HandIn, DrawMap>
      task;
};

/// Prints a text and exits: --help, --version, a wrong command line.
struct CtlExit {
  int code = 0;
  std::string text;  ///< for stdout if the code is 0, else for stderr
};

/// `arguments` without the program's name.
tl::expected<CtlOptions, CtlExit> read_ctl_options(const std::vector<std::string>& arguments);

}  // namespace signpost::programs
