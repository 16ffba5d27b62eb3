// `suppress import` of signpostctl: which of its options are about the file, and the file as lines for the daemon.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/commands/line.h"
#include "daemon/control/client.h"
#include "importers/import_file.h"
#include "system/descriptor.h"

namespace signpost::programs {

/// The command's words taken apart.
struct ImportWords {
  importers::ReadOptions read;
  bool preview = false;
  std::string file;                             ///< empty: standard input
  std::vector<daemon::commands::Word> to_send;  ///< the words for the daemon
};
/// Error `invalid`: an option that cannot be read.
base::Result<ImportWords> read_import_words(const std::vector<daemon::commands::Word>& words, base::Wall now);

/// A file that is being sent.
class FileSender {
 public:
  /// Reads its beginning. Errors: not_found (it cannot be opened), invalid (it cannot be imported as it is).
  static base::Result<FileSender> open(ImportWords words);

  /// The words for the daemon, the file's format among them.
  std::vector<daemon::commands::Word> words() const;
  bool write(const daemon::control::ControlClient::PutLine& put);
  /// Why the file ended early; then nothing of it was listed.
  const std::optional<base::Error>& failure() const { return failure_; }
  /// For people, beside the daemon's answer.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// What the file is taken for, its columns, its first entries and how many there are of each kind; and whether every
  /// record could be taken.
  struct Preview {
    std::string text;
    bool is_whole = false;
  };
  base::Result<Preview> preview();

 private:
  FileSender(ImportWords words, std::unique_ptr<system::Descriptor> input, importers::ImportFile file,
             std::shared_ptr<int> read_error)
      : words_(std::move(words)),
        input_(std::move(input)),
        file_(std::move(file)),
        read_error_(std::move(read_error)) {}

  ImportWords words_;
  std::unique_ptr<system::Descriptor> input_;  ///< where `file_` reads from
  importers::ImportFile file_;
  std::shared_ptr<int> read_error_;  ///< an errno; 0: none
  std::optional<base::Error> failure_;
  std::vector<std::string> warnings_;
};

}  // namespace signpost::programs
