#include "web/spool/blocks_file.h"

#include <utility>

#include <sys/stat.h>

namespace signpost::web::spool {
namespace {

constexpr std::size_t kMaxBlocksBytes = 16u << 20;
constexpr const char* kCopyName = "blocks.copy";

struct Place {
  std::string directory;
  std::string name;
};

Place split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

base::Result<std::string> read_published(const std::string& path) {
  const Place place = split_path(path);
  const auto directory = system::open_directory(place.directory);
  if (!directory) return tl::unexpected(directory.error());
  return system::read_file(*directory, place.name, kMaxBlocksBytes);
}

}  // namespace

base::Result<void> publish_blocks(const std::string& path, const track::Blocks& blocks) {
  const Place place = split_path(path);
  const auto directory = system::open_directory(place.directory);
  if (!directory) return tl::unexpected(directory.error());
  return system::replace_file(*directory, place.name, track::format_blocks(blocks));
}

base::Result<BlocksFollower> BlocksFollower::open(const std::string& path,
                                                  const std::string& copy_directory) {
  auto copies = system::open_directory(copy_directory);
  if (!copies) return tl::unexpected(copies.error());
  BlocksFollower follower(path, std::move(*copies));
  if (const auto copy = system::read_file(follower.copies_, kCopyName, kMaxBlocksBytes)) {
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
    return set_failure(system::system_failure(path_).value().text);
  }
  const Version version{facts.st_dev, facts.st_ino, facts.st_size, facts.st_ctim.tv_sec,
                        facts.st_ctim.tv_nsec};
  if (version == seen_) return false;
  seen_ = version;
  auto text = read_published(path_);
  auto blocks = text ? track::parse_blocks(*text) : base::Result<track::Blocks>(tl::unexpected(text.error()));
  if (!blocks) return set_failure(path_ + ": " + blocks.error().text);
  set_failure({});
  blocks_ = std::make_shared<const track::Blocks>(std::move(*blocks));
  if (auto kept = system::replace_file(copies_, kCopyName, *text); !kept)
    return set_failure(kept.error().text);
  return true;
}

bool BlocksFollower::set_failure(std::string text) {
  std::swap(failure_, text);
  return failure_ != text;
}

}  // namespace signpost::web::spool
