#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <string>
#include <utility>

namespace tug::test {

/// A mount for the life of this object, where this process may mount: a file system of its own, or a bind of `source`.
class mounted {
public:
    [[nodiscard]] static mounted tmpfs(const std::filesystem::path& at, const char* options = "",
                                       unsigned long flags = 0) {
        return mounted(at, "tug-test", "tmpfs", flags, options);
    }

    [[nodiscard]] static mounted bind(const std::filesystem::path& source, const std::filesystem::path& at) {
        return mounted(at, source.c_str(), nullptr, MS_BIND, nullptr);
    }

    mounted(const mounted&) = delete;
    mounted& operator=(const mounted&) = delete;

    ~mounted() {
        if (done_) ::umount2(path_.c_str(), MNT_DETACH);
    }

    /// Whether it could be mounted.
    [[nodiscard]] bool done() const noexcept { return done_; }

    /// False where that is not allowed.
    [[nodiscard]] bool make_read_only() const {
        return ::mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
    }

private:
    mounted(const std::filesystem::path& at, const char* source, const char* type, unsigned long flags,
            const char* options)
        : path_(at.string()), done_(::mount(source, path_.c_str(), type, flags, options) == 0) {}

    std::string path_;
    bool done_;
};

} // namespace tug::test
