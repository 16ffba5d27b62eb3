#include "config/private_keys.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "config/reader/key_files.h"

namespace signpost::config {
namespace {

/// The first line of a password file; nothing if there is no such file to read.
base::Result<std::string> read_password(const system::Files& files, const std::string& path) {
  if (path.empty()) return std::string();
  auto text = reader::read_secret(files, path);
  if (!text) return text;
  const std::size_t end = std::min(text->find_first_of("\r\n"), text->size());
  if (end == 0) return base::invalid(path + ": the first line, which is the password, is empty");
  std::string password = text->substr(0, end);
  base::wipe(*text);
  return password;
}

}  // namespace

base::Result<std::shared_ptr<const base::PrivateKey>> load_private_key(const system::Files& files,
                                                                       const std::string& path,
                                                                       const std::string& password_file) {
  auto pem = reader::read_secret(files, path);
  if (!pem) return tl::unexpected(pem.error());
  // A key that is not encrypted needs no password, whatever the password file contains.
  const bool is_encrypted = pem->find("ENCRYPTED") != std::string::npos;
  auto password = read_password(files, is_encrypted ? password_file : std::string());
  auto key = password ? base::PrivateKey::parse_pem(*pem, *password)
                      : base::Result<base::PrivateKey>(tl::unexpected(password.error()));
  base::wipe(*pem);
  if (password) base::wipe(*password);
  if (!key) return tl::unexpected(password ? base::in_context(path, key.error()) : key.error());
  return std::make_shared<const base::PrivateKey>(std::move(*key));
}

}  // namespace signpost::config
