#include "system/whole_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/encoding.h"
#include "system/unix_listener.h"

namespace signpost::system {
namespace {

tl::unexpected<base::Error> file_failure(const std::string& what, const std::string& path, int error) {
  const auto kind = error == ENOENT   ? base::ErrorKind::not_found
                    : error == EEXIST ? base::ErrorKind::invalid
                                      : base::ErrorKind::unavailable;
  return base::fail(kind, "cannot " + what + " '" + path + "': " + std::strerror(error));
}

/// 0, or the error of the write that failed.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Makes a new name in a directory outlive a power failure.
base::Result<void> sync_directory(const std::string& path) {
  const std::string directory = directory_of(path);
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return file_failure("sync directory", directory, errno);
  return {};
}

/// Writes and syncs a file that was just made; takes it away again on an error.
base::Result<void> fill_new_file(const Descriptor& file, const std::string& path, std::string_view bytes) {
  int error = write_all(file.get(), bytes);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(path.c_str());
  return file_failure("write", path, error);
}

Descriptor create_new(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
}

}  // namespace

base::Result<std::string> read_whole_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return file_failure("read", path, errno);
  std::string bytes;
  char piece[64 * 1024];
  while (true) {
    const ssize_t count = ::read(file.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_failure("read", path, errno);
    if (count == 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(count));
  }
}

base::Result<void> write_new_file(const std::string& path, std::string_view bytes) {
  const Descriptor file = create_new(path);
  if (file.get() < 0) return file_failure("create", path, errno);
  if (auto filled = fill_new_file(file, path, bytes); !filled) return filled;
  return sync_directory(path);
}

base::Result<void> replace_file(const std::string& path, std::string_view bytes) {
  struct stat old {};
  if (::stat(path.c_str(), &old) != 0) return file_failure("replace", path, errno);
  const std::string beside = path + "." + base::encode_hex(base::random_bytes(8)) + ".new";
  const Descriptor file = create_new(beside);
  if (file.get() < 0) return file_failure("create", beside, errno);
  // The owner first: chown clears mode bits.
  const bool same_owner = old.st_uid == ::geteuid() && old.st_gid == ::getegid();
  if ((!same_owner && ::fchown(file.get(), old.st_uid, old.st_gid) != 0) ||
      ::fchmod(file.get(), old.st_mode & 07777) != 0) {
    const int error = errno;
    ::unlink(beside.c_str());
    return file_failure("keep owner and mode of", path, error);
  }
  if (auto filled = fill_new_file(file, beside, bytes); !filled) return filled;
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(beside.c_str());
    return file_failure("replace", path, error);
  }
  return sync_directory(path);
}

base::Result<void> write_file(const std::string& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) return file_failure("write", path, errno);
  if (const int error = write_all(file.get(), bytes); error != 0) return file_failure("write", path, error);
  return {};
}

}  // namespace signpost::system
