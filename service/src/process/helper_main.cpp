#include "helper_main.hpp"

#include "death_watch.hpp"
#include "fork_server.hpp"
#include "jobs/holder_main.hpp"

#include <span>
#include <string_view>

namespace tug::service {

namespace {

int run(std::string_view mode, std::span<char*> arguments) {
    if (mode == watch_mode) return watch_main(arguments);
    if (mode == hold_mode) return hold_main(arguments);
    return 2;
}

} // namespace

std::optional<int> helper_main(int argc, char** argv) {
    const std::span<char*> all(argv, static_cast<std::size_t>(argc));
    if (all.size() < 3 || std::string_view(all[1]) != "--helper") return std::nullopt;
    const std::string_view mode(all[2]);
    return mode == fork_mode ? fork_main(all.subspan(3), run) : run(mode, all.subspan(3));
}

} // namespace tug::service
