// What takes mail that came back, in memory.
#pragma once

#include <string>
#include <vector>

#include "milter/returned_mail.h"

namespace signpost::tests {

class ReturnedTwin : public milter::ReturnedMailSink {
 public:
  base::Result<milter::TakenMail> take(const milter::ReturnedMail& mail, const milter::Snapshot&) override {
    if (fails) return base::fail(base::ErrorKind::unavailable, "the disk is full");
    taken.push_back(mail);
    return milter::TakenMail{forward_to};
  }
  bool fails = false;
  std::string forward_to;
  std::vector<milter::ReturnedMail> taken;
};

}  // namespace signpost::tests
