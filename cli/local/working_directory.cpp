#include "working_directory.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tug::cli {

std::string path_from(std::string_view from, std::string_view path) {
    std::string whole(path.starts_with('/') ? "" : from);
    whole.append("/").append(path);
    std::vector<std::string_view> names;
    for (std::size_t at = 0; at < whole.size();) {
        const auto end = std::min(whole.find('/', at), whole.size());
        const auto name = std::string_view(whole).substr(at, end - at);
        at = end + 1;
        if (name.empty() || name == ".") continue;
        if (name != "..") {
            names.push_back(name);
        } else if (!names.empty()) { // above the root is the root, as in a chroot
            names.pop_back();
        }
    }
    std::string out;
    for (const auto name : names) out.append("/").append(name);
    if (path.ends_with('/') && !out.empty()) out += '/'; // it has to be a directory
    return out;
}

} // namespace tug::cli
