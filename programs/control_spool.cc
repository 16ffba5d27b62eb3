#include "programs/control_spool.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace signpost::programs {
namespace {

tl::unexpected<base::Error> spool_failure(const std::string& what) {
  return base::fail(base::ErrorKind::unavailable,
                    "cannot " + what + " the import's spool: " + std::strerror(errno));
}

}  // namespace

base::Result<LineSpool> LineSpool::open(const std::string& directory) {
  std::string path = directory + "/.signpost-import-XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) return spool_failure("make");
  ::unlink(path.c_str());
  std::FILE* file = ::fdopen(descriptor, "w+");
  if (file == nullptr) {
    ::close(descriptor);
    return spool_failure("open");
  }
  return LineSpool(file);
}

bool LineSpool::add(std::string_view line) {
  failed_ = failed_ || std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
            std::fputc('\n', file_.get()) == EOF;
  return !failed_;
}

base::Result<void> LineSpool::rewind() {
  if (failed_ || std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0)
    return spool_failure("write");
  return {};
}

bool LineSpool::next(std::string& line) {
  line.clear();
  for (int c = ::getc_unlocked(file_.get()); c != EOF; c = ::getc_unlocked(file_.get())) {
    if (c == '\n') return true;
    line += static_cast<char>(c);
  }
  return false;
}

}  // namespace signpost::programs
