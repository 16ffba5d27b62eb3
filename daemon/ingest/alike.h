// Remembers for some minutes who got which answer that no rule knows (feedback/alike), and what was done about it, so that it can be
// taken back once the answer shows that it concerns the sender. Decides nothing about one row; logs and stores nothing.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "policy/event.h"
#include "policy/suppression.h"
#include "store/hit_keys.h"

namespace signpost::daemon::ingest {

/// A recipient who was listed for such an answer.
struct AlikeRow {
  policy::Listing listing;         ///< as it was made, of somebody who was not listed before
  store::ProviderCounter counted;  ///< as what the row was counted
  policy::Event event;             ///< its line in the log
};

/// Thread-safe. A daemon that starts remembers nothing: what was listed stays.
class Alike {
 public:
  /// Of one more, the text that came longest ago is forgotten, and may begin anew.
  static constexpr std::size_t kMaxTexts = 4096;
  /// More than are needed: reports that come at one moment are all taken back.
  static constexpr std::size_t kMaxRecipients = 16;

  /// A text to recipients of one provider, of one scope of the list.
  static std::string name_of(const std::string& tenant, const std::string& provider, const std::string& text);

  /// Takes in that the recipient got it. True if by now feedback::kManyAlike different ones did within feedback::kAlikeWithin.
  bool take(const std::string& name, const std::string& recipient, base::Steady now);
  /// Keeps what was done, to be taken back; nothing where text or recipient were forgotten meanwhile.
  void keep(const std::string& name, AlikeRow row);
  /// The same after `claim`, where taking back failed.
  void give_back(const std::string& name, std::vector<AlikeRow> rows);
  /// The recipient's entry is not what one report made, and stays.
  void forget(const std::string& name, const std::string& recipient);
  /// What is to be taken back; each row is handed out once. Empty as long as there are not many.
  std::vector<AlikeRow> claim(const std::string& name);
  std::size_t size() const;

 private:
  struct Got {
    std::string recipient;  ///< canonical
    base::Steady at{};
    bool is_mixed = false;  ///< its entry in the list is not what one report made
  };
  struct Text {
    std::string name;
    std::vector<Got> got;        ///< the last different ones, oldest first
    std::vector<AlikeRow> rows;  ///< of those among them that were listed
    bool is_many = false;        ///< when it came last
  };
  using Texts = std::list<Text>;
  static Got* got(Text& text, const std::string& recipient);
  Text* find(const std::string& name) REQUIRES(mutex_);
  void forget_old(base::Steady now) REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  Texts texts_ GUARDED_BY(mutex_);  ///< the one that came longest ago first
  std::map<std::string, Texts::iterator> by_name_ GUARDED_BY(mutex_);
};

}  // namespace signpost::daemon::ingest
