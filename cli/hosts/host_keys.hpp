#pragma once

#include <string>
#include <string_view>

namespace tug::cli {

/// Where a value stands: what a relative path in it begins at.
struct config_place {
    std::string directory; ///< Of the file.
    std::string home;      ///< What `~` stands for; empty where it is unknown.
};

/// Checks the value of a key of a `host` block and brings it into the form that is used: paths become absolute, numbers
/// lose leading zeros. Nothing, or what is wrong with it.
[[nodiscard]] std::string take_host_value(std::string_view key, std::string& value, const config_place& place);

[[nodiscard]] bool is_host_key(std::string_view key);

/// The key that a word which is none most likely means, also one of ssh_config(5); empty where none is near.
[[nodiscard]] std::string meant_host_key(std::string_view word);

} // namespace tug::cli
