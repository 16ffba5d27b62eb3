// A foreign file from its first byte to its last: what it is, its records judged, and each as one line of the daemon's
// `suppress import`. signpostctl sends those lines; memory is the file's beginning and one record.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "importers/layout.h"
#include "importers/meaning.h"

namespace signpost::importers {

/// What a file held.
struct Summary {
  std::uint64_t entries = 0;
  std::uint64_t ignored = 0;
  std::uint64_t expired = 0;
  std::uint64_t bad = 0;
  std::uint64_t undated = 0;
  /// Entries by reason and scope in words for people.
  std::map<std::pair<std::string, std::string>, std::uint64_t> meanings;
  /// What the operator should know: pages that are missing, parts that the provider keeps apart.
  std::vector<std::string> warnings;
};

/// For one thread.
class ImportFile {
 public:
  /// Reads the beginning. Errors as read_layout.
  static base::Result<ImportFile> open(ReadBytes read, ReadOptions options);

  const Layout& layout() const { return layout_; }
  /// Which column holds what, for the preview: the file's name of each and our word for it.
  std::vector<std::pair<std::string, std::string>> described_columns() const;
  /// The words that the daemon's answer repeats; empty for our own form and for plain lists.
  std::string format_name() const;

  /// Each record, judged, until `take` returns false. Error `invalid`: the file cannot be read to its end; then
  /// nothing of it may be listed.
  base::Result<Summary> each(const std::function<bool(const Item&)>& take);
  /// Each record as a line that `suppress import` reads, a header line first where they have columns. A plain address
  /// is a line as it stands in the file, at the same line number.
  base::Result<Summary> lines(const std::function<bool(std::string_view line)>& put);

 private:
  ImportFile(TextSource source, ReadOptions options)
      : source_(std::move(source)), options_(std::move(options)) {}
  base::Result<Summary> plain_lines(const std::function<bool(std::string_view number_line)>& put);
  base::Result<void> each_record(const TakeRecord& take, Summary& summary);

  TextSource source_;
  ReadOptions options_;
  Layout layout_;
};

/// The header of such lines, and one of them. A file that names tenants has one column more.
std::string format_import_header(bool names_tenants);
std::string format_import_line(const Item& item, bool names_tenants);
/// "everywhere", "the tenant", "the tenant's stream news", "the tenant's streams other than transactional". `given` is
/// the reason of entries that name none.
std::string describe_scope(const Item& item, policy::Reason given);

}  // namespace signpost::importers
