// The two resolvers of paths against each other, in a small tree: they find the same node or fail by the same errno,
// and nothing that is found, opened or made lies outside of the root.
// Input: a byte (bit 0 the path is made of words, bit 1 a directory is wanted, bit 2 missing directories are made, bit
// 3 a put follows links); then the path, or a byte a word: bits 0-5 which, bit 6 without a slash before it.

#include "input.hpp"
#include "support/temp_dir.hpp"

#include <tug/os/path_text.hpp>
#include <tug/os/root.hpp>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace {

using namespace tug::os;
using tug::test::check;
using tug::test::source;
namespace fs = std::filesystem;

constexpr std::array<std::pair<const char*, const char*>, 24> links{{
    {"to_dir", "dir"},
    {"abs", "/dir/sub"},
    {"self", "."},
    {"up", ".."},
    {"far_up", "../../../../.."},
    {"out", "../outside/secret"},
    {"out_abs", "/../outside/secret"},
    {"loop", "loop"},
    {"ring_a", "ring_b"},
    {"ring_b", "dir/../ring_a"},
    {"broken", "nothing"},
    {"top", "/"},
    {"top_dots", "/../.."},
    {"slashes", "dir//sub///"},
    {"file_slash", "file/"},
    {"to_file", "./file"},
    {"through_file", "file/.."},
    {"to_fifo", "fifo"},
    {"dir/back", "../dir/sub"},
    {"dir/above", "../.."},
    {"dir/sub/out", "../../../outside"},
    {"dir/sub/root", "/"},
    {"dir/sub/chain", "../../abs/../sub/up_file"},
    {"dir/sub/up_file", "../file"},
}};

constexpr std::string_view words[] = {
    "",         ".",       "..",         "file",    "dir",          "sub",     "to_dir", "abs",    "self",
    "up",       "far_up",  "out",        "out_abs", "loop",         "ring_a",  "ring_b", "broken", "top",
    "top_dots", "slashes", "file_slash", "to_file", "through_file", "to_fifo", "back",   "above",  "root",
    "chain",    "up_file", "fifo",       "outside", "secret",       "nothing", "deep",   "inside", "c0",
    "c38",      "c39",     "c40",        "proc",    "...",          "new",
};

using node = std::pair<dev_t, ino_t>;

node node_of(const struct stat& st) {
    return {st.st_dev, st.st_ino};
}

/// inside/ is the root; what lies beside it is never to be touched.
class tree {
public:
    tree() {
        fs::create_directories(inside() / "dir/sub/deep");
        fs::create_directories(base_.path() / "outside/secret");
        for (const auto* name : {"file", "dir/file", "dir/sub/deep/file"}) tug::test::write_file(inside() / name, "in");
        for (const auto* name : {"secret/file", "file"})
            tug::test::write_file(base_.path() / "outside" / name, "SECRET");
        check(::mkfifo((inside() / "fifo").c_str(), 0600) == 0, "no fifo");
        for (const auto& [from, to] : links) fs::create_symlink(to, inside() / from);
        // Forty links are followed, as by the kernel, and not one more.
        for (int i = 0; i < 41; ++i)
            fs::create_symlink(i == 40 ? "dir" : "c" + std::to_string(i + 1), inside() / ("c" + std::to_string(i)));
        known_ = nodes();
        check(subdirectories() == 20, "a file system that does not count directories as links: set TMPDIR to another");
        made_with_ = subdirectories();
        outside_ = list(base_.path() / "outside");
    }

    [[nodiscard]] fs::path inside() const { return base_.path() / "inside"; }

    [[nodiscard]] bool has(int fd) const {
        struct stat st{};
        return ::fstat(fd, &st) == 0 && known_.contains(node_of(st));
    }

    /// What a lookup has made goes again; it must all be below the root.
    void restore() {
        if (subdirectories() == made_with_) return;
        check(list(base_.path() / "outside") == outside_, "something was made outside of the root");
        check(list(base_.path(), false).size() == 2, "something was made beside the root");
        std::set<fs::path> made;
        for (const auto& entry : fs::recursive_directory_iterator(inside())) {
            struct stat st{};
            if (::lstat(entry.path().c_str(), &st) == 0 && !known_.contains(node_of(st))) made.insert(entry.path());
        }
        for (const auto& path : made) fs::remove_all(path);
    }

private:
    /// How many directories there are, from their links. Where a file system does not count so, a number of no use.
    [[nodiscard]] std::size_t subdirectories() const {
        std::size_t out = 0;
        struct stat st{};
        for (const auto* name :
             {".", "inside", "inside/dir", "inside/dir/sub", "inside/dir/sub/deep", "outside", "outside/secret"})
            if (::stat((base_.path() / name).c_str(), &st) == 0) out += st.st_nlink;
        return out;
    }

    [[nodiscard]] std::set<node> nodes() const {
        std::set<node> out;
        struct stat st{};
        check(::stat(inside().c_str(), &st) == 0, "no root");
        out.insert(node_of(st));
        for (const auto& entry : fs::recursive_directory_iterator(inside()))
            if (::lstat(entry.path().c_str(), &st) == 0) out.insert(node_of(st));
        return out;
    }

    static std::set<fs::path> list(const fs::path& directory, bool deep = true) {
        std::set<fs::path> out;
        if (!deep)
            for (const auto& entry : fs::directory_iterator(directory)) out.insert(entry.path());
        else
            for (const auto& entry : fs::recursive_directory_iterator(directory)) out.insert(entry.path());
        return out;
    }

    tug::test::temp_dir base_;
    std::set<node> known_;
    std::set<fs::path> outside_;
    std::size_t made_with_ = 0;
};

/// Where openat2 is missing the walk takes its place: that it never leaves the root is checked all the same.
root opened(const tree& t, resolver how) {
    auto r = root::open(t.inside().string(), how);
    if (!r && how == resolver::kernel) {
        std::fprintf(stderr, "there is no openat2 here to compare the walk with\n");
        r = root::open(t.inside().string(), resolver::walk);
    }
    check(r.has_value(), "the root cannot be opened");
    return std::move(*r);
}

struct world {
    tree files;
    unique_fd top{::open(files.inside().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    root kernel = opened(files, resolver::kernel);
    root walk = opened(files, resolver::walk);
};

std::string path_from(source& input, bool of_words) {
    if (!of_words) return std::string(input.rest());
    std::string path;
    while (!input.empty()) {
        const auto which = input.byte();
        if ((which & 64) == 0) path += '/';
        path += words[(which & 63) % std::size(words)];
    }
    return path;
}

void compare_resolvers(const world& w, const std::string& path, int flags) {
    const auto b = resolve_by_walk(w.top.get(), path, flags);
    if (b) check(w.files.has(b->get()), "the walk left the root");
    if (!w.kernel.uses_kernel()) return;
    const auto a = resolve_by_kernel(w.top.get(), path, flags);
    if (!a && a.error().value() == EAGAIN) return; // something on this machine renames all the time
    check(a.has_value() == b.has_value(), "one resolver finds what the other does not");
    if (!a) {
        check(a.error() == b.error(), "the resolvers fail in different ways");
        return;
    }
    struct stat x{};
    struct stat y{};
    check(::fstat(a->get(), &x) == 0 && ::fstat(b->get(), &y) == 0 && node_of(x) == node_of(y),
          "the resolvers find different nodes");
    check(w.files.has(a->get()) && w.files.has(b->get()), "a resolver left the root");
}

std::string name_of_error(const tree& files, const tug::proto::failure& f, const std::string& path) {
    const auto host = files.inside().string();
    check(!f.message.empty() && (f.message.find(host) == std::string::npos || path.find(host) != std::string::npos),
          "a message with a path of the host");
    return std::string(name_of(f.code)) + " " + f.os_error;
}

std::string read_outcome(const tree& files, const root& r, const std::string& path) {
    const auto file = r.open_read(path);
    if (!file) return name_of_error(files, file.error(), path);
    check(files.has(file->fd.get()), "a file outside of the root was opened");
    return "size " + std::to_string(file->size);
}

std::string directory_outcome(const tree& files, const root& r, const std::string& path) {
    const auto fd = r.open_directory(path);
    if (!fd) return name_of_error(files, fd.error(), path);
    check(files.has(fd->get()), "a directory outside of the root was opened");
    return "ok";
}

/// What a put that follows links would replace is what a get of the same path finds.
void check_same_file(const root& r, const put_target& target, const std::string& path) {
    struct stat by_name{};
    struct stat found{};
    const bool exists = ::fstatat(target.directory.get(), target.name.c_str(), &by_name, AT_SYMLINK_NOFOLLOW) == 0;
    check(!exists || !S_ISLNK(by_name.st_mode), "a link that was not followed");
    const auto file = r.open_read(path);
    if (!file) return;
    check(exists && ::fstat(file->fd.get(), &found) == 0 && node_of(found) == node_of(by_name), "another file");
}

/// With make_parents the directory may be new; then restore() looks where it lies.
std::string parent_outcome(tree& files, const root& r, const std::string& path, bool make_parents, last_link at_end) {
    const auto target = r.open_parent(path, make_parents, false, at_end);
    if (!target) return name_of_error(files, target.error(), path);
    if (at_end == last_link::followed) check_same_file(r, *target, path);
    check(make_parents || files.has(target->directory.get()), "a put would leave the root");
    check(!target->name.empty() && target->name.find('/') == std::string::npos && target->name != "." &&
              target->name != "..",
          "a name that is no name");
    return target->name;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 600) return -1; // a system call a component: the longest paths are for the unit tests
    static world w;
    source input(tug::test::text_of(data, size));
    const auto setup = input.byte();
    const auto path = path_from(input, (setup & 1) != 0);
    const bool make_parents = (setup & 4) != 0;

    if (!path.empty() && path.size() <= max_path_bytes && path.find('\0') == std::string::npos)
        compare_resolvers(w, path, (setup & 2) != 0 ? O_PATH | O_DIRECTORY : O_PATH);
    // All texts go here: what check_path() is for must not reach a resolver.
    check(read_outcome(w.files, w.kernel, path) == read_outcome(w.files, w.walk, path), "two outcomes of a get");
    check(directory_outcome(w.files, w.kernel, path) == directory_outcome(w.files, w.walk, path),
          "two outcomes of a cwd");
    const auto at_end = (setup & 8) != 0 ? last_link::followed : last_link::kept;
    const auto one = parent_outcome(w.files, w.kernel, path, make_parents, at_end);
    if (make_parents) w.files.restore();
    const auto other = parent_outcome(w.files, w.walk, path, make_parents, at_end);
    if (make_parents) w.files.restore();
    check(one == other, "two outcomes of a put");
    return 0;
}
