#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// The most hosts that one command line may name: `web[1-1000000000]` is a slip of the finger.
inline constexpr std::size_t most_hosts = 100'000;

/// The hosts of a list: `web1,web[3-5,08-10],unix:/run/tug.sock`, parted by commas, blanks or line ends. What follows a
/// `#` at the start of a word is a remark up to the end of its line. A bracket that begins a word is that of an IPv6
/// address. Each host once, in the order of the list. Throws usage_error.
[[nodiscard]] std::vector<std::string> split_hosts(std::string_view text);

/// The same hosts as one word that split_hosts() takes, as short as can be: `web[1-3],db`. Numbers next to each other
/// become a range.
[[nodiscard]] std::string fold_names(const std::vector<std::string>& hosts);

/// What a host is called as a directory on this side: its name, with %XX for what no name of a file may hold or be.
[[nodiscard]] std::string directory_of_host(std::string_view host);

} // namespace tug::cli
