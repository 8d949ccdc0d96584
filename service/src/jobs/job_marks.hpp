#pragma once

#include <tug/os/unique_fd.hpp>

#include <cstdint>

namespace tug::service {

/// Numbers of a running job that change, in a file of fixed size: the holder writes them, and other processes read
/// them at any moment. Each stands there twice, the second time as its complement, so that a reader tells one that is
/// being written. Thread safe.
class job_marks {
public:
    enum class mark : std::uint8_t {
        out_kept_from, ///< The position of the oldest byte of stdout that is kept.
        err_kept_from,
        out_stalled, ///< The errno for which output does not get into the file; 0 while it does.
        err_stalled,
        input, ///< Bytes that the command was given as stdin.
        pid,
    };

    job_marks() = default;

    explicit job_marks(os::unique_fd file) noexcept : file_(std::move(file)) {}

    /// Writes zeros to a new file, so that later writes need no more room. False, with errno, where there is none.
    [[nodiscard]] bool prepare() const noexcept;

    void set(mark which, std::uint64_t value) const noexcept;

    /// 0 where the file is none of this kind.
    [[nodiscard]] std::uint64_t get(mark which) const noexcept;

private:
    os::unique_fd file_;
};

} // namespace tug::service
