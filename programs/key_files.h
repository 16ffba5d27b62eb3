// Secrets on disk: reads a key file only if nobody but root and the daemon could have written it, and nobody
// else can read it. Errors name the component of the path that is wrong and the command that mends it.
#pragma once

#include <memory>
#include <string>

#include "base/crypto.h"
#include "base/keyring.h"
#include "base/result.h"
#include "programs/files.h"

namespace signpost::programs {

struct Secret {
  std::string path;  ///< without links
  FileFacts facts;
};

/// The path is walked from the root and checked on the way. The file: a regular one that belongs to root or
/// the daemon's user, not writable by its group, closed to others. Directories: of the same owners, writable
/// by no one else (a sticky one such as /tmp is let pass: in it others cannot replace what is not theirs).
/// Limitation: mode bits only; access control lists are not looked at.
base::Result<Secret> find_secret(const Files& files, const std::string& path);

/// The same for a directory that holds many: walked once,
base::Result<std::string> resolve_key_directory(const Files& files, const std::string& path);
/// and then for each name in it only the file is looked at.
base::Result<Secret> find_secret_in(const Files& files, const std::string& directory,
                                    const std::string& name);

/// `password_file` holds the password of an encrypted one in its first line; empty: none. It is guarded like
/// a key.
base::Result<std::shared_ptr<const base::PrivateKey>> load_private_key(const Files& files,
                                                                       const std::string& path,
                                                                       const std::string& password_file = {});
base::Result<std::shared_ptr<const base::Keyring>> load_keyring(const Files& files, const std::string& path);

}  // namespace signpost::programs
