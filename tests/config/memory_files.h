// The Files port over a map, for configuration tests and fuzzing: each entry with the mode and owner that the
// test needs. Root (0) and user 100 may own keys; the user "postfix" and the groups "postfix", "signpost-admin" and
// "signpost-read" exist.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "system/files.h"

namespace signpost::tests {

class MemoryFiles final : public system::Files {
 public:
  static constexpr uid_t kDaemon = 100;
  static constexpr uid_t kStranger = 1234;

  MemoryFiles() { add_directory("/", 0755); }

  void add_directory(const std::string& path, mode_t permissions, uid_t owner = 0, gid_t group = 0) {
    entries_[path] = {facts(system::FileFacts::Kind::directory, permissions, owner, group), {}, true};
  }
  void add_file(const std::string& path, std::string text, mode_t permissions = 0600, uid_t owner = 0) {
    entries_[path] = {facts(system::FileFacts::Kind::regular, permissions, owner, 0), std::move(text), true};
    entries_[path].facts.changed = ++changes_;
  }
  void add_link(const std::string& path, std::string target) {
    entries_[path] = {facts(system::FileFacts::Kind::link, 0777, 0, 0), {}, true};
    entries_[path].facts.target = std::move(target);
  }
  /// From now on the file is there but cannot be read.
  void lock(const std::string& path) { entries_.at(path).readable = false; }

  base::Result<std::string> read(const std::string& path, std::size_t max_bytes) const override {
    const Entry* entry = find(path);
    for (int links = 0; entry != nullptr && entry->facts.kind == system::FileFacts::Kind::link && links < 8;
         ++links) {
      entry = find(entry->facts.target);
    }
    if (entry == nullptr) return base::fail(base::ErrorKind::not_found, path + ": No such file or directory");
    if (!entry->readable) return base::fail(base::ErrorKind::unavailable, path + ": Permission denied");
    if (entry->text.size() > max_bytes) return base::fail(base::ErrorKind::limit, path + " is too large");
    return entry->text;
  }
  base::Result<system::FileFacts> inspect(const std::string& path) const override {
    const Entry* entry = find(path);
    if (entry == nullptr) return base::fail(base::ErrorKind::not_found, path + ": No such file or directory");
    return entry->facts;
  }
  base::Result<std::vector<std::string>> list(const std::string& directory) const override {
    std::vector<std::string> names;
    const std::string prefix = directory + "/";
    for (const auto& [path, entry] : entries_) {
      if (path.compare(0, prefix.size(), prefix) == 0 && path.find('/', prefix.size()) == std::string::npos) {
        names.push_back(path.substr(prefix.size()));
      }
    }
    return names;
  }
  bool group_exists(const std::string& name) const override {
    return name == "postfix" || name == "signpost-admin" || name == "signpost-read";
  }
  bool user_exists(const std::string& name) const override { return name == "postfix"; }
  bool may_own_keys(uid_t owner) const override { return owner == 0 || owner == kDaemon; }
  bool may_hold_keys(gid_t group) const override { return group == 0; }

 private:
  struct Entry {
    system::FileFacts facts;
    std::string text;
    bool readable = true;
  };
  static system::FileFacts facts(system::FileFacts::Kind kind, mode_t permissions, uid_t owner, gid_t group) {
    system::FileFacts result;
    result.kind = kind;
    result.permissions = permissions;
    result.owner = owner;
    result.group = group;
    return result;
  }
  const Entry* find(const std::string& path) const {
    const auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : &found->second;
  }

  std::map<std::string, Entry> entries_;
  std::int64_t changes_ = 0;
};

}  // namespace signpost::tests
