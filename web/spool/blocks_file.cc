#include "web/spool/blocks_file.h"

#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include "system/errors.h"
#include "system/file.h"

namespace signpost::web::spool {
namespace {

constexpr std::size_t kMaxBlocksBytes = 16u << 20;
constexpr const char* kCopyName = "blocks.copy";

/// A file as publish_blocks makes them, and no other kind: it may lie where others can write.
base::Result<std::string> read_blocks(const system::FileName& file) {
  return system::read_file(file, {.max_bytes = kMaxBlocksBytes, .regular_only = true, .follow_link = false});
}

base::Result<void> write_blocks(const system::FileName& file, const std::string& text) {
  return system::replace_file(file, system::fill_with(text), {.mode = 0644});
}

}  // namespace

base::Result<void> publish_blocks(const std::string& path, const track::Blocks& blocks) {
  return write_blocks(path, track::format_blocks(blocks));
}

base::Result<BlocksFollower> BlocksFollower::open(const std::string& path,
                                                  const std::string& copy_directory) {
  auto copies = system::open_directory(copy_directory);
  if (!copies) return tl::unexpected(copies.error());
  BlocksFollower follower(path, std::move(*copies));
  if (const auto copy = read_blocks({follower.copies_, kCopyName})) {
    if (auto blocks = track::parse_blocks(*copy)) {
      follower.blocks_ = std::make_shared<const track::Blocks>(std::move(*blocks));
    }
  }
  follower.refresh();
  return follower;
}

bool BlocksFollower::refresh() {
  struct stat facts {};
  if (::stat(path_.c_str(), &facts) != 0) {
    seen_ = {};
    return set_failure(system::system_error(path_, errno).text);
  }
  const Version version{facts.st_dev, facts.st_ino, facts.st_size, facts.st_ctim.tv_sec,
                        facts.st_ctim.tv_nsec};
  if (version == seen_) return false;
  seen_ = version;
  auto text = read_blocks(path_);
  auto blocks = text ? track::parse_blocks(*text) : base::Result<track::Blocks>(tl::unexpected(text.error()));
  if (!blocks) return set_failure(path_ + ": " + blocks.error().text);
  set_failure({});
  blocks_ = std::make_shared<const track::Blocks>(std::move(*blocks));
  if (auto kept = write_blocks({copies_, kCopyName}, *text); !kept) return set_failure(kept.error().text);
  return true;
}

bool BlocksFollower::set_failure(std::string text) {
  std::swap(failure_, text);
  return failure_ != text;
}

}  // namespace signpost::web::spool
