// How the built-in pages are made of texts: one sentence, one button, no script, no address. docs/web.md tells how a
// site replaces them.
#include "web/page.h"

namespace signpost::web {
namespace {

class Builder {
 public:
  Builder(std::string_view page, const Texts& texts) : page_(page), texts_(texts) {
    html_.append("<!DOCTYPE html>\n<html lang=\"").append(texts.language());
    html_ +=
        "\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"robots\" content=\"noindex\">\n<title>";
    html_.append(text("title"));
    html_ += "</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n<h1>";
    html_.append(text("title")).append("</h1>\n");
  }

  Builder& paragraph(std::string_view key) { return raw("<p>").raw(text(key)).raw("</p>\n"); }
  Builder& status(std::string_view content) { return raw("<p role=\"status\">").raw(content).raw("</p>\n"); }
  Builder& begin_form(std::string_view field, std::string_view value) {
    raw("<form method=\"post\" action=\"{{action}}\">\n<input type=\"hidden\" name=\"").raw(field);
    return raw("\" value=\"").raw(value).raw("\">\n");
  }
  Builder& end_form() {
    return raw("<button type=\"submit\">").raw(text("button")).raw("</button>\n</form>\n");
  }
  std::string_view text(std::string_view key) const {
    return texts_.find(std::string(page_).append(".").append(key));
  }

  std::string take() {
    raw("{{#name}}<p>").raw(texts_.find("sender")).raw("</p>\n{{/name}}");
    raw("{{#contact}}<p>").raw(texts_.find("contact")).raw("</p>\n{{/contact}}");
    raw("</main>\n</body>\n</html>\n");
    return std::move(html_);
  }

 private:
  Builder& raw(std::string_view html) {
    html_ += html;
    return *this;
  }

  std::string_view page_;
  const Texts& texts_;
  std::string html_;
};

}  // namespace

std::string default_page(PageKind kind, const Texts& texts) {
  Builder page(page_word(kind), texts);
  switch (kind) {
    case PageKind::about:
      page.paragraph("text").paragraph("abuse");
      break;
    case PageKind::unsubscribe:
      page.paragraph("text").begin_form("unsubscribe", "yes").end_form().paragraph("close");
      break;
    case PageKind::unsubscribed:
      page.status(page.text("text")).begin_form("undo", "{{undo}}").paragraph("mistake").end_form();
      break;
    case PageKind::restored:
      page.status(page.text("text"));
      break;
    case PageKind::not_found:
    case PageKind::gone:
      page.paragraph("text");
      break;
    case PageKind::problem:
      page.status("{{problem}}");
      break;
  }
  return page.take();
}

std::string_view default_style() {
  return "html { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }\n"
         "body { margin: 0; padding: 2rem 1rem; }\n"
         "main { max-width: 34rem; margin: 0 auto; }\n"
         "h1 { font-size: 1.5rem; line-height: 1.2; }\n"
         "button { font: inherit; padding: 0.75rem 1.5rem; border: 0.125rem solid; border-radius: 0.25rem;\n"
         "         color: Canvas; background: CanvasText; cursor: pointer; }\n"
         "button:focus-visible { outline: 0.25rem solid Highlight; outline-offset: 0.25rem; }\n";
}

}  // namespace signpost::web
