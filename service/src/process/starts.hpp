#pragma once

#include <boost/intrusive/list.hpp>

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace tug::service {

/// The children that do not execute their program yet. For each a thread of the daemon waits (CLONE_VFORK), and one may
/// be held: by a file system that does not answer, or by a SIGSTOP of the user that it has become. end_stuck() ends
/// those. Thread safe.
class starts {
public:
    /// How long a program may take to start.
    static constexpr auto timeout = std::chrono::seconds(10);

    /// No child is ended before it is that old. When clone fails its pidfd may have been named already and belong to
    /// another file, but never for so long.
    static constexpr auto least_age = std::chrono::seconds(1);

    /// A child from before its clone until after.
    class one : public boost::intrusive::list_base_hook<> {
    public:
        /// `given_up` may be empty. It is asked on other threads, until the destructor has returned.
        one(starts& all, const std::function<bool()>& given_up);
        ~one();
        one(const one&) = delete;
        one& operator=(const one&) = delete;

        /// Where clone writes the pidfd. It must not be closed before the destructor.
        [[nodiscard]] int& pidfd() noexcept { return pidfd_; }

        /// Where the child writes its pid, first of all.
        [[nodiscard]] pid_t& pid() noexcept { return pid_; }

        /// Afterwards, on the thread that waited: it was ended from here.
        [[nodiscard]] bool ended() const;

    private:
        friend class starts;
        starts& all_;
        const std::function<bool()>& given_up_;
        const std::chrono::steady_clock::time_point began_;
        std::uint64_t number_ = 0; ///< They are numbered as they begin.
        int pidfd_ = -1;
        pid_t pid_ = 0;
        bool ended_ = false;
    };

    /// Kills those whose caller has given up or that took too long. Call it a few times a second.
    void end_stuck(std::chrono::steady_clock::time_point now);

    /// Waits until those that are there now are over, at most for least_age: one that takes longer is held by its
    /// execve, and has closed by then what it had of the daemon's descriptors.
    void await_present();

private:
    std::mutex mutex_;
    std::condition_variable over_;
    std::uint64_t begun_ = 0;
    boost::intrusive::list<one, boost::intrusive::constant_time_size<false>> all_;
};

} // namespace tug::service
