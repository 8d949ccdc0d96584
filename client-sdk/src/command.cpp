#include <tug/command.hpp>
#include <tug/time_limit.hpp>

#include <algorithm>

namespace tug {

command& command::in(std::string directory) {
    params_.cwd = std::move(directory);
    return *this;
}

command& command::env(std::string name, std::string value) {
    params_.env.insert_or_assign(std::move(name), std::move(value));
    return *this;
}

command& command::clear_env(bool yes) {
    params_.clear_env = yes;
    return *this;
}

command& command::timeout(std::chrono::milliseconds limit) {
    params_.timeout_ms = static_cast<std::uint64_t>(detail::within_limits(limit).count());
    return *this;
}

command& command::output_limit(std::uint64_t bytes) {
    params_.output_limit = bytes;
    return *this;
}

command& command::with_stdin(bool yes) {
    params_.with_stdin = yes;
    return *this;
}

command& command::input(std::string bytes) {
    params_.with_stdin = true;
    input_ = std::move(bytes);
    return *this;
}

command& command::keep_children(bool yes) {
    params_.keep_children = yes;
    return *this;
}

command& command::merge(bool yes) {
    params_.merge = yes;
    return *this;
}

command& command::grace(std::chrono::milliseconds time) {
    const auto ms = std::clamp<std::int64_t>(time.count(), 0, proto::max_grace_ms);
    params_.grace_ms = static_cast<std::uint64_t>(ms);
    return *this;
}

command& command::collect_at_most(std::uint64_t bytes) {
    collect_ = bytes;
    return *this;
}

} // namespace tug
