// Groups of fields as they should be, and as they are.
#include "feedback/delivery_status.h"

#include <gtest/gtest.h>

namespace signpost::feedback {
namespace {

TEST(DeliveryStatus, ReadsARowForEachRecipient) {
  const auto status = parse_delivery_status(
      "Reporting-MTA: dns; mx.shop.example\n\n"
      "Final-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.1.1\n"
      "Remote-MTA: dns; mx.example.net\nDiagnostic-Code: smtp; 550 5.1.1 User\n unknown\n\n"
      "Original-Recipient: rfc822;bob@example.org\nFinal-Recipient: rfc822;robert@example.net\nAction: "
      "delayed\n"
      "Status: 4.2.2 (full)\n");
  EXPECT_EQ(status.reporting_mta, "mx.shop.example");
  ASSERT_EQ(status.rows.size(), 2U);
  EXPECT_EQ(status.rows[0].address, "ann@example.net");
  EXPECT_TRUE(status.rows[0].is_named);
  EXPECT_EQ(status.rows[0].action, Action::failed);
  EXPECT_EQ(status.rows[0].status, "5.1.1");
  EXPECT_EQ(status.rows[0].remote_mta, "mx.example.net");
  EXPECT_EQ(status.rows[0].diagnostic, "550 5.1.1 User unknown");
  EXPECT_EQ(status.rows[1].address, "bob@example.org");
  EXPECT_EQ(status.rows[1].action, Action::delayed);
  EXPECT_EQ(status.rows[1].status, "4.2.2");
  EXPECT_EQ(status.rows[1].diagnostic, "(full)");
}

TEST(DeliveryStatus, ReadsFieldsInAnyOrderAndWithoutEmptyLines) {
  const auto status = parse_delivery_status(
      "Action: failed\nStatus: 5.0.0\nFinal-recipient: rfc822;a@example.net\nDiagnostic-code: smtp; 550 no\n"
      "Action: failed\nStatus: 5.2.2\nFinal-recipient: rfc822;b@example.net\n");
  ASSERT_EQ(status.rows.size(), 2U);
  EXPECT_EQ(status.rows[0].address, "a@example.net");
  EXPECT_EQ(status.rows[1].address, "b@example.net");
  EXPECT_EQ(status.rows[1].status, "5.2.2");
}

TEST(DeliveryStatus, KeepsALineThatLostItsBlank) {
  const auto status = parse_delivery_status(
      "Final-Recipient: rfc822;a@example.net\nDiagnostic-Code: smtp; 550-first\n550 second: "
      "<a@example.net>\n");
  ASSERT_EQ(status.rows.size(), 1U);
  EXPECT_EQ(status.rows[0].diagnostic, "550-first 550 second: <a@example.net>");
}

TEST(DeliveryStatus, CountsRowsBeyondTheLimit) {
  std::string text;
  for (int i = 0; i < 10000; ++i)
    text += "Final-Recipient: rfc822;a" + std::to_string(i) + "@example.net\nAction: failed\n\n";
  const auto status = parse_delivery_status(text);
  EXPECT_EQ(status.rows.size(), kMaxRows);
  EXPECT_EQ(status.rows_left_out, 9000U);
}

TEST(DeliveryStatus, WithoutType) {
  EXPECT_EQ(without_type("dns; mx.example.net"), "mx.example.net");
  EXPECT_EQ(without_type("rfc822;a@b"), "a@b");
  EXPECT_EQ(without_type("550 no; really"), "550 no; really");
  EXPECT_EQ(without_type("mx.example.net"), "mx.example.net");
}

}  // namespace
}  // namespace signpost::feedback
