// The configuration and the message with which `message run` is tried.
#pragma once

#include <memory>
#include <string>

#include "milter/snapshot.h"
#include "tests/support/configured.h"

namespace signpost::tests {

inline std::shared_ptr<milter::Snapshot> snapshot_with_key(const std::string& tenant = {}) {
  return configured("[[tenant]]\nname = \"default\"\nstream = \"bulk\"\n" + tenant + R"(
[[dkim.key]]
domain   = "shop.example"
selector = "s1"
file     = "/keys/s1.pem"

[tracking]
host     = "click.shop.example"
key_file = "/keys/ring"
)");
}

inline const std::string kNewsletter =
    "From: news@shop.example\nTo: ann@example.net\nSubject: News\nSignpost-Campaign: may\nMIME-Version: 1.0\n"
    "Content-Type: text/html; charset=utf-8\n\n<p><a "
    "href=\"https://shop.example/sale?a=1&amp;b=2\">Sale</a></p>\n";

}  // namespace signpost::tests
