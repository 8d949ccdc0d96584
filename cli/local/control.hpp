#pragma once

#include "caught_signals.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace tug::cli {

/// How much later than its timeout, or than a cancel, the answer of a call may come, beyond the grace of a command:
/// tugd has 6 s where the kernel holds a process, else 0.5 s.
inline constexpr std::chrono::seconds answer_margin{10};

/// What may end a call from outside: Ctrl-C (also SIGTERM and SIGHUP) and the deadline. The first signal cancels the
/// call that runs; main() then ends the program by it. The second ends the program at once, and so does every signal
/// while no call runs.
///
/// Thread safety: none; everything happens on the io_context, which one thread runs.
class control {
public:
    explicit control(boost::asio::io_context& io);
    control(const control&) = delete;
    control& operator=(const control&) = delete;

    /// Runs a call to its end; a signal or the end of `deadline` cancels its coroutine (terminal). One at a time.
    [[nodiscard]] boost::asio::awaitable<int> run(boost::asio::awaitable<int> call,
                                                  std::optional<std::chrono::milliseconds> deadline);

    /// While this object lives, the first signal calls `instead`; only when the call is not over `grace` later its
    /// coroutine is cancelled.
    class gentle {
    public:
        gentle(control& of, std::function<void()> instead, std::chrono::milliseconds grace) : of_(of) {
            of_.instead_ = std::move(instead);
            of_.grace_ = grace;
        }

        ~gentle() { of_.instead_ = nullptr; }

        gentle(const gentle&) = delete;
        gentle& operator=(const gentle&) = delete;

    private:
        control& of_;
    };

    /// Moves the deadline of the call that runs, or takes it away. Without effect once a signal has come.
    void set_deadline(std::optional<std::chrono::steady_clock::time_point> when);

    /// What the first signal after forget_signals() does while no call runs.
    void when_idle(std::function<void()> what) { when_idle_ = std::move(what); }

    /// The next signal is a first one, also while no call runs; what came before ends nothing. For a prompt, which
    /// outlives the calls that a signal ended. Not from when_idle(): no second signal would end the program then.
    void forget_signals() noexcept;

    [[nodiscard]] boost::asio::any_io_executor get_executor() { return clock_.get_executor(); }

    /// See caught_signals::on_resize().
    void on_resize(std::function<void()> what) { signals_.on_resize(std::move(what)); }

    /// The signal that came first and has to end the program; 0 for none.
    [[nodiscard]] int caught() const noexcept { return signals_.first(); }

    /// The call was ended by its deadline.
    [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

private:
    void on_signal();
    void cancel_at(std::chrono::steady_clock::time_point when, bool as_deadline);

    caught_signals signals_;
    boost::asio::steady_timer clock_;
    boost::asio::cancellation_signal stop_;
    std::function<void()> instead_;
    std::chrono::milliseconds grace_{};
    std::function<void()> when_idle_;
    std::uint64_t deadline_ = 0; ///< Counts them: what an earlier one has queued already ends nothing.
    bool running_ = false;
    bool timed_out_ = false;
};

} // namespace tug::cli
