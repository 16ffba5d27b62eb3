// parse_report and what is done with the result: bounds hold, every row gets an answer, a listing has one line a row.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "feedback/classify.h"
#include "feedback/listing.h"

using namespace signpost::feedback;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Report report = parse_report(input);
  require(report.rows.size() <= kMaxRows);
  for (const Row& row : report.rows) {
    require(row.words.size() <= 4096 && row.diagnostic.size() <= 2048);
    require(!row.is_named || !row.address.empty());
    require(!classify(report, row).reason.empty());
  }
  const std::string lines = format_listing("f", report, ListingForm::columns);
  require(std::count(lines.begin(), lines.end(), '\n') ==
          static_cast<std::ptrdiff_t>(std::max<std::size_t>(report.rows.size(), 1)));
  (void)judge_text({input, "", Provider::any});
  (void)judge_codes({input, "", Provider::any});
  return 0;
}
