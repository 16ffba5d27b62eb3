#include "programs/ctl/output.h"

#include <cstdio>

#include "store/output_file.h"
#include "system/exit_codes.h"
#include "system/file.h"

namespace signpost::programs {

void complain(const std::string& text) {
  (void)std::fprintf(stderr, "signpostctl: %s\n", text.c_str());
}

int file_failed(const base::Error& error, int unavailable_code) {
  complain(error.text);
  switch (error.kind) {
    case base::ErrorKind::not_found:
      return system::kExitNoInput;
    case base::ErrorKind::unavailable:
      return unavailable_code;
    default:
      return system::kExitDataError;
  }
}

int put(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return system::kExitOk;
  complain("cannot write to standard output");
  return system::kExitIoError;
}

int write_output(const std::string& path, std::string_view text, const char* what, std::string_view begin,
                 bool replace) {
  const auto written =
      store::check_output(path, {.what = what,
                                 .is_former = [&](int file) { return store::begins_with(file, begin); },
                                 .replace_word = "--replace",
                                 .replace = replace})
          .and_then([&] { return system::replace_file(path, system::fill_with(text), {.mode = 0666}); });
  if (written) return system::kExitOk;
  complain(written.error().text);
  return system::kExitCannotCreate;
}

}  // namespace signpost::programs
