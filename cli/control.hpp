#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace tug::cli {

/// How much later than its timeout, or than a cancel, the answer of a call may come: tugd has 8 s where the kernel
/// holds a process, else 2.5 s.
inline constexpr std::chrono::seconds answer_margin{10};

/// What may end a call from outside: Ctrl-C (also SIGTERM and SIGHUP) and the deadline. The first signal cancels the
/// call that runs, the second leaves the program at once with the code of that call.
///
/// Thread safety: none; everything happens on the io_context, which one thread runs.
class control {
public:
    explicit control(boost::asio::io_context& io);
    control(const control&) = delete;
    control& operator=(const control&) = delete;

    /// Runs a call to its end; a signal or the end of `deadline` cancels its coroutine (terminal). One at a time.
    [[nodiscard]] boost::asio::awaitable<int> run(boost::asio::awaitable<int> call, int leave_code,
                                                  std::optional<std::chrono::milliseconds> deadline);

    /// While this object lives, the first signal calls `instead`; only when the call is not over `answer_margin` later
    /// its coroutine is cancelled.
    class gentle {
    public:
        gentle(control& of, std::function<void()> instead) : of_(of) { of_.instead_ = std::move(instead); }

        ~gentle() { of_.instead_ = nullptr; }

        gentle(const gentle&) = delete;
        gentle& operator=(const gentle&) = delete;

    private:
        control& of_;
    };

    /// Moves the deadline of the call that runs, or takes it away. Without effect once a signal has come.
    void set_deadline(std::optional<std::chrono::steady_clock::time_point> when);

    /// What the first signal does while no call runs; without it that signal leaves the program. After a call that a
    /// signal ended it is a first one again only once forget_signals() was called.
    void when_idle(std::function<void()> what) { when_idle_ = std::move(what); }

    /// The next signal is a first one. While no call runs, and not from when_idle(): no second one would leave then.
    void forget_signals() noexcept { interrupted_ = false; }

    /// The call was ended by a signal.
    [[nodiscard]] bool interrupted() const noexcept { return interrupted_; }

    /// The call was ended by its deadline.
    [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

private:
    void listen();
    void on_signal();
    void cancel_at(std::chrono::steady_clock::time_point when, bool as_deadline);

    boost::asio::signal_set signals_;
    boost::asio::steady_timer clock_;
    boost::asio::cancellation_signal stop_;
    std::function<void()> instead_;
    std::function<void()> when_idle_;
    int leave_code_;
    bool running_ = false;
    bool interrupted_ = false;
    bool timed_out_ = false;
};

} // namespace tug::cli
