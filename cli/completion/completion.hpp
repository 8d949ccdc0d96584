#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

// What a Tab means in a line of the repl. No I/O: who asks knows the names.

/// What the word at the cursor may become.
struct completion_place {
    enum class kind { command, remote, local, nothing };

    kind what = kind::nothing;
    std::string directory; ///< Of a path: all up to its last '/', and with it; empty where it has none.
    std::string prefix;    ///< What the name begins with.
    char quote = '\0';     ///< The quote that is open, else NUL.
};

/// `before`: the line up to the cursor, quoted as for split_words().
[[nodiscard]] completion_place place_of(std::string_view before);

/// What a Tab does.
struct completion {
    std::string insert;               ///< At the cursor, quoted where it has to be.
    std::vector<std::string> choices; ///< To be shown, where nothing is left to insert.
};

/// `names`: what there is at that place, a directory with a '/' behind it. Those that no line can have are passed over.
[[nodiscard]] completion complete(const completion_place& at, std::vector<std::string> names);

} // namespace tug::cli
