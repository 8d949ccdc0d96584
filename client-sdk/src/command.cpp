#include <tug/command.hpp>
#include <tug/time_limit.hpp>

#include <tug/proto/exec_messages.hpp>

#include <algorithm>

namespace tug {

static_assert(command::default_grace == std::chrono::milliseconds(proto::default_grace_ms));

command& command::user(std::string name) & {
    set_.user = std::move(name);
    return *this;
}

command& command::in(std::string directory) & {
    set_.directory = std::move(directory);
    return *this;
}

command& command::env(std::string name, std::string value) & {
    set_.env.insert_or_assign(std::move(name), std::move(value));
    return *this;
}

command& command::clear_env(bool yes) & {
    set_.clear_env = yes;
    return *this;
}

command& command::timeout(std::chrono::milliseconds limit) & {
    set_.timeout = detail::within_limits(limit);
    return *this;
}

command& command::output_limit(std::uint64_t bytes) & {
    set_.output_limit = bytes;
    return *this;
}

command& command::with_stdin(bool yes) & {
    set_.with_stdin = yes;
    return *this;
}

command& command::input(std::string bytes) & {
    set_.with_stdin = true;
    set_.input = std::move(bytes);
    return *this;
}

command& command::terminal(tug::terminal what) & {
    set_.terminal.emplace(std::move(what));
    return *this;
}

command& command::limits(resource_limits what) & {
    set_.limits = what;
    return *this;
}

command& command::keep_children(bool yes) & {
    set_.keep_children = yes;
    return *this;
}

command& command::merge(bool yes) & {
    set_.merge = yes;
    return *this;
}

command& command::report_start(bool yes) & {
    set_.report_start = yes;
    return *this;
}

command& command::grace(std::chrono::milliseconds time) & {
    set_.grace = std::clamp(time, std::chrono::milliseconds(0), std::chrono::milliseconds(proto::max_grace_ms));
    return *this;
}

command& command::reader_keeps_up(bool yes) & {
    set_.reader_keeps_up = yes;
    return *this;
}

command& command::collect_at_most(std::uint64_t bytes) & {
    set_.collect_at_most = bytes;
    return *this;
}

} // namespace tug
