#include "system/file.h"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <dirent.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/encoding.h"
#include "system/errors.h"

namespace signpost::system {
namespace {

using base::Result;

constexpr std::size_t kChunk = std::size_t{64} << 10;

std::string quoted(const FileName& file) {
  return "'" + file.text + "'";
}

Descriptor open_file(const FileName& file, int flags, mode_t mode = 0) {
  return Descriptor(::openat(file.directory, file.text.c_str(), flags | O_CLOEXEC, mode));
}

void remove_file(const FileName& file) {
  (void)::unlinkat(file.directory, file.text.c_str(), 0);
}

Result<void> sync_opened(const FileName& name, const std::string& what) {
  const Descriptor directory = open_file(name, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open() || ::fsync(directory.get()) != 0) return system_failure(what);
  return {};
}

Result<void> sync_directory_of(const FileName& file) {
  FileName above = file;
  above.text = directory_of(file.text);
  return sync_opened(above, "syncing the directory of " + quoted(file));
}

/// Fills, syncs and closes a file that was just made; removes it on an error.
Result<void> complete(Descriptor& opened, const FileName& file, const Fill& fill) {
  Result<void> done = fill(opened.get());
  int code = done && ::fsync(opened.get()) != 0 ? errno : 0;
  if (const int closed = opened.close(); code == 0) code = closed;
  if (done && code != 0) done = system_failure("writing " + quoted(file), code);
  if (!done) remove_file(file);
  return done;
}

/// Gives a file the owner, the group and the mode of another.
Result<void> copy_owner(const Descriptor& to, const FileName& from) {
  const std::string what = "keeping owner and mode of " + quoted(from);
  struct stat facts {};
  if (::fstatat(from.directory, from.text.c_str(), &facts, 0) != 0) return system_failure(what);
  // The owner first: chown clears mode bits.
  const bool same = facts.st_uid == ::geteuid() && facts.st_gid == ::getegid();
  if (!same && ::fchown(to.get(), facts.st_uid, facts.st_gid) != 0) return system_failure(what);
  if (::fchmod(to.get(), facts.st_mode & 07777) != 0) return system_failure(what);
  return {};
}

base::Error too_large(const FileName& file, std::size_t max_bytes) {
  return {base::ErrorKind::limit, file.text + " is larger than " + std::to_string(max_bytes) + " bytes"};
}

/// Reads until the buffer is full or the file ends. Returns how many bytes there are.
Result<std::size_t> read_into(std::string& buffer, std::size_t filled, int file, const std::string& what) {
  while (filled < buffer.size()) {
    const ssize_t count = ::read(file, buffer.data() + filled, buffer.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(what);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

}  // namespace

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<Descriptor> open_directory(const std::string& path) {
  Descriptor directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open()) return system_failure(path);
  return directory;
}

Result<std::vector<std::string>> list_directory(const Descriptor& directory, std::size_t max) {
  Descriptor copy =
      open_file(FileName(directory, "."), O_RDONLY | O_DIRECTORY);  // a place of its own to read from
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(copy.is_open() ? ::fdopendir(copy.get()) : nullptr,
                                                    &::closedir);
  if (listing == nullptr) return system_failure("listing a directory");
  copy.release();
  std::vector<std::string> names;
  const dirent* entry = ::readdir(listing.get());
  for (std::size_t seen = 0; entry != nullptr && seen < max; ++seen, entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

Result<void> write_all(int file, std::string_view bytes, std::size_t* written) {
  const std::size_t size = bytes.size();
  Result<void> done;
  while (done && !bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    if (count == 0) done = system_failure("writing", EIO);
    if (count < 0 && errno != EINTR) done = system_failure("writing");
  }
  if (written != nullptr) *written = size - bytes.size();
  return done;
}

Result<void> write_at(int file, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_failure("writing", count < 0 ? errno : EIO);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<std::size_t> read_at(int file, std::uint64_t offset, char* buffer, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::pread(file, buffer + filled, size - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("reading");
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Result<std::string> read_file(const FileName& file, const ReadOptions& options) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int flags = (options.regular_only ? O_NONBLOCK : 0) | (options.follow_link ? 0 : O_NOFOLLOW);
  const Descriptor opened = open_file(file, O_RDONLY | flags);
  if (!opened.is_open()) return system_failure(file.text);
  struct stat facts {};
  if (::fstat(opened.get(), &facts) != 0) return system_failure(file.text);
  const bool is_regular = S_ISREG(facts.st_mode);
  if (options.regular_only && !is_regular) return base::invalid(file.text + " is not a regular file");

  // One byte more shows the end, or that the file is too large.
  const std::size_t size = is_regular ? static_cast<std::size_t>(facts.st_size) : kChunk;
  std::string bytes(std::min(size, options.max_bytes) + 1, '\0');
  std::size_t filled = 0;
  for (;;) {
    const auto got = read_into(bytes, filled, opened.get(), file.text);
    if (!got) return tl::unexpected(got.error());
    filled = *got;
    if (filled > options.max_bytes) return tl::unexpected(too_large(file, options.max_bytes));
    if (filled < bytes.size()) break;
    if (options.regular_only) {
      return base::fail(base::ErrorKind::unavailable, file.text + " grows while it is read");
    }
    bytes.resize(std::min(2 * filled + kChunk, options.max_bytes) + 1);
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::string> read_stream(int file, std::size_t max_bytes) {
  std::string bytes;
  for (std::string chunk(kChunk, '\0');;) {
    const ssize_t count = ::read(file, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("reading");
    if (count == 0) return bytes;
    bytes.append(chunk, 0, static_cast<std::size_t>(count));
    if (bytes.size() > max_bytes) return tl::unexpected(too_large("the input", max_bytes));
  }
}

Fill fill_with(std::string_view bytes) {
  return [bytes](int file) { return write_all(file, bytes); };
}

Result<void> replace_file(const FileName& file, const Fill& fill, const ReplaceOptions& options) {
  FileName beside = file;
  beside.text += "." + base::encode_hex(base::random_bytes(8)) + ".new";
  const std::string what = "making a file beside " + quoted(file);
  const mode_t mode = options.keep_owner ? 0600 : options.mode;
  Descriptor opened = open_file(beside, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!opened.is_open()) return system_failure(what);
  if (options.keep_owner) {
    if (auto kept = copy_owner(opened, file); !kept) {
      remove_file(beside);
      return kept;
    }
  }
  if (auto filled = complete(opened, beside, fill); !filled) return filled;
  if (::renameat(beside.directory, beside.text.c_str(), file.directory, file.text.c_str()) != 0) {
    const int code = errno;
    remove_file(beside);
    return system_failure("replacing " + quoted(file), code);
  }
  return sync_directory_of(file);
}

Result<void> write_new_file(const FileName& file, std::string_view bytes) {
  const std::string what = "cannot create " + quoted(file);
  Descriptor opened = open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!opened.is_open() && errno == EEXIST) return base::invalid(what + ": " + error_text(EEXIST));
  if (!opened.is_open()) return system_failure(what);
  if (auto filled = complete(opened, file, fill_with(bytes)); !filled) return filled;
  auto synced = sync_directory_of(file);
  if (!synced) remove_file(file);
  return synced;
}

Result<void> rename_file(const FileName& from, const FileName& to) {
  if (::renameat(from.directory, from.text.c_str(), to.directory, to.text.c_str()) != 0) {
    return system_failure("renaming " + quoted(from) + " to " + quoted(to), errno);
  }
  return sync_directory_of(to);
}

Result<void> sync_directory(const std::string& path) {
  return sync_opened(path, "syncing " + path);
}

}  // namespace signpost::system
