#include "watches.hpp"

#include <tug/error.hpp>

#include <utility>

namespace tug::cli::mcp {

void watches::need_room() const {
    if (all_.size() >= most) throw error(failure(errc::busy, "16 watches are there already: end one by watch_stop"));
}

std::string watches::add(one made) {
    need_room();
    auto name = "watch-" + std::to_string(++last_);
    all_.emplace(name, std::make_shared<one>(std::move(made)));
    return name;
}

std::shared_ptr<watches::one> watches::find(std::string_view name) const {
    const auto found = all_.find(name);
    if (found == all_.end()) throw error(failure(errc::not_found, "there is no such watch: begin one by watch_files"));
    if (found->second->in_use) throw error(failure(errc::busy, "another call waits for the events of this watch"));
    return found->second;
}

bool watches::remove(std::string_view name) {
    const auto found = all_.find(name);
    if (found == all_.end()) return false;
    all_.erase(found);
    return true;
}

} // namespace tug::cli::mcp
