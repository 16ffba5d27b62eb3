// Private keys on disk: DKIM keys in PEM form, encrypted ones with the file that holds their password. Apart
// from reader/key_files, so that signpost-web, which reads rings only, has no code for private keys.
#pragma once

#include <memory>
#include <string>

#include "base/public_key.h"
#include "base/result.h"
#include "system/files.h"

namespace signpost::config {

/// `password_file` holds the password of an encrypted one in its first line; empty: none. It is
/// guarded like a key.
base::Result<std::shared_ptr<const base::PrivateKey>> load_private_key(const system::Files& files,
                                                                       const std::string& path,
                                                                       const std::string& password_file = {});

}  // namespace signpost::config
