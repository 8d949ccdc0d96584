#pragma once

#include <string_view>

namespace tug::cli::console {

/// A file of the page, compressed by gzip.
struct page_file {
    std::string_view type;  ///< Content-Type
    std::string_view bytes; ///< Empty: there is no such file.
};

/// "/", "/app.js" or "/app.css". Nothing where the page was not there when tug was built.
[[nodiscard]] page_file page(std::string_view path);

/// Whether this tug carries the page.
[[nodiscard]] inline bool has_page() {
    return !page("/").bytes.empty();
}

} // namespace tug::cli::console
