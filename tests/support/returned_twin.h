// What takes mail that came back, in memory.
#pragma once

#include <vector>

#include "milter/returned_mail.h"

namespace signpost::tests {

class ReturnedTwin : public milter::ReturnedMailSink {
 public:
  base::Result<void> take(const milter::ReturnedMail& mail, const milter::Snapshot&) override {
    if (fails) return base::fail(base::ErrorKind::unavailable, "the disk is full");
    taken.push_back(mail);
    return {};
  }
  bool fails = false;
  std::vector<milter::ReturnedMail> taken;
};

}  // namespace signpost::tests
