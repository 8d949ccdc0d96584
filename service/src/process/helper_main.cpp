#include "helper_main.hpp"

#include "death_watch.hpp"
#include "jobs/holder_main.hpp"

#include <span>
#include <string_view>

namespace tug::service {

std::optional<int> helper_main(int argc, char** argv) {
    const std::span<char*> all(argv, static_cast<std::size_t>(argc));
    if (all.size() < 3 || std::string_view(all[1]) != "--helper") return std::nullopt;
    const std::string_view mode(all[2]);
    if (mode == watch_mode) return watch_main(all.subspan(3));
    if (mode == hold_mode) return hold_main(all.subspan(3));
    return 2;
}

} // namespace tug::service
