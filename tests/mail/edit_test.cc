// Edits go in, come out again and leave no trace; the file that carries them loses nothing.
#include "mail/edit.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "mail/file/edit_file.h"

namespace signpost::mail {
namespace {

using Random = std::mt19937;

std::string random_text(Random& random, std::size_t most) {
  static const std::string kBytes = std::string("ab =\r\n:<>\xC3\xA4") + '\0';
  std::string text;
  for (std::size_t i = random() % (most + 1); i > 0; --i) text += kBytes[random() % kBytes.size()];
  return text;
}

Message random_message(Random& random) {
  Message message;
  for (std::size_t i = random() % 6; i > 0; --i) {
    message.fields.push_back({std::string(1, static_cast<char>('A' + random() % 3)), random_text(random, 8)});
  }
  message.body = random_text(random, 60);
  return message;
}

std::size_t number_among_namesakes(const Message& message, std::size_t index) {
  std::size_t nth = 1;
  for (std::size_t i = 0; i < index; ++i)
    nth += has_name(message.fields[i], message.fields[index].name) ? 1 : 0;
  return nth;
}

/// One header edit that fits `message`, applied to it as well.
Edit random_header_edit(Random& random, Message& message) {
  auto& fields = message.fields;
  const std::size_t index = fields.empty() ? 0 : random() % fields.size();
  const auto at = fields.begin() + static_cast<std::ptrdiff_t>(index);
  if (fields.empty() || random() % 3 == 0) {
    InsertField edit{index, std::string(1, static_cast<char>('A' + random() % 3)), random_text(random, 8)};
    fields.insert(at, {edit.name, edit.value});
    return edit;
  }
  if (random() % 4 == 0) {
    AppendField edit{std::string(1, static_cast<char>('A' + random() % 3)), random_text(random, 8)};
    fields.push_back({edit.name, edit.value});
    return edit;
  }
  const std::size_t nth = number_among_namesakes(message, index);
  if (random() % 2 == 0) {
    RemoveField edit{at->name, nth, index, at->value};
    fields.erase(at);
    return edit;
  }
  ChangeField edit{at->name, nth, at->value, random_text(random, 8)};
  at->value = edit.after;
  return edit;
}

/// Splices that fit the body of `message`, applied to it as well.
void add_random_splices(Random& random, Message& message, std::vector<Edit>& edits) {
  std::string changed;
  std::size_t at = 0;
  while (random() % 4 != 0) {
    const std::size_t offset = at + random() % (message.body.size() - at + 1);
    const std::size_t length = random() % (message.body.size() - offset + 1);
    Splice splice{offset, message.body.substr(offset, length), random_text(random, 6)};
    changed += message.body.substr(at, offset - at) + splice.after;
    at = offset + length;
    edits.emplace_back(std::move(splice));
  }
  message.body = changed + message.body.substr(at);
}

TEST(Edits, UndoGivesTheOriginal) {
  Random random(7);
  for (int run = 0; run < 5000; ++run) {
    const Message original = random_message(random);
    Message expected = original;
    std::vector<Edit> edits;
    for (std::size_t i = random() % 5; i > 0; --i) edits.push_back(random_header_edit(random, expected));
    add_random_splices(random, expected, edits);
    edits.emplace_back(DeleteRecipient{"<bob@example.net>"});
    edits.emplace_back(AddRecipient{"<cleo@example.net>"});
    edits.emplace_back(ChangeSender{"<ann@example.net>", "ENVID=x"});

    const auto applied = apply_edits(original, edits);
    ASSERT_TRUE(applied) << applied.error().text;
    EXPECT_EQ(applied->fields, expected.fields);
    EXPECT_EQ(applied->body, expected.body);
    const auto undone = undo_edits(*applied, edits);
    ASSERT_TRUE(undone) << undone.error().text;
    EXPECT_EQ(undone->fields, original.fields);
    EXPECT_EQ(undone->body, original.body);

    const EditFile file{{{{random() % 9, "", random_text(random, 5)}}, {random() % 2 == 0, {random() % 100}}},
                        edits};
    EXPECT_EQ(parse_edits(format_edits(file)).value_or(EditFile{}), file);
  }
}

TEST(Edits, ThatDoNotFitAreErrors) {
  const Message message{{{"A", " 1"}, {"A", " 2"}, {"B", " 3"}}, "0123456789"};
  const std::vector<std::vector<Edit>> kCases = {
      {InsertField{4, "C", " x"}},
      {RemoveField{"A", 1, 1, " 1"}},
      {RemoveField{"A", 2, 1, " 1"}},
      {RemoveField{"A", 1, 7, " 1"}},
      {ChangeField{"A", 3, " 2", " x"}},
      {ChangeField{"A", 0, " 1", " x"}},
      {ChangeField{"A", 2, " 1", " x"}},
      {Splice{0, "1", "x"}},
      {Splice{9, "9x", "x"}},
      {Splice{11, "", "x"}},
      {Splice{3, "3", "x"}, Splice{2, "2", "x"}},
      {Splice{3, "345", "x"}, Splice{5, "5", "x"}},
      {Splice{static_cast<std::size_t>(-1), "", "x"}},
  };
  for (const auto& edits : kCases) {
    EXPECT_FALSE(apply_edits(message, edits));
    EXPECT_FALSE(undo_edits(message, edits) && apply_edits(message, edits));
  }
}

TEST(Splices, MayTouchAndMayBeEmpty) {
  const std::vector<Splice> splices = {{0, "", "x"}, {0, "ab", ""}, {2, "c", "yyy"}, {3, "", "z"}};
  EXPECT_EQ(apply_splices("abc", splices).value_or(""), "xyyyz");
  EXPECT_EQ(undo_splices("xyyyz", splices).value_or(""), "abc");
  EXPECT_EQ(apply_splices("", {}).value_or("?"), "");
}

TEST(ParseEdits, RefusesDamagedFiles) {
  const std::vector<std::string> kCases = {
      "",
      "signpost-edits 2\nend\n",
      "signpost-edits 1\n",
      "signpost-edits 1\nend",
      "signpost-edits 1\nend\nend\n",
      "signpost-edits 1\nsplice 1 YQ==\nend\n",
      "signpost-edits 1\nsplice x YQ== YQ==\nend\n",
      "signpost-edits 1\nsplice 1 YQ YQ==\nend\n",
      "signpost-edits 1\nsplice 1 YQ== YQ== YQ==\nend\n",
      "signpost-edits 1\nsplice 1  YQ==\nend\n",
      "signpost-edits 1\nsplice 99999999999999999999 - -\nend\n",
      "signpost-edits 1\n\nend\n",
      "signpost-edits 1\nall-lf x\nend\n",
      "signpost-edits 1\r\nend\r\n",
      "signpost-edits 1\nfrobnicate\nend\n",
  };
  for (const std::string& text : kCases) {
    const auto file = parse_edits(text);
    EXPECT_FALSE(file) << text;
  }
  EXPECT_TRUE(parse_edits("signpost-edits 1\nend\n"));
}

}  // namespace
}  // namespace signpost::mail
