#include "tug/os/tree_walk.hpp"

#include "tug/os/directory_stream.hpp"
#include "tug/os/file_time.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace tug::os {

namespace {

constexpr int readable_directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

int read_names(int directory, std::vector<std::string>& to) {
    const auto stream = open_stream(directory);
    if (!stream) return errno;
    for (;;) {
        errno = 0;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's alone
        const auto* entry = ::readdir(stream.get());
        if (entry == nullptr) break;
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") to.emplace_back(name);
    }
    std::ranges::sort(to);
    return errno;
}

} // namespace

os_result<tree_walk> tree_walk::begin(unique_fd top, bool recursive) {
    tree_walk w(recursive);
    unique_fd readable(::openat(top.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!readable) return os_error(errno);
    w.top_ = std::move(top);
    if (const int err = w.enter(std::move(readable), 0)) return os_error(err);
    return w;
}

int tree_walk::enter(unique_fd directory, std::size_t path_size) {
    level now;
    if (const int err = read_names(directory.get(), now.names)) return err;
    now.fd = std::move(directory);
    now.path_size = path_size;
    levels_.push_back(std::move(now));
    if (levels_.size() > most_held) levels_[levels_.size() - 1 - most_held].fd.reset();
    return 0;
}

/// A directory on the way back whose descriptor was closed; name by name from the top, so that no symlink leads away.
os_result<unique_fd> tree_walk::reopen(std::size_t depth) {
    unique_fd here(::openat(top_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (std::size_t i = 0; here && i < depth; ++i) {
        const auto name = levels_[i].names[levels_[i].at - 1];
        here.reset(::openat(here.get(), name.c_str(), readable_directory));
    }
    if (!here) return os_error(errno);
    return here;
}

std::optional<tree_entry> tree_walk::next() {
    if (!pending_.empty()) {
        const auto name = std::exchange(pending_, {});
        if (const int err = go_into(levels_.back().fd.get(), name)) return tree_entry{path_ + name, os_error(err)};
    }
    while (!levels_.empty()) {
        auto& now = levels_.back();
        if (now.at < now.names.size()) {
            if (!now.fd) {
                auto again = reopen(levels_.size() - 1);
                if (!again) return tree_entry{path_ + now.names[now.at++], again.error()};
                now.fd = std::move(*again);
            }
            return look(now.names[now.at++]);
        }
        levels_.pop_back();
        path_.resize(levels_.empty() ? 0 : levels_.back().path_size);
    }
    return std::nullopt;
}

tree_entry tree_walk::look(const std::string& name) {
    tree_entry out{path_ + name, status_at(levels_.back().fd.get(), name)};
    if (recursive_ && out.status && out.status->type == file_type::directory) pending_ = name;
    return out;
}

os_result<opened_file> tree_walk::open_file() const {
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    unique_fd fd(::openat(directory(), name().c_str(), flags));
    struct stat st{};
    if (!fd || ::fstat(fd.get(), &st) != 0) return os_error(errno);
    if (!S_ISREG(st.st_mode)) return os_error(ELOOP);
    return opened_file{std::move(fd), static_cast<std::uint64_t>(st.st_size), st.st_mode & 0777U,
                       to_nanoseconds(st.st_mtim), to_nanoseconds(st.st_ctim)};
}

int tree_walk::go_into(int parent, const std::string& name) {
    unique_fd directory(::openat(parent, name.c_str(), readable_directory));
    if (!directory) return errno;
    const auto path_size = path_.size() + name.size() + 1;
    if (const int err = enter(std::move(directory), path_size)) return err;
    path_.append(name).append("/");
    return 0;
}

} // namespace tug::os
