// The walk to a key file: every component is checked without following links; links are resolved here.
#include "config/reader/key_files.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"

namespace signpost::config::reader {
namespace {

constexpr std::size_t kMaxKeyFile = 64u << 10;
constexpr int kMaxLinks = 16;

std::string octal(mode_t permissions) {
  std::string digits;
  for (const unsigned shift : {9u, 6u, 3u, 0u})
    digits += static_cast<char>('0' + ((permissions >> shift) & 7));
  return digits;
}

base::Result<void> refuse(const std::string& path, const std::string& problem, const std::string& command) {
  return base::invalid(path + " " + problem + "; fix it with: " + command + " " + path);
}

base::Result<void> check_owner(const system::Files& files, const std::string& path,
                               const system::FileFacts& facts) {
  if (files.may_own_keys(facts.owner)) return {};
  return refuse(
      path,
      "belongs to user " + std::to_string(facts.owner) + ", which is neither root nor the daemon's user",
      facts.kind == system::FileFacts::Kind::link ? "chown -h root" : "chown root");
}

base::Result<void> check_directory(const system::Files& files, const std::string& path,
                                   const system::FileFacts& facts) {
  if (auto owner = check_owner(files, path, facts); !owner) return owner;
  const bool sticky = (facts.permissions & 01000) != 0;
  if ((facts.permissions & 0002) != 0 && !sticky) {
    return refuse(path, "is writable by everyone (mode " + octal(facts.permissions) + ")", "chmod o-w");
  }
  if ((facts.permissions & 0020) != 0 && !sticky && !files.may_hold_keys(facts.group)) {
    return refuse(path, "is writable by its group (mode " + octal(facts.permissions) + ")", "chmod g-w");
  }
  return {};
}

base::Result<void> check_file(const system::Files& files, const std::string& path,
                              const system::FileFacts& facts) {
  if (facts.kind == system::FileFacts::Kind::directory) return base::invalid(path + " is a directory");
  if (facts.kind != system::FileFacts::Kind::regular) return base::invalid(path + " is not a regular file");
  if (auto owner = check_owner(files, path, facts); !owner) return owner;
  if ((facts.permissions & 0007) != 0) {
    return refuse(path, "is accessible to everyone (mode " + octal(facts.permissions) + ")", "chmod o=");
  }
  if ((facts.permissions & 0020) != 0) {
    return refuse(path, "is writable by its group (mode " + octal(facts.permissions) + ")", "chmod g-w");
  }
  return {};
}

std::deque<std::string> components(const std::string& path) {
  std::deque<std::string> names;
  for (const std::string_view name : base::split(path, '/')) {
    if (!name.empty() && name != ".") names.emplace_back(name);
  }
  return names;
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

/// One component on the way: the last is the file or directory that is looked for, others are
/// directories or links.
base::Result<void> check_component(const system::Files& files, const std::string& path,
                                   const system::FileFacts& facts, bool wants_file) {
  if (facts.kind == system::FileFacts::Kind::link) return check_owner(files, path, facts);
  if (wants_file) return check_file(files, path, facts);
  if (facts.kind == system::FileFacts::Kind::directory) return check_directory(files, path, facts);
  return base::invalid(path + " is not a directory");
}

/// The walk from the root to a file, or to a directory.
base::Result<Secret> walk(const system::Files& files, const std::string& path, bool to_file) {
  std::deque<std::string> ahead = components(path);
  ahead.emplace_front();  // the root itself
  std::string at;         // resolved so far, without a slash at the end
  system::FileFacts last;
  int links = 0;
  while (!ahead.empty()) {
    const std::string name = std::move(ahead.front());
    ahead.pop_front();
    if (name == "..") {
      at = parent_of(at);
      continue;
    }
    std::string next = at;
    next.append("/").append(name);
    auto facts = files.inspect(next);
    if (!facts) return tl::unexpected(facts.error());
    if (const auto checked = check_component(files, next, *facts, to_file && ahead.empty()); !checked) {
      return tl::unexpected(checked.error());
    }
    if (facts->kind == system::FileFacts::Kind::link) {
      if (++links > kMaxLinks) return base::invalid(next + ": too many symbolic links");
      const std::deque<std::string> target = components(facts->target);
      ahead.insert(ahead.begin(), target.begin(), target.end());
      if (!facts->target.empty() && facts->target.front() == '/') at.clear();
      continue;
    }
    at = name.empty() ? at : std::move(next);
    last = std::move(*facts);
  }
  if (to_file && last.kind == system::FileFacts::Kind::directory)
    return base::invalid(path + " is a directory");
  return Secret{std::move(at), std::move(last)};
}

}  // namespace

base::Result<Secret> find_secret(const system::Files& files, const std::string& path) {
  return walk(files, path, true);
}

base::Result<std::string> resolve_key_directory(const system::Files& files, const std::string& path) {
  auto directory = walk(files, path, false);
  if (!directory) return tl::unexpected(directory.error());
  return std::move(directory->path);
}

base::Result<Secret> find_secret_in(const system::Files& files, const std::string& directory,
                                    const std::string& name) {
  std::string path = directory + "/" + name;
  auto facts = files.inspect(path);
  if (!facts) return tl::unexpected(facts.error());
  if (facts->kind == system::FileFacts::Kind::link) return find_secret(files, path);
  if (const auto checked = check_file(files, path, *facts); !checked) return tl::unexpected(checked.error());
  return Secret{std::move(path), std::move(*facts)};
}

base::Result<std::string> read_secret(const system::Files& files, const std::string& path) {
  const auto secret = find_secret(files, path);
  if (!secret) return tl::unexpected(secret.error());
  return files.read(secret->path, kMaxKeyFile);
}

base::Result<std::shared_ptr<const base::Keyring>> load_keyring(const system::Files& files,
                                                                const std::string& path) {
  auto text = read_secret(files, path);
  if (!text) return tl::unexpected(text.error());
  auto ring = base::parse_keyring(*text);
  base::wipe(*text);
  if (!ring) return tl::unexpected(base::in_context(path, ring.error()));
  return std::make_shared<const base::Keyring>(std::move(*ring));
}

}  // namespace signpost::config::reader
