// The lines that `signpostctl bounce classify` prints.
#include "feedback/listing.h"

#include <gtest/gtest.h>

namespace signpost::feedback {
namespace {

Report one_row() {
  Report report;
  report.kind = Kind::delivery_status;
  report.rows.push_back(Row{
      .address = "ann@example.net", .status = "5.1.1", .diagnostic = "550 5.1.1\tUser unknown \"here\"\x1b"});
  return report;
}

TEST(Listing, Columns) {
  EXPECT_EQ(format_listing("a.eml", one_row(), ListingForm::columns),
            "a.eml\tann@example.net\thard\tno-such-user\t5.1.1\t550 5.1.1 User unknown \"here\"\n");
  EXPECT_EQ(format_listing("-", Report(), ListingForm::columns), "-\t-\tnone\tnot-a-report\t-\t-\n");
}

TEST(Listing, Json) {
  EXPECT_EQ(format_listing("a\".eml", one_row(), ListingForm::json),
            "{\"file\":\"a\\\".eml\",\"address\":\"ann@example.net\",\"class\":\"hard\",\"reason\":\"no-such-"
            "user\",\"status\":"
            "\"5.1.1\",\"diagnostic\":\"550 5.1.1 User unknown \\\"here\\\"\",\"rule\":\"said-unknown\"}\n");
}

TEST(Listing, BytesThatAreNotTextAreReplaced) {
  Report report = one_row();
  report.rows[0].address = "a\xff@example.net";
  EXPECT_EQ(format_listing("a\nb", report, ListingForm::columns).substr(0, 23), "a?b\ta?@example.net\thard");
}

}  // namespace
}  // namespace signpost::feedback
