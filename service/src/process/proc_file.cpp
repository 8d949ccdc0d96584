#include "proc_file.hpp"

#include <tug/os/unique_fd.hpp>

#include <fcntl.h>

#include <cerrno>
#include <charconv>

namespace tug::service {

namespace {

// Takes the next blank-separated field off `rest`.
std::string_view next_field(std::string_view& rest) {
    const auto begin = rest.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return rest = {};
    rest.remove_prefix(begin);
    const auto field = rest.substr(0, rest.find_first_of(" \n"));
    rest.remove_prefix(field.size());
    return field;
}

template <class Int>
bool number(std::string_view text, Int& out) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

} // namespace

int read_proc_file(const std::string& path, std::string& text) {
    const os::unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    text.clear();
    if (!file) return errno;
    for (std::size_t used = 0;;) {
        text.resize(used + 2048);
        const auto n = ::read(file.get(), text.data() + used, text.size() - used);
        const int err = n < 0 ? errno : 0;
        if (err == EINTR) continue;
        used += n > 0 ? static_cast<std::size_t>(n) : 0;
        text.resize(used);
        if (n <= 0) return err;
    }
}

std::optional<proc_stat> parse_proc_stat(std::string_view text) {
    // "PID (NAME) STATE PPID PGRP SESSION ...": a name is free text, so it ends at the last parenthesis.
    const auto open = text.find(" (");
    const auto close = text.rfind(')');
    proc_stat stat;
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
    if (!number(text.substr(0, open), stat.pid)) return std::nullopt;
    auto rest = text.substr(close + 1);
    const auto state = next_field(rest);
    if (state.size() != 1) return std::nullopt;
    stat.state = state.front();
    if (!number(next_field(rest), stat.parent) || !number(next_field(rest), stat.group)) return std::nullopt;
    if (!number(next_field(rest), stat.session)) return std::nullopt;
    constexpr int between = 22 - 6 - 1; // the start is field 22 of proc(5), the session field 6
    for (int i = 0; i < between; ++i) next_field(rest);
    if (!number(next_field(rest), stat.start_time)) return std::nullopt;
    return stat;
}

int read_proc_stat(pid_t pid, proc_stat& stat) {
    std::string text;
    if (const int err = read_proc_file("/proc/" + std::to_string(pid) + "/stat", text); err != 0) return err;
    const auto parsed = parse_proc_stat(text);
    if (!parsed) return EIO;
    stat = *parsed;
    return 0;
}

} // namespace tug::service
