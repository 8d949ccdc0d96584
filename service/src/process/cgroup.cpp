#include "cgroup.hpp"

#include <tug/os/directory_stream.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>

namespace tug::service {

namespace {

os::unique_fd open_in(int directory, const char* name, int flags) {
    return os::unique_fd(::openat(directory, name, flags | O_CLOEXEC));
}

bool write_one(int directory, const char* name, char value) noexcept {
    const auto file = open_in(directory, name, O_WRONLY);
    return file && ::write(file.get(), &value, 1) == 1;
}

bool append_procs(int directory, std::vector<pid_t>& pids) {
    const auto file = open_in(directory, "cgroup.procs", O_RDONLY);
    if (!file) return false;
    std::string text;
    for (;;) {
        const auto used = text.size();
        text.resize(used + 4096);
        const auto n = ::read(file.get(), text.data() + used, 4096);
        if (n < 0 && errno != EINTR) return false;
        text.resize(used + (n > 0 ? static_cast<std::size_t>(n) : 0));
        if (n == 0) break;
    }
    for (const char* at = text.data(); at < text.data() + text.size();) {
        pid_t pid = 0;
        const auto parsed = std::from_chars(at, text.data() + text.size(), pid);
        if (parsed.ec != std::errc()) return false;
        pids.push_back(pid);
        at = parsed.ptr + 1; // the line's end
    }
    return true;
}

// Of a directory and those below: a command that is privileged may make some.
bool append_all_procs(int directory, std::vector<pid_t>& pids, int depth) {
    constexpr int deepest = 16;
    if (!append_procs(directory, pids)) return false;
    if (depth == deepest) return false;
    const auto entries = os::open_stream(directory);
    if (!entries) return false;
    while (const dirent* e = ::readdir(entries.get())) { // NOLINT(concurrency-mt-unsafe): the stream is ours
        if (e->d_type != DT_DIR || e->d_name[0] == '.') continue;
        const auto below = open_in(directory, e->d_name, O_RDONLY | O_DIRECTORY);
        if (below && !append_all_procs(below.get(), pids, depth + 1)) return false;
    }
    return true;
}

} // namespace

bool is_cgroup2(int fd) {
    struct statfs fs{};
    return ::fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

std::optional<cgroup> cgroup::open(int parent, const std::string& name) {
    auto directory = open_in(parent, name.c_str(), O_RDONLY | O_DIRECTORY);
    if (!directory) return std::nullopt;
    auto events = open_in(directory.get(), "cgroup.events", O_RDONLY);
    if (!events) return std::nullopt;
    return cgroup(name, std::move(directory), std::move(events));
}

cgroup::cgroup(std::string name, os::unique_fd directory, os::unique_fd events)
    : name_(std::move(name)), directory_(std::move(directory)), events_(std::move(events)), counts_(has_counters()) {}

bool cgroup::empty() const noexcept {
    std::array<char, 128> text{};
    const auto n = ::pread(events_.get(), text.data(), text.size(), 0);
    if (n < 0) return errno == ENODEV; // it was removed under us, which only an empty one can be
    return std::string_view(text.data(), static_cast<std::size_t>(n)).find("populated 0") != std::string_view::npos;
}

bool cgroup::await_empty(std::chrono::milliseconds most) const noexcept {
    const auto end = std::chrono::steady_clock::now() + most;
    // To read it arms the event, so a change after the look is not missed.
    while (!empty()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd changed{events_.get(), POLLPRI, 0};
        ::poll(&changed, 1, static_cast<int>(left.count()));
    }
    return true;
}

void cgroup::kill() const noexcept {
    killed_ = true;
    if (write_one(directory_.get(), "cgroup.kill", '1')) return;
    // Linux before 5.14: nothing forks while it is frozen, and a frozen process can be killed.
    write_one(directory_.get(), "cgroup.freeze", '1');
    for (const pid_t pid : procs().value_or(std::vector<pid_t>())) ::kill(pid, SIGKILL);
    write_one(directory_.get(), "cgroup.freeze", '0');
}

bool cgroup::set(const char* name, std::string_view value) const noexcept {
    const auto file = open_in(directory_.get(), name, O_WRONLY);
    if (!file) return false;
    counts_ = true; // its controller came after it was made
    return ::write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

std::optional<std::uint64_t> cgroup::number(const char* name, std::string_view key) const {
    if (!counts_) return std::nullopt;
    const auto file = open_in(directory_.get(), name, O_RDONLY);
    std::string text(4096, '\0');
    const auto n = file ? ::read(file.get(), text.data(), text.size()) : -1;
    if (n < 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(n));
    std::uint64_t sum = 0;
    const auto add = [&](std::size_t at) {
        std::uint64_t value = 0;
        std::from_chars(text.data() + at, text.data() + text.size(), value);
        sum += value;
    };
    if (key.empty()) add(0);
    for (auto at = key.empty() ? text.npos : text.find(key); at != text.npos; at = text.find(key, at + 1)) {
        const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n';
        const auto end = at + key.size();
        if (begins && end < text.size() && (text[end] == ' ' || text[end] == '=')) add(end + 1);
    }
    return sum;
}

bool cgroup::has_counters() const noexcept {
    return ::faccessat(directory_.get(), "memory.max", F_OK, 0) == 0 ||
           ::faccessat(directory_.get(), "pids.max", F_OK, 0) == 0 ||
           ::faccessat(directory_.get(), "io.stat", F_OK, 0) == 0;
}

std::optional<std::vector<pid_t>> cgroup::procs() const {
    std::vector<pid_t> pids;
    if (!append_all_procs(directory_.get(), pids, 0)) return std::nullopt;
    return pids;
}

} // namespace tug::service
