#pragma once

#include <tug/os/root.hpp>

#include <tug/os/staged_file.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tug::os::test {

namespace fs = std::filesystem;

/// A directory of its own for a test: `inside` is what a root is opened on, `outside` lies beside it.
struct scratch {
    fs::path base;
    fs::path inside;
    fs::path outside;

    scratch() {
        auto name = (fs::temp_directory_path() / "tug-files-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        base = name;
        inside = base / "inside";
        outside = base / "outside";
        fs::create_directory(inside);
        fs::create_directory(outside);
        fs::permissions(base, fs::perms(0755));
    }

    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;

    ~scratch() {
        std::error_code ignored;
        fs::remove_all(base, ignored);
    }

    [[nodiscard]] root open(resolver how = resolver::automatic) const {
        auto opened = root::open(inside.string(), how);
        if (!opened) throw std::runtime_error(opened.error().message);
        return std::move(*opened);
    }
};

/// A staged file for what root::open_parent() gave.
inline proto::result<os::staged_file> stage(put_target target, const os::staged_options& options = {},
                                            os::staging how = os::staging::automatic) {
    return os::staged_file::create(std::move(target.directory), std::move(target.name), options, how);
}

inline void write_file(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string read_fd(int fd) {
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    return text;
}

inline std::vector<std::string> entries(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename().string());
    return names;
}

inline unsigned mode_of(const fs::path& path) {
    struct stat st{};
    return ::lstat(path.c_str(), &st) == 0 ? st.st_mode & 07777U : 0U;
}

/// Calls `test(how)` for each way to look names up; openat2 only where this kernel lets us.
template <class Test>
void with_each_resolver(Test test) {
    BOOST_TEST_CONTEXT("the walk") {
        test(resolver::walk);
    }
    if (!root::open("/", resolver::kernel)) {
        BOOST_TEST_MESSAGE("no openat2 here: only the walk was tested");
        return;
    }
    BOOST_TEST_CONTEXT("openat2") {
        test(resolver::kernel);
    }
}

/// The text that stands at `path` for the client, or the name of the error.
inline std::string content_or_error(const root& r, std::string_view path) {
    const auto file = r.open_read(path);
    return file ? read_fd(file->fd.get()) : std::string(name_of(file.error().code));
}

/// Another umask for the life of this object.
struct umask_guard {
    explicit umask_guard(mode_t mask) : old(::umask(mask)) {}

    umask_guard(const umask_guard&) = delete;
    umask_guard& operator=(const umask_guard&) = delete;

    ~umask_guard() { ::umask(old); }

    mode_t old;
};

/// Gives up root's rights, where the test has them, for the life of this object; permission bits count then. The kernel
/// makes such a process non-dumpable, as tugd makes itself, which also changes whose /proc/self is.
struct plain_user {
    static constexpr uid_t nobody = 65534;

    plain_user() {
        if (::geteuid() == 0 && ::seteuid(nobody) != 0) throw std::runtime_error("seteuid failed");
    }

    plain_user(const plain_user&) = delete;
    plain_user& operator=(const plain_user&) = delete;

    ~plain_user() {
        if (::getuid() != 0 || ::geteuid() == 0) return;
        if (::seteuid(0) != 0) std::abort(); // every later test would run with the wrong rights
        ::prctl(PR_SET_DUMPABLE, 1);
    }
};

} // namespace tug::os::test
