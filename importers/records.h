// Records of foreign files, whatever their form: the cells of a CSV record or the values of a JSON object. Which cell
// means what is importers/layout's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "importers/text_source.h"

namespace signpost::importers {

/// The longest record that is read; a quote that nobody closes must not swallow a file.
inline constexpr std::size_t kMaxRecord = std::size_t{256} * 1024;

struct Record {
  std::uint64_t number = 0;        ///< CSV: the line it begins on, from 1; JSON: which object it is, from 1
  std::vector<std::string> names;  ///< JSON: the key of each cell, nested ones joined by "."; CSV: empty
  std::vector<std::string> cells;  ///< UTF-8, trimmed
  std::string fault;               ///< why it cannot be read; empty: it can
};

/// Takes one record, which it may change; false: no more are needed.
using TakeRecord = std::function<bool(Record& record)>;

/// Whose lookup tables importers/map_records reads.
enum class MapKind { none, postfix, sendmail };

/// How a text is split. As made, every line is one cell.
struct CsvForm {
  char separator = '\0';      ///< '\0': none
  bool cr_ends_line = false;  ///< a file of an old Mac: no LF in it at all
  MapKind map = MapKind::none;
  bool operator==(const CsvForm&) const = default;
};

/// What parse_csv_record took from the text.
struct CsvTaken {
  std::size_t bytes = 0;  ///< 0: the record goes on behind the text
  std::uint64_t lines = 0;
};
/// The first record of the text, RFC 4180 §2: a field in double quotes may hold separators, doubled quotes and line
/// breaks. CRLF and LF end a line. Text behind a closing quote is the record's fault, except where tabs separate or
/// nothing does: there such a field is plain text. Without a separator quotes end with their line. `is_last`: nothing
/// follows the text. Error `invalid`: a record above kMaxRecord, or a quote that the rest of the file does not close.
base::Result<CsvTaken> parse_csv_record(std::string_view text, bool is_last, const CsvForm& form,
                                        Record& record);

/// Reads all records of a text. Lines that are empty or blank are skipped.
class CsvRecords {
 public:
  /// `lines` were taken from the source before.
  CsvRecords(TextSource& source, CsvForm form, std::uint64_t lines)
      : source_(source), form_(form), line_(lines + 1) {}
  /// False at the end.
  base::Result<bool> next(Record& record);

 private:
  TextSource& source_;
  const CsvForm form_;
  std::uint64_t line_;
};

/// UTF-8 of a cell's bytes: as they are if they are UTF-8, else read as Windows-1252, whose letters are those of
/// Latin-1. Control bytes and line breaks become blanks; blanks of any kind and invisible characters at both ends go.
std::string clean_cell(std::string_view bytes);
/// The same for both ends only.
std::string_view trim_cell(std::string_view text);
/// Small letters and digits only: "E-Mail address", "email_address" and "EmailAddress" are one.
std::string squeeze(std::string_view text);

}  // namespace signpost::importers
