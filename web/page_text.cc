// The built-in pages, in English: one sentence, one button, no script, no address. docs/web.md tells how a
// site replaces them.
#include "web/page.h"

namespace signpost::web {

#define SIGNPOST_PAGE_HEAD(title)                                              \
  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"    \
  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" \
  "<meta name=\"robots\" content=\"noindex\">\n<title>" title                  \
  "</title>\n"                                                                 \
  "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n<h1>" title "</h1>\n"
#define SIGNPOST_PAGE_END "</main>\n</body>\n</html>\n"

std::string_view default_page(PageKind kind) {
  switch (kind) {
    case PageKind::about:
      return SIGNPOST_PAGE_HEAD("Links in e-mail")
          "<p>This host serves the links in e-mail messages: it takes readers to the page they clicked on, and lets them "
          "unsubscribe from a mailing.</p>\n"
          "<p>Have you received unwanted mail with links to {{host}}? Please forward it, with its full headers, to "
          "<strong>{{abuse}}</strong>.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::unsubscribe:
      return SIGNPOST_PAGE_HEAD("Unsubscribe")
          "<p>You receive these messages because your address is on a mailing list. Press the button to stop them.</p>\n"
          "<form method=\"post\" action=\"{{action}}\">\n"
          "<input type=\"hidden\" name=\"unsubscribe\" value=\"yes\">\n"
          "<button type=\"submit\">Unsubscribe</button>\n</form>\n"
          "<p>If you close this page without pressing the button, nothing changes.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::unsubscribed:
      return SIGNPOST_PAGE_HEAD("You are unsubscribed")
          "<p role=\"status\">You will no longer receive these messages.</p>\n"
          "<form method=\"post\" action=\"{{action}}\">\n"
          "<input type=\"hidden\" name=\"undo\" value=\"{{undo}}\">\n"
          "<p>Was that a mistake? You can undo it within ten minutes.</p>\n"
          "<button type=\"submit\">Undo</button>\n</form>\n" SIGNPOST_PAGE_END;
    case PageKind::restored:
      return SIGNPOST_PAGE_HEAD("You are subscribed again")
          "<p role=\"status\">Your request to unsubscribe has been undone.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::not_found:
      return SIGNPOST_PAGE_HEAD("This link does not work")
          "<p>It may have been cut off when the message was copied or forwarded. Please use the link in the original "
          "message.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::gone:
      return SIGNPOST_PAGE_HEAD("This link has been disabled")
          "<p>The operator of this host has disabled the link, because the page behind it is no longer "
          "trusted.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::problem:
      return SIGNPOST_PAGE_HEAD(
          "Something went wrong") "<p role=\"status\">{{problem}}</p>\n" SIGNPOST_PAGE_END;
  }
  return {};
}

#undef SIGNPOST_PAGE_HEAD
#undef SIGNPOST_PAGE_END

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
