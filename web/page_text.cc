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
          "<p>This host serves links of e-mail messages: it leads readers on to what they clicked, and takes their wish to get "
          "no more of a mailing.</p>\n"
          "<p>Did you get unwanted mail with links to {{host}}? Please forward it, with all its header fields, to "
          "<strong>{{abuse}}</strong>.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::unsubscribe:
      return SIGNPOST_PAGE_HEAD("Unsubscribe")
          "<p>You get this kind of mail because your address is on its list. Press the button to get no more of it.</p>\n"
          "<form method=\"post\" action=\"{{action}}\">\n"
          "<input type=\"hidden\" name=\"unsubscribe\" value=\"yes\">\n"
          "<button type=\"submit\">Unsubscribe</button>\n</form>\n"
          "<p>Nothing changes if you just close this page.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::unsubscribed:
      return SIGNPOST_PAGE_HEAD("You are unsubscribed")
          "<p role=\"status\">You will get no more of this kind of mail.</p>\n"
          "<form method=\"post\" action=\"{{action}}\">\n"
          "<input type=\"hidden\" name=\"undo\" value=\"{{undo}}\">\n"
          "<p>Was that a mistake? You can take it back within ten minutes.</p>\n"
          "<button type=\"submit\">Undo</button>\n</form>\n" SIGNPOST_PAGE_END;
    case PageKind::restored:
      return SIGNPOST_PAGE_HEAD("Taken back")
          "<p role=\"status\">All is as it was before you unsubscribed on the last page.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::not_found:
      return SIGNPOST_PAGE_HEAD("This link leads nowhere")
          "<p>It may have been cut when the message was copied or forwarded. Please use the link in the message "
          "itself.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::gone:
      return SIGNPOST_PAGE_HEAD("This link is switched off")
          "<p>The operator of this host has switched off the link, because what it leads to is no longer "
          "trusted.</p>\n" SIGNPOST_PAGE_END;
    case PageKind::problem:
      return SIGNPOST_PAGE_HEAD("That did not work") "<p role=\"status\">{{problem}}</p>\n" SIGNPOST_PAGE_END;
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
