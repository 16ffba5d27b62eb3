#include "system/durable_file.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace signpost::system {
namespace {

/// Closes it at the end of its life.
class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

base::Result<void> fill_and_sync(int file, const std::string& path,
                                 const std::function<base::Result<void>(int)>& fill) {
  auto filled = fill(file);
  if (!filled) return filled;
  if (::fsync(file) != 0) return tl::unexpected(system_error("writing " + path, errno));
  return {};
}

}  // namespace

base::Error system_error(const std::string& doing, int code) {
  return {base::ErrorKind::unavailable, doing + ": " + std::generic_category().message(code)};
}

base::Result<void> write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected(system_error("writing", errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

base::Result<void> replace_file(const std::string& path, const std::function<base::Result<void>(int)>& fill) {
  std::string temporary = path + ".XXXXXX";
  {
    const File file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
    if (file.number() < 0) return tl::unexpected(system_error("making a file beside " + path, errno));
    auto filled = fill_and_sync(file.number(), path, fill);
    if (!filled) {
      ::unlink(temporary.c_str());
      return filled;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int code = errno;
    ::unlink(temporary.c_str());
    return tl::unexpected(system_error("renaming to " + path, code));
  }
  return sync_directory(directory_of(path));
}

base::Result<std::string> read_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0 && errno == ENOENT)
    return base::fail(base::ErrorKind::not_found, path + " does not exist");
  if (file.number() < 0) return tl::unexpected(system_error("opening " + path, errno));
  std::string bytes;
  char piece[65536];
  while (true) {
    const ssize_t got = ::read(file.number(), piece, sizeof(piece));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(system_error("reading " + path, errno));
    if (got == 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(got));
  }
}

base::Result<void> sync_directory(const std::string& path) {
  const File directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0 || ::fsync(directory.number()) != 0) {
    return tl::unexpected(system_error("syncing " + path, errno));
  }
  return {};
}

}  // namespace signpost::system
