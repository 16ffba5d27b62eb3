#include "store/output_file.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/keyring.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::store {
namespace {

constexpr std::size_t kMaxKeyFile = 64 << 10;

/// Without links and dots; the path itself if there is no such directory.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

/// Of a directory and those above it.
bool is_in_store(std::string directory) {
  for (;;) {
    struct stat status {};
    if (::lstat((directory + "/signpost.lock").c_str(), &status) == 0) return true;
    const auto slash = directory.rfind('/');
    if (slash == std::string::npos || directory.empty()) return false;
    directory.resize(slash);
  }
}

/// A file that cannot be read is none that is known.
std::string begin_of(int file, std::size_t max) {
  std::string bytes(max, '\0');
  bytes.resize(system::read_at(file, 0, bytes.data(), bytes.size()).value_or(0));
  return bytes;
}

bool holds_keys(int file) {
  std::string text = begin_of(file, kMaxKeyFile);
  const bool found = text.find("-----BEGIN ") != std::string::npos || base::parse_keyring(text).has_value();
  base::wipe(text);
  return found;
}

}  // namespace

bool begins_with(int file, std::string_view bytes) {
  return begin_of(file, bytes.size()) == bytes;
}

base::Result<void> check_output(const std::string& path, const OutputFile& output) {
  if (is_in_store(real_path(system::directory_of(path))))
    return base::invalid(path + " is inside the store's directory; name a file elsewhere");
  const system::Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return {};
  const int error = errno;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return system::system_failure(path);
  if (!S_ISREG(status.st_mode)) return base::invalid(path + " is not a regular file; name another");
  if (!file.is_open()) return system::system_failure("opening " + path, error);
  if (output.is_former(file.get())) return {};
  if (path.ends_with(".toml")) return base::invalid(path + " is a configuration; name another file");
  if (holds_keys(file.get())) return base::invalid(path + " holds keys; name another file");
  if (output.replace) return {};
  return base::invalid(path + " is there and is not " + output.what + "; name another file, or say " +
                       output.replace_word);
}

}  // namespace signpost::store
