#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// What the configuration says of one host: checked values by their keys (see host_keys.hpp), absolute paths.
using host_values = std::map<std::string, std::string, std::less<>>;

/// Hosts and groups, from files of blocks as in ssh_config(5):
///
///     host web1 web2          # names and patterns with * and ?, ! excludes, @GROUP stands for its members
///         address 10.0.0.7
///         key-file ~/.config/tug/web.key
///     group web web1 web2 db* # names, patterns among the hosts above, other groups
///
/// Of each key the first value wins that a block which fits the host has.
class host_config {
public:
    host_config() = default;

    /// Reads `file`; "none" reads nothing; where it is not given, `$XDG_CONFIG_HOME/tug/config` (or ~/.config/…), then
    /// /etc/tug/config, those that exist. Throws usage_error: for what is malformed with the file and the line, and for
    /// a file that others may write or that belongs to another user.
    [[nodiscard]] static host_config load(const std::optional<std::string>& file);

    /// Adds the text of a file; what was added before goes first. Throws usage_error.
    void add(std::string_view text, const std::string& file);

    /// What is said of the host. `name` as typed, without a port.
    [[nodiscard]] host_values settings_of(std::string_view name) const;

    /// The hosts that are named, each once, in the order of the files.
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

    [[nodiscard]] std::vector<std::string> groups() const;

    /// What a word stands for: `@GROUP` (`@all` has every named host) for its members, a pattern for the named hosts
    /// that it fits, any other word for itself. Each host once. Throws usage_error where there is none.
    [[nodiscard]] std::vector<std::string> hosts_of(std::string_view word) const;

    [[nodiscard]] bool is_in_group(std::string_view name, std::string_view group) const;

    /// The files that were read.
    [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }

private:
    friend class host_config_reader;

    struct block {
        std::vector<std::string> patterns;
        host_values values;
    };

    [[nodiscard]] bool fits(const block& b, std::string_view name) const;
    void collect(std::string_view word, std::vector<std::string>& into, std::vector<std::string>& open) const;

    std::vector<block> blocks_;
    std::map<std::string, std::vector<std::string>, std::less<>> groups_;
    std::vector<std::string> names_;
    std::vector<std::string> files_;
};

/// Where the file of the user stands, whether or not it exists; empty where neither XDG_CONFIG_HOME nor HOME says.
[[nodiscard]] std::string user_config_file();

} // namespace tug::cli
