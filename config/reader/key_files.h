// Secrets on disk: reads a key file only if no one but root and the daemon could have written it, and no one
// else can read it. Errors name the component of the path that is wrong and the command that fixes it.
#pragma once

#include <memory>
#include <string>

#include "base/keyring.h"
#include "base/result.h"
#include "system/files.h"

namespace signpost::config::reader {

struct Secret {
  std::string path;  ///< without links
  system::FileFacts facts;
};

/// The path is walked from the root and checked on the way. The file: a regular one that belongs to root or
/// the daemon's user, not writable by its group, closed to others. Directories: of the same owners, writable
/// by no one else (a sticky one such as /tmp is let pass: in it others cannot replace what is not theirs).
/// Limitation: mode bits only; access control lists are not looked at.
base::Result<Secret> find_secret(const system::Files& files, const std::string& path);

/// The same for a directory that holds many: walked once,
base::Result<std::string> resolve_key_directory(const system::Files& files, const std::string& path);
/// and then for each name in it only the file is looked at.
base::Result<Secret> find_secret_in(const system::Files& files, const std::string& directory,
                                    const std::string& name);

/// The bytes of such a file, at most 64 KiB; the caller wipes them.
base::Result<std::string> read_secret(const system::Files& files, const std::string& path);
base::Result<std::shared_ptr<const base::Keyring>> load_keyring(const system::Files& files,
                                                                const std::string& path);

}  // namespace signpost::config::reader
