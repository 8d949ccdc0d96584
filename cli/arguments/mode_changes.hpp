#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tug::cli {

/// What chmod is told of permission bits: an octal number as in 0644, or changes as in `u+x,go-w`, as chmod(1) of POSIX
/// reads them. Setuid, setgid and sticky bits are not to be had.
class mode_changes {
public:
    /// `umask` holds the bits that a change without u, g, o or a leaves alone. Nothing where the text is none of both.
    [[nodiscard]] static std::optional<mode_changes> parse(std::string_view text, std::uint32_t umask);

    /// The bits that all files get; nothing where they depend on those that are there.
    [[nodiscard]] std::optional<std::uint32_t> fixed() const { return fixed_; }

    /// The permission bits of a file that has `mode` now, of which 0777 count.
    [[nodiscard]] std::uint32_t applied_to(std::uint32_t mode, bool directory) const;

private:
    /// One `[ugoa]*[-+=][rwxXugo]*`.
    struct change {
        std::uint32_t who = 0;      ///< The bits that it may change.
        char operation = '=';       ///< Or '+', '-'.
        std::uint32_t bits = 0;     ///< As if for all three.
        bool execute_where = false; ///< X: also execute, of directories and of what somebody may execute.
        char copied = '\0';         ///< u, g or o: the bits that these have. '\0': none.
    };

    static std::optional<change> parse_one(std::string_view& rest, std::uint32_t who);

    std::optional<std::uint32_t> fixed_;
    std::vector<change> changes_;
};

} // namespace tug::cli
