#include "importers/json_records.h"

#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace signpost::importers {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kMaxKeys = 500;  ///< of one entry

/// Hands the text to the parser byte by byte. Ends early where a single value is longer than kMaxRecord.
class Feed {
 public:
  explicit Feed(TextSource& source) : source_(source) {}

  bool at_end() {
    if (since_value_ > kMaxRecord) return true;
    while (at_ >= source_.text().size()) {
      source_.drop(source_.text().size());
      at_ = 0;
      if (!source_.more() && source_.text().empty()) return true;
    }
    return false;
  }
  char byte() const { return source_.text()[at_]; }
  void step() {
    if (byte() == '\n') ++line_;
    ++at_;
    ++since_value_;
  }
  void value_done() { since_value_ = 0; }
  bool is_too_long() const { return since_value_ > kMaxRecord; }
  std::uint64_t line() const { return line_; }

  /// Blanks and commas between documents. False at the end of the file.
  bool skip_blanks() {
    while (!at_end() && (base::is_space(byte()) || byte() == ',')) {
      step();
      value_done();
    }
    return !at_end();
  }

 private:
  TextSource& source_;
  std::size_t at_ = 0;
  std::size_t since_value_ = 0;
  std::uint64_t line_ = 1;
};

/// What the parser takes for a range of bytes.
struct FeedIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;
  Feed* feed = nullptr;  ///< nullptr: the end
  char operator*() const { return feed->byte(); }
  FeedIterator& operator++() {
    feed->step();
    return *this;
  }
  FeedIterator operator++(int) {
    FeedIterator old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const FeedIterator& a, const FeedIterator& b) {
    if (a.feed == nullptr && b.feed == nullptr) return true;
    Feed* const left = a.feed != nullptr ? a.feed : b.feed;
    return (a.feed == nullptr || b.feed == nullptr) && left->at_end();
  }
  friend bool operator!=(const FeedIterator& a, const FeedIterator& b) { return !(a == b); }
};

/// Gathers entries while the parser walks a document.
class Gatherer final : public nlohmann::json_sax<Json> {
 public:
  Gatherer(Feed& feed, const TakeRecord& take, std::uint64_t& count)
      : feed_(feed), take_(take), count_(count) {}

  bool null() override { return value({}); }
  bool boolean(bool is_true) override { return value(is_true ? "true" : "false"); }
  bool number_integer(number_integer_t number) override { return value(std::to_string(number)); }
  bool number_unsigned(number_unsigned_t number) override { return value(std::to_string(number)); }
  bool number_float(number_float_t, const string_t& text) override { return value(text); }
  bool string(string_t& text) override { return value(text); }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& text) override {
    feed_.value_done();
    frames_.back().key = text;
    return true;
  }
  bool start_object(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string& token, const nlohmann::detail::exception& error) override {
    (void)token;
    error_ = error.what();
    return false;
  }

  const std::string& error() const { return error_; }
  bool is_refused() const { return is_refused_; }
  bool is_cut() const { return is_cut_; }

 private:
  struct Frame {
    bool is_array = false;
    std::string key;          ///< of the member that is being read
    std::uint64_t count = 0;  ///< of an array: values so far
  };
  /// Where entries are: in an array that is the document, or in one that is a member of it.
  bool is_list(std::size_t depth) const {
    return frames_[depth - 1].is_array && (depth == 1 || (depth == 2 && !frames_[0].is_array));
  }
  /// How many frames stand outside the entry that is being read.
  std::size_t entry_depth() const {
    if (frames_.size() >= 2 && is_list(1)) return 2;
    if (frames_.size() >= 3 && is_list(2)) return 3;
    return 1;
  }

  bool open(bool is_array) {
    feed_.value_done();
    if (!frames_.empty()) ++frames_.back().count;
    frames_.push_back({is_array, {}, 0});
    if (frames_.size() > 64) {
      error_ = "nested too deeply";
      return false;
    }
    const std::size_t size = frames_.size();
    if (!is_array && size >= 2 && is_list(size - 1)) current_ = {};
    return true;
  }

  bool close() {
    feed_.value_done();
    const bool is_array = frames_.back().is_array;
    const std::size_t size = frames_.size();
    if (!is_array && size >= 2 && is_list(size - 1)) {
      had_list_ = true;
      if (!emit(current_)) return false;
    }
    // An empty list in an object that names nobody: a page without entries.
    if (is_array && is_list(size) && frames_.back().count == 0 && !names_somebody(whole_)) had_list_ = true;
    frames_.pop_back();
    return !frames_.empty() || is_array || had_list_ || emit(whole_);
  }

  static bool names_somebody(const Record& record) {
    for (const std::string& cell : record.cells) {
      if (cell.find('@') != std::string::npos && cell.find("://") == std::string::npos) return true;
    }
    return false;
  }

  bool emit(Record& record) {
    record.number = ++count_;
    is_refused_ = !take_(record);
    record = {};
    return !is_refused_;
  }

  std::string path(std::size_t from) const {
    std::string path;
    for (std::size_t i = from; i < frames_.size(); ++i) {
      if (frames_[i].is_array) continue;
      if (!path.empty()) path += '.';
      path += frames_[i].key;
    }
    return path;
  }

  bool value(const std::string& text) {
    feed_.value_done();
    if (frames_.empty()) {
      error_ = "expected an object or an array, found a single value";
      return false;
    }
    Frame& frame = frames_.back();
    ++frame.count;
    if (frames_.size() == 1 && frame.is_array) {
      Record record;
      put(record, "address", text);
      return emit(record);
    }
    if (frames_.size() == 1) look_for_more(frame.key, text);
    const std::size_t depth = entry_depth();
    put(depth == 1 ? whole_ : current_, path(depth - 1), text);
    return true;
  }

  void look_for_more(const std::string& key, const std::string& text) {
    const std::string name = squeeze(key);
    if ((name == "nexttoken" && !text.empty()) || (name == "hasmore" && text == "true")) is_cut_ = true;
  }

  void put(Record& record, std::string name, const std::string& text) {
    for (std::size_t i = 0; i < record.names.size(); ++i) {
      if (record.names[i] != name) continue;
      // Texts in one array; a second object of an array does not count.
      const bool joins = frames_.back().is_array && record.cells[i].size() < 1024;
      if (joins) record.cells[i] += "," + clean_cell(text);
      return;
    }
    if (record.names.size() >= kMaxKeys) return;
    record.names.push_back(std::move(name));
    record.cells.push_back(clean_cell(text));
  }

  Feed& feed_;
  const TakeRecord& take_;
  std::uint64_t& count_;
  bool is_refused_ = false;
  std::vector<Frame> frames_;
  Record current_;  ///< an entry in a list
  Record whole_;    ///< the document, in case it is an entry itself
  bool had_list_ = false;
  bool is_cut_ = false;
  std::string error_;
};

}  // namespace

base::Result<JsonEnd> read_json_records(TextSource& source, const TakeRecord& take) {
  Feed feed(source);
  JsonEnd end;
  std::uint64_t count = 0;
  while (feed.skip_blanks()) {
    Gatherer gatherer(feed, take, count);
    const bool parsed =
        Json::sax_parse(FeedIterator{&feed}, FeedIterator{}, &gatherer, Json::input_format_t::json, false);
    end.is_cut = end.is_cut || gatherer.is_cut();
    if (gatherer.is_refused()) return end;
    if (parsed) continue;
    const std::string where = "line " + std::to_string(feed.line()) + ": ";
    if (feed.is_too_long()) return base::invalid(where + "a value is longer than 256 KiB");
    return base::invalid(where + "this is not valid JSON: " + gatherer.error());
  }
  return end;
}

}  // namespace signpost::importers
