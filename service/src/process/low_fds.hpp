#pragma once

#include <tug/os/unique_fd.hpp>

#include <array>
#include <cstddef>
#include <mutex>
#include <vector>

namespace tug::service {

/// A few descriptors with small numbers, reserved while they are still to be had.
///
/// A child copies the part of the descriptor table that it needs, and that part ends at its highest descriptor. With
/// 12,000 connections open a new pipe has a number around 12,000, which makes a spawn twice as slow (measured: 1.8 ms
/// against 0.9 ms). So the pipes are lent a small number while the child copies them. Thread safe.
class low_fds {
public:
    using trio = std::array<int, 3>;

    /// Reserves up to `trios` times three descriptors below 64; fewer, or none, where those numbers are taken
    /// or the limit on open files is so low that no number is expensive.
    explicit low_fds(std::size_t trios);

    low_fds(const low_fds&) = delete;
    low_fds& operator=(const low_fds&) = delete;

    /// No loan may be out any more.
    ~low_fds();

    /// Copies of three descriptors for one child: at reserved numbers, else at any from 3 on. Close-on-exec. They are
    /// given back, that is closed, when it goes.
    class loan {
    public:
        loan(const loan&) = delete;
        loan& operator=(const loan&) = delete;
        ~loan();

        [[nodiscard]] const trio& fds() const noexcept { return fds_; }

        /// 0, or the errno that a copy failed with; fds() is not to be used then.
        [[nodiscard]] int error() const noexcept { return error_; }

    private:
        friend class low_fds;
        loan(low_fds& owner, const trio& sources);

        low_fds& owner_;
        trio fds_{-1, -1, -1};
        bool reserved_ = false;
        int error_ = 0;
    };

    /// `sources` are open descriptors, which stay the caller's; they may repeat and may be 0, 1 or 2.
    [[nodiscard]] loan lend(const trio& sources) { return {*this, sources}; }

private:
    bool take(trio& fds);
    void give_back(const trio& fds);

    os::unique_fd placeholder_; ///< what stands at a reserved number while no start borrows it
    std::mutex mutex_;
    std::vector<trio> free_; // guarded by mutex_
};

} // namespace tug::service
