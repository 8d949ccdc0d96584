#include "tug/os/resolve.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::os {

namespace {

/// Nothing else, or nothing at all.
bool is_slashes(std::string_view text) noexcept {
    return text.find_first_not_of('/') == std::string_view::npos;
}

/// One lookup. It holds a descriptor of every directory between the root and where it stands, so that ".." goes back
/// the way it came: asking the kernel for ".." would leave the root once another process has moved that directory out.
class walk {
public:
    explicit walk(int root) noexcept : root_(root) {}

    /// 0 or an errno. Where the last name is wanted as such, it is not entered, but left in last_name().
    int run(std::string path, bool keep_last_name = false);

    /// Empty where the path ends in what is no name.
    [[nodiscard]] const std::string& last_name() const noexcept { return last_name_; }

    [[nodiscard]] bool at_directory() const noexcept { return at_directory_; }

    /// The node that was reached.
    [[nodiscard]] os_result<unique_fd> take();

private:
    static constexpr int max_links = 40;         // as the kernel
    static constexpr std::size_t max_held = 256; // descriptors; only a ".." back past as many levels is refused

    [[nodiscard]] int here() const noexcept { return held_.empty() ? root_ : held_.back().get(); }

    int step(const std::string& name);
    int step_to_last(const std::string& name);
    int leave();
    int follow(int link);
    int follow_at_end(int link, const struct stat& st);
    void enter(unique_fd node, bool directory);

    int root_;
    std::string rest_; // what is still to be walked
    bool keep_last_name_ = false;
    std::string last_name_;
    std::vector<unique_fd> held_;
    bool forgot_ = false; // the oldest of held_ were closed
    bool at_directory_ = true;
    int links_ = 0;
};

int walk::run(std::string path, bool keep_last_name) {
    if (path.empty()) return ENOENT;
    rest_ = std::move(path);
    keep_last_name_ = keep_last_name;
    while (!rest_.empty()) {
        const auto start = std::min(rest_.find_first_not_of('/'), rest_.size());
        if (start != 0 && !at_directory_) return ENOTDIR;
        const auto end = std::min(rest_.find('/', start), rest_.size());
        const auto name = rest_.substr(start, end - start);
        rest_.erase(0, end);
        if (name.empty()) break;
        const bool last = keep_last_name_ && name != "." && name != ".." && is_slashes(rest_);
        if (last && !rest_.empty()) return EISDIR; // as open(2) says with O_CREAT, whatever is there
        if (const int err = last ? step_to_last(name) : step(name)) return err;
    }
    return 0;
}

int walk::step(const std::string& name) {
    if (name == "." || name == "..") {
        // Both need a directory that may be searched; the kernel is asked, the answer is not kept.
        const unique_fd same(::openat(here(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!same) return errno;
        return name == ".." ? leave() : 0;
    }
    unique_fd node(::openat(here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat st{};
    if (!node || ::fstat(node.get(), &st) != 0) return errno;
    if (S_ISLNK(st.st_mode)) {
        return is_slashes(rest_) ? follow_at_end(node.get(), st) : follow(node.get());
    }
    enter(std::move(node), S_ISDIR(st.st_mode));
    return 0;
}

/// The last name may be missing, or be anything but a symlink.
int walk::step_to_last(const std::string& name) {
    const unique_fd node(::openat(here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat st{};
    if (!node && errno != ENOENT) return errno;
    if (node && ::fstat(node.get(), &st) != 0) return errno;
    if (node && S_ISLNK(st.st_mode)) return follow_at_end(node.get(), st);
    last_name_ = name;
    return 0;
}

/// As the kernel does with fs.protected_symlinks, but always: a user who may write to /tmp leads no other by a link.
int walk::follow_at_end(int link, const struct stat& st) {
    constexpr mode_t shared = S_ISVTX | S_IWOTH;
    struct stat directory{};
    if (::fstat(here(), &directory) != 0) return errno;
    const bool theirs = st.st_uid != ::geteuid() && st.st_uid != directory.st_uid;
    return theirs && (directory.st_mode & shared) == shared ? EACCES : follow(link);
}

int walk::leave() {
    if (forgot_ && held_.size() == 1) return ELOOP;
    if (!held_.empty()) held_.pop_back(); // at the root it stays there
    return 0;
}

/// A magic link is not what its text says: following it would jump anywhere. The plain links of /proc (self, net) are
/// relative and hold no such marks as "pipe:[1]" has; magic ones never pass as plain, and their text would
/// be looked up inside the root anyway.
bool is_magic(int link, std::string_view target) {
    struct statfs fs{};
    if (::fstatfs(link, &fs) != 0) return true;
    return fs.f_type == PROC_SUPER_MAGIC &&
           (target.front() == '/' || target.find_first_of(":[(") != std::string_view::npos);
}

int walk::follow(int link) {
    if (++links_ > max_links) return ELOOP;
    std::array<char, 4096> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    const auto size = ::readlinkat(link, "", buffer.data(), buffer.size());
    if (size < 0) return errno;
    if (size == 0) return ENOENT;
    if (static_cast<std::size_t>(size) == buffer.size()) return ENAMETOOLONG;
    const std::string_view target(buffer.data(), static_cast<std::size_t>(size));
    if (is_magic(link, target)) return ELOOP;
    if (target.front() == '/') {
        held_.clear();
        forgot_ = false;
    }
    rest_.insert(0, target);
    return 0;
}

void walk::enter(unique_fd node, bool directory) {
    if (held_.size() == max_held) {
        held_.erase(held_.begin());
        forgot_ = true;
    }
    held_.push_back(std::move(node));
    at_directory_ = directory;
}

os_result<unique_fd> walk::take() {
    if (!held_.empty()) return std::move(held_.back());
    unique_fd root(::openat(root_, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return os_error(errno);
    return root;
}

} // namespace

os_result<unique_fd> resolve_by_walk(int root, const std::string& path, int flags) {
    walk w(root);
    if (const int err = w.run(path)) return os_error(err);
    if ((flags & O_DIRECTORY) != 0 && !w.at_directory()) return os_error(ENOTDIR);
    auto node = w.take();
    if (!node || (flags & O_PATH) != 0) return node;
    unique_fd readable(::openat(node->get(), ".", flags | O_CLOEXEC));
    if (!readable) return os_error(errno);
    return readable;
}

os_result<place> resolve_place(int root, const std::string& path) {
    walk w(root);
    if (const int err = w.run(path, true)) return os_error(err);
    if (!w.at_directory()) return os_error(ENOTDIR);
    if (w.last_name().empty()) return os_error(EISDIR);
    auto directory = w.take();
    if (!directory) return directory.error();
    return place{std::move(*directory), w.last_name()};
}

} // namespace tug::os
