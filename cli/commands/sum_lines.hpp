#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tug::cli {

// The lines of sha256sum and xxhsum: a digest in hex, two blanks, a name. A name that holds a newline, a return or a
// backslash is escaped, and the line then begins with a backslash.

/// `digest` with its kind in front.
[[nodiscard]] std::string sum_line(std::string_view digest, std::string_view path);

/// What a line says.
struct named_sum {
    std::string digest; ///< With its kind in front, which its length tells: "sha256:…" or "xxh3-128:…".
    std::string path;   ///< Any bytes.
};

/// Reads a line, without its end; the second blank may be the star of a binary file. Nothing where it is none.
[[nodiscard]] std::optional<named_sum> read_sum_line(std::string_view line);

} // namespace tug::cli
