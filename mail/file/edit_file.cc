// Edits on disk, one a line.
#include "mail/file/edit_file.h"

#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace signpost::mail {

namespace {

constexpr std::string_view kFirstLine = "signpost-edits 1";
constexpr std::string_view kLastLine = "end";

std::string encode(std::string_view bytes) {
  return bytes.empty() ? "-" : base::encode_base64(bytes);
}

base::Result<std::string> decode(std::string_view word) {
  if (word == "-") return std::string();
  auto bytes = base::decode_base64(word);
  if (bytes && bytes->empty()) return base::invalid("an empty string is written as -");
  return bytes;
}

struct FormatEdit {
  std::string operator()(const InsertField& edit) const {
    return "insert " + std::to_string(edit.index) + " " + encode(edit.name) + " " + encode(edit.value);
  }
  std::string operator()(const AppendField& edit) const {
    return "append " + encode(edit.name) + " " + encode(edit.value);
  }
  std::string operator()(const RemoveField& edit) const {
    return "remove " + std::to_string(edit.index) + " " + std::to_string(edit.nth) + " " + encode(edit.name) +
           " " + encode(edit.value);
  }
  std::string operator()(const ChangeField& edit) const {
    return "change " + std::to_string(edit.nth) + " " + encode(edit.name) + " " + encode(edit.before) + " " +
           encode(edit.after);
  }
  std::string operator()(const Splice& edit) const {
    return "splice " + std::to_string(edit.offset) + " " + encode(edit.before) + " " + encode(edit.after);
  }
  std::string operator()(const DeleteRecipient& edit) const {
    return "delete-recipient " + encode(edit.given);
  }
  std::string operator()(const AddRecipient& edit) const { return "add-recipient " + encode(edit.address); }
  std::string operator()(const ChangeSender& edit) const {
    return "change-sender " + encode(edit.sender) + " " + encode(edit.parameters);
  }
};

/// The words of one line, taken one by one; the first that is missing or wrong makes the line bad.
class Line {
 public:
  explicit Line(std::string_view line) : words_(base::split(line, ' ')) {}

  std::string_view word() {
    if (next_ < words_.size()) return words_[next_++];
    bad_ = true;
    return {};
  }
  std::size_t number() {
    const auto value = base::parse_number(word());
    bad_ = bad_ || !value;
    return value.value_or(0);
  }
  std::string bytes() {
    auto value = decode(word());
    bad_ = bad_ || !value;
    return value ? std::move(*value) : std::string();
  }
  bool good() const { return !bad_ && next_ == words_.size(); }

 private:
  std::vector<std::string_view> words_;
  std::size_t next_ = 0;
  bool bad_ = false;
};

/// One line between the first and the last into `file`; false if it is not an edit.
bool read_line(std::string_view text, EditFile& file) {
  Line line(text);
  const std::string_view verb = line.word();
  std::optional<Edit> edit;
  // Braces fix the order in which the words are taken.
  if (verb == "on-entry") {
    file.form.on_entry.push_back({line.number(), line.bytes(), line.bytes()});
  } else if (verb == "all-lf") {
    file.form.newlines.all_lf = true;
  } else if (verb == "bare-lf") {
    file.form.newlines.bare_lf.push_back(line.number());
  } else if (verb == "insert") {
    edit = InsertField{line.number(), line.bytes(), line.bytes()};
  } else if (verb == "append") {
    edit = AppendField{line.bytes(), line.bytes()};
  } else if (verb == "remove") {
    RemoveField removed;
    removed.index = line.number();
    removed.nth = line.number();
    removed.name = line.bytes();
    removed.value = line.bytes();
    edit = std::move(removed);
  } else if (verb == "change") {
    ChangeField changed;
    changed.nth = line.number();
    changed.name = line.bytes();
    changed.before = line.bytes();
    changed.after = line.bytes();
    edit = std::move(changed);
  } else if (verb == "splice") {
    edit = Splice{line.number(), line.bytes(), line.bytes()};
  } else if (verb == "delete-recipient") {
    edit = DeleteRecipient{line.bytes()};
  } else if (verb == "add-recipient") {
    edit = AddRecipient{line.bytes()};
  } else if (verb == "change-sender") {
    edit = ChangeSender{line.bytes(), line.bytes()};
  } else {
    return false;
  }
  if (edit) file.edits.push_back(std::move(*edit));
  return line.good();
}

}  // namespace

std::string format_edits(const EditFile& file) {
  std::string text(kFirstLine);
  text += '\n';
  for (const Splice& change : file.form.on_entry)
    text += "on-entry " + std::to_string(change.offset) + " " + encode(change.before) + " " +
            encode(change.after) + "\n";
  if (file.form.newlines.all_lf) text += "all-lf\n";
  for (const std::size_t offset : file.form.newlines.bare_lf)
    text += "bare-lf " + std::to_string(offset) + "\n";
  for (const Edit& edit : file.edits) {
    text += std::visit(FormatEdit{}, edit);
    text += '\n';
  }
  text += kLastLine;
  text += '\n';
  return text;
}

base::Result<EditFile> parse_edits(std::string_view text) {
  EditFile file;
  bool ended = false;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos) return base::invalid("the edits end in the middle of a line");
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline + 1);
    if (++number == 1) {
      if (line != kFirstLine)
        return base::invalid("not a file of edits: the first line is not \"signpost-edits 1\"");
    } else if (ended) {
      return base::invalid("line " + std::to_string(number) + ": text after \"end\"");
    } else if (line == kLastLine) {
      ended = true;
    } else if (!read_line(line, file)) {
      return base::invalid("line " + std::to_string(number) + ": not an edit");
    }
  }
  if (!ended) return base::invalid("the file of edits is incomplete: its last line must be \"end\"");
  return file;
}

}  // namespace signpost::mail
