#include "page.hpp"

#include <cstddef>

// The build defines TUG_CONSOLE_PAGE as the folder with the files where they were built.
#ifdef TUG_CONSOLE_PAGE
#define TUG_CARRY(name, file)                                                                                          \
    asm(".pushsection .rodata\n" /* NOLINT(hicpp-no-assembler): nothing else puts a file into a program */             \
        ".global tug_page_" #name "\n"                                                                                 \
        "tug_page_" #name ":\n"                                                                                        \
        ".incbin \"" TUG_CONSOLE_PAGE "/" file "\"\n"                                                                  \
        ".global tug_page_" #name "_end\n"                                                                             \
        "tug_page_" #name "_end:\n"                                                                                    \
        ".popsection\n");                                                                                              \
    extern "C" const char tug_page_##name[];                                                                           \
    extern "C" const char tug_page_##name##_end[]

TUG_CARRY(html, "index.html.gz");
TUG_CARRY(js, "app.js.gz");
TUG_CARRY(css, "app.css.gz");
#endif

namespace tug::cli::console {

page_file page([[maybe_unused]] std::string_view path) {
#ifdef TUG_CONSOLE_PAGE
    const auto between = [](const char* begin, const char* end) {
        return std::string_view(begin, static_cast<std::size_t>(end - begin));
    };
    if (path == "/") return {"text/html; charset=utf-8", between(tug_page_html, tug_page_html_end)};
    if (path == "/app.js") return {"text/javascript; charset=utf-8", between(tug_page_js, tug_page_js_end)};
    if (path == "/app.css") return {"text/css; charset=utf-8", between(tug_page_css, tug_page_css_end)};
#endif
    return {};
}

} // namespace tug::cli::console
