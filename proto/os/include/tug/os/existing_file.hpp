#pragma once

#include <tug/os/unique_fd.hpp>
#include <tug/proto/error.hpp>

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace tug::os {

/// A regular file that may be replaced only as long as it is what it was when it was looked at.
class existing_file {
public:
    /// Nothing where `name` in `directory` is no regular file; a symlink is none.
    [[nodiscard]] static proto::result<std::optional<existing_file>> open(int directory, const std::string& name);

    [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

    [[nodiscard]] std::uint64_t size() const noexcept { return static_cast<std::uint64_t>(status_.st_size); }

    /// Takes the lock (flock) that keeps others who do so from replacing it meanwhile, until this object goes. Fails
    /// with precondition_failed where the name is another file's now, or the file was written to since open(), and with
    /// busy where another process has the lock.
    [[nodiscard]] proto::result<void> hold(int directory, const std::string& name) const;

private:
    existing_file(unique_fd file, const struct stat& st) noexcept : file_(std::move(file)), status_(st) {}

    unique_fd file_;
    struct stat status_;
};

} // namespace tug::os
