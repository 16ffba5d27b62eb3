#include "programs/ctl/import_command.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "mail/address.h"
#include "mail/hashed_address.h"
#include "policy/listed_name.h"
#include "system/errors.h"

namespace signpost::programs {
namespace {

using daemon::commands::Word;

constexpr std::size_t kShownEntries = 10;
constexpr std::size_t kShownBad = 10;

/// Bytes of a descriptor. What cannot be read is told by `error`.
importers::ReadBytes reader_of(int descriptor, const std::shared_ptr<int>& error) {
  return [descriptor, error](char* buffer, std::size_t size) -> std::size_t {
    for (;;) {
      const ssize_t count = ::read(descriptor, buffer, size);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) *error = errno;
      return count < 0 ? 0 : static_cast<std::size_t>(count);
    }
  };
}

base::Result<bool> read_yes(const Word& word) {
  if (word.value == "yes" || word.value == "no") return word.value == "yes";
  return base::invalid(word.key + "= must be yes or no");
}

/// Pads to a column's width.
std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

/// As the daemon will judge it.
base::Result<void> check_name(const std::string& text) {
  const auto name = policy::parse_listed_name(text);
  if (!name) return tl::unexpected(name.error());
  if (mail::looks_hashed(name->name)) return {};
  auto checked = name->name.starts_with('@') ? mail::canonical_domain(name->name.substr(1)).map([](auto&&) {})
                                             : mail::parse_address(name->name).map([](auto&&) {});
  return checked;
}

/// An entry of the preview.
std::string describe(const importers::Item& item, const importers::ReadOptions& options) {
  const std::string given = options.reason ? policy::reason_word(*options.reason) : "manual";
  std::string line = item.address + "  reason=" + (item.reason.empty() ? given : item.reason) + "  scope=\"" +
                     importers::describe_scope(item, options.reason.value_or(policy::Reason::manual)) + "\"";
  if (!item.subdomains.empty()) line += "  subdomains=" + item.subdomains;
  if (!item.created.empty()) line += "  created=" + item.created;
  if (!item.expires.empty()) line += "  expires=" + item.expires;
  if (!item.note.empty()) line += "  note=\"" + item.note.substr(0, 60) + "\"";
  return one_line(std::move(line));
}

}  // namespace

base::Result<ImportWords> read_import_words(const std::vector<Word>& words, base::Wall now) {
  ImportWords taken;
  taken.read.now = now;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    const bool is_option = i >= 2 && !word.key.empty();
    if (is_option && word.key == "format") {
      taken.read.format = word.value;
    } else if (is_option && word.key == "columns") {
      auto columns = importers::parse_columns_option(word.value);
      if (!columns) return tl::unexpected(columns.error());
      taken.read.columns = std::move(*columns);
    } else if (is_option && word.key == "ignore") {
      for (const std::string_view name : base::split(word.value, ','))
        taken.read.ignored.emplace_back(base::trim(name));
    } else if (is_option && word.key == "keep-expired") {
      auto kept = importers::parse_kept_option(word.value);
      if (!kept) return tl::unexpected(kept.error());
      taken.read.kept = std::move(*kept);
    } else if (i >= 2 && word.key.empty() && word.value.starts_with("tag:") &&
               word.value.find('=') != std::string::npos) {
      auto tag = importers::parse_tag_option(std::string_view(word.value).substr(4));
      if (!tag) return tl::unexpected(tag.error());
      taken.read.tags.push_back(std::move(*tag));
    } else if (is_option && word.key == "preview") {
      const auto yes = read_yes(word);
      if (!yes) return tl::unexpected(yes.error());
      taken.preview = *yes;
    } else if (i >= 2 && word.key.empty() && word.value == "--preview") {
      taken.preview = true;
    } else if (i >= 2 && word.key.empty() && taken.file.empty()) {
      taken.file = word.value;
    } else {
      if (is_option && word.key == "reason") {
        const auto reason = policy::parse_reason(word.value);
        if (!reason) return tl::unexpected(base::in_context("reason=" + word.value, reason.error()));
        taken.read.reason = *reason;
      }
      taken.to_send.push_back(word);
    }
  }
  const std::size_t slash = taken.file.rfind('/');
  taken.read.file_name = slash == std::string::npos ? taken.file : taken.file.substr(slash + 1);
  return taken;
}

base::Result<FileSender> FileSender::open(ImportWords words) {
  auto input = std::make_unique<system::Descriptor>(
      words.file.empty() ? ::dup(STDIN_FILENO) : ::open(words.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (input->get() < 0) {
    return base::fail(base::ErrorKind::not_found,
                      "cannot read " + (words.file.empty() ? "standard input" : "'" + words.file + "'") +
                          ": " + system::system_error("open", errno).text);
  }
  const auto error = std::make_shared<int>(0);
  importers::ReadOptions options = words.read;
  auto file = importers::ImportFile::open(reader_of(input->get(), error), std::move(options));
  if (*error != 0)
    return tl::unexpected(
        system::system_error("reading " + (words.file.empty() ? "standard input" : words.file), *error));
  if (!file) return tl::unexpected(file.error());
  return FileSender(std::move(words), std::move(input), std::move(*file), error);
}

std::vector<Word> FileSender::words() const {
  std::vector<Word> words = words_.to_send;
  std::string format = file_.format_name();
  if (format.empty() && !words_.read.columns.empty()) format = "columns";
  if (!format.empty()) words.push_back({"format", format});
  return words;
}

bool FileSender::write(const daemon::control::ControlClient::PutLine& put) {
  bool is_taken = true;
  auto summary = file_.lines([&](std::string_view line) { return is_taken = put(line); });
  // An unreadable file must not look like a short one.
  if (*read_error_ != 0) {
    failure_ = system::system_error("reading " + (words_.file.empty() ? "standard input" : words_.file),
                                    *read_error_);
    return false;
  }
  if (!summary) {
    failure_ = summary.error();
    return false;
  }
  warnings_ = std::move(summary->warnings);
  return is_taken;
}

base::Result<FileSender::Preview> FileSender::preview() {
  const importers::Layout& layout = file_.layout();
  std::string text = "file: " + importers::describe_form(layout) + ", " +
                     std::string(importers::encoding_name(layout.encoding));
  text += layout.has_header || layout.form == importers::Form::plain ? "\n" : ", without a header\n";
  const std::string own = layout.form == importers::Form::plain ? "plain list of addresses"
                          : layout.is_foreign                   ? "columns that were named"
                                                                : "Signpost's own";
  text += "format: " +
          (layout.format == nullptr
               ? own
               : std::string(layout.format->title) + " (format=" + std::string(layout.format->name) + ")") +
          "\n";
  std::size_t width = 0;
  for (const auto& [name, word] : file_.described_columns()) width = std::max(width, name.size());
  for (const auto& [name, word] : file_.described_columns())
    text += "column " + one_line(padded(name, width)) + "  " + word + "\n";
  std::size_t shown = 0;
  std::string bad;
  std::size_t shown_bad = 0;
  std::uint64_t refused = 0;
  const bool is_json = layout.form == importers::Form::json;
  auto summary = file_.each([&](const importers::Item& item) {
    std::string why = item.why;
    if (item.outcome == importers::Outcome::entry) {
      if (const auto name = check_name(item.address); !name) {
        why = name.error().text;
        ++refused;
      } else if (shown++ < kShownEntries) {
        text += "entry " + describe(item, words_.read) + "\n";
      }
    }
    if (!why.empty() && shown_bad++ < kShownBad)
      bad +=
          (is_json ? "bad object " : "bad line ") + std::to_string(item.number) + ": " + one_line(why) + "\n";
    return true;
  });
  if (!summary) return tl::unexpected(summary.error());
  if (shown > kShownEntries) text += "… and " + std::to_string(shown - kShownEntries) + " more\n";
  text += bad;
  const std::string given = words_.read.reason ? policy::reason_word(*words_.read.reason) : "manual";
  for (const auto& [meaning, count] : summary->meanings) {
    text += "reason=" + (meaning.first.empty() ? given : meaning.first) + " scope=\"" + meaning.second +
            "\" n=" + std::to_string(count) + "\n";
  }
  text += "entries=" + std::to_string(summary->entries - refused) +
          " ignored=" + std::to_string(summary->ignored) + " expired=" + std::to_string(summary->expired) +
          " bad=" + std::to_string(summary->bad + refused) + "\n";
  for (const std::string& warning : summary->warnings) text += "note: " + warning + "\n";
  return Preview{std::move(text), summary->bad + refused == 0};
}

}  // namespace signpost::programs
