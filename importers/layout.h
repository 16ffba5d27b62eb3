// What a foreign file is: its form, and which column means what. Decided from its beginning, from its name, and from
// what the operator says; or refused, with the words that would decide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "importers/formats.h"
#include "importers/records.h"
#include "policy/reason.h"

namespace signpost::importers {

/// What the operator says about a file.
struct ReadOptions {
  std::string format;                                        ///< Format::name, "plain", or "own"
  std::vector<std::pair<std::string, std::string>> columns;  ///< our column, and theirs or its number from 1
  std::vector<std::string> ignored;  ///< columns to leave out; "*": all that are not known
  std::optional<policy::Reason> reason;
  std::vector<std::pair<std::string, std::string>>
      tags;                          ///< a tag of the provider's, and the stream that it is here
  std::vector<policy::Reason> kept;  ///< entries of these that have expired are listed without an end
  std::string file_name;             ///< without its folder; "" if unknown
  base::Wall now{};
};
/// "address:Email,reason:Grund". Error `invalid`: a name of ours that is not a column, or is named twice.
base::Result<std::vector<std::pair<std::string, std::string>>> parse_columns_option(std::string_view text);

/// "weekly=news": a tag and its stream. Error `invalid`: one of both is missing.
base::Result<std::pair<std::string, std::string>> parse_tag_option(std::string_view text);
/// "hard-bounce,unsubscribe", or "yes" for hard bounces, opt-outs and complaints. Error `invalid`: another word, or a
/// soft bounce, which must end.
base::Result<std::vector<policy::Reason>> parse_kept_option(std::string_view text);

enum class Form {
  plain,  ///< an address a line
  csv,
  json
};

/// Where the parts of an entry stand in a record; -1: nowhere.
struct Binding {
  int address = -1;
  int domain = -1;
  int reason = -1;
  int tenant = -1;
  int stream = -1;
  int created = -1;
  int expires = -1;
  int subdomains = -1;
  int subaccount = -1;
  int tags = -1;
  std::vector<int> notes;
  std::vector<int> keys;    ///< of Format::keys, or of the columns of Format::flags
  std::vector<int> others;  ///< where Format::other_flags counts
};

struct Layout {
  Form form = Form::plain;
  Encoding encoding = Encoding::utf8;
  CsvForm csv;
  const Format* format = nullptr;  ///< nullptr: our own columns, or those that the operator named
  /// The operator named the columns, or they have names that are not ours: words and times are read as others write
  /// them.
  bool is_foreign = false;
  bool has_header = false;
  std::optional<std::string> address_column;  ///< where it is not the format's: its name is the user's own
  std::vector<std::string> columns;           ///< as the file spells them; of JSON those of the first object
  std::uint64_t skipped_lines = 0;  ///< before the first record: comments, blank lines, sep=, the header
  std::size_t skipped_bytes = 0;
};

/// Does not consume the source. Error `invalid` if the file cannot be read as it is, or must not be.
base::Result<Layout> read_layout(TextSource& source, const ReadOptions& options);

/// Where the layout's parts stand among these columns.
Binding bind_columns(const Layout& layout, const std::vector<std::string>& columns,
                     const ReadOptions& options);

/// "CSV with semicolons".
std::string describe_form(const Layout& layout);

}  // namespace signpost::importers
