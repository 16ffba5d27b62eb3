// Sorts more records than memory holds: sorted runs go to a file without a name while the next one fills, and
// are merged while they are read. Keys and values are plain bytes here.
#pragma once

#include <cstdint>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "system/descriptor.h"

namespace signpost::store::list {

/// Records are added, then read in the order of their keys (as bytes), those with equal keys in the order
/// they were added. One thread (a second one of its own sorts and writes runs). Errors: unavailable (the disk
/// is full or fails; a later call may report it).
class Sorter {
 public:
  /// Runs go to `directory`; nothing is left there, whatever happens. Memory: about three times `run_bytes`.
  Sorter(std::string directory, std::size_t run_bytes)
      : directory_(std::move(directory)), run_bytes_(run_bytes) {}
  ~Sorter();
  Sorter(const Sorter&) = delete;
  Sorter& operator=(const Sorter&) = delete;

  base::Result<void> add(std::string_view key, std::string_view value);
  /// Begins reading, from the first record; may be called again. Nothing can be added afterwards.
  base::Result<void> rewind();

  struct Item {
    std::string key;
    std::string value;
  };
  /// Reads the next record. False at the end.
  base::Result<bool> next(Item& item);
  std::uint64_t size() const { return size_; }

 private:
  struct Row {
    std::uint64_t prefix;  ///< of the key, so that most comparisons look no further
    std::size_t at;
  };
  /// A sorted stretch of the file and the piece of it in memory.
  struct Run {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t at = 0;  ///< of the file, behind the buffer
    std::string buffer;
    std::size_t used = 0;
  };
  /// Records that are together in memory.
  struct Batch {
    std::string arena;
    std::vector<Row> rows;
    void sort();
  };
  base::Result<void> spill();
  base::Result<void> write_run(Batch& batch);
  base::Result<void> finish_run();
  base::Result<void> open_file(std::uint64_t wanted);
  base::Result<bool> fill(Run& run, std::size_t wanted);
  base::Result<bool> fill_record(Run& run);
  bool is_later(std::size_t left, std::size_t right) const;

  std::string directory_;
  std::size_t run_bytes_;
  std::uint64_t size_ = 0;
  Batch filling_;
  Batch leaving_;                               ///< being sorted and written, as long as `run_` is valid
  std::shared_future<base::Result<void>> run_;  ///< once failed it stays so
  std::size_t next_row_ = 0;
  system::Descriptor file_;
  std::uint64_t file_bytes_ = 0;
  std::vector<Run> runs_;
  std::vector<std::size_t> heap_;  ///< runs that have a record in their buffer, the next one first
};

}  // namespace signpost::store::list
