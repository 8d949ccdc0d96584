#pragma once

#include <tug/exec_result.hpp>
#include <tug/process.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace tug::cli {

/// A command that is followed over a call: one that runs for its call, or a job that outlives it.
class followed {
public:
    virtual ~followed() = default;

    [[nodiscard]] virtual boost::asio::awaitable<output> read() = 0;
    [[nodiscard]] virtual boost::asio::awaitable<bool> write(chunk bytes) = 0;
    virtual void close_stdin() = 0;
    [[nodiscard]] virtual boost::asio::awaitable<void> resize(std::uint16_t rows, std::uint16_t cols) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<exec_result> wait() = 0;

    /// No more output is wanted: its reader is gone.
    virtual void stop_output() = 0;

    /// Ends the command, or leaves the job alone.
    virtual void cancel() = 0;

    /// The same, without the output that is on its way.
    virtual void give_up() = 0;

    /// What it needs to have run beside read() and write(), until it is cancelled.
    [[nodiscard]] virtual boost::asio::awaitable<void> beside() { co_return; }

    /// It goes on without its connection.
    [[nodiscard]] virtual bool is_job() const { return false; }

    /// The connection is lost, and made again.
    [[nodiscard]] virtual bool away() const { return false; }

    /// Its end is known: nothing of it is left on the host. Does not throw tug::error.
    [[nodiscard]] virtual boost::asio::awaitable<void> finish() { co_return; }

    /// The user has left it, so that it ends unless `goes_on`. Does not throw tug::error.
    [[nodiscard]] virtual boost::asio::awaitable<void> leave(bool /*goes_on*/) { co_return; }
};

/// `Call`: process or job_attachment.
template <class Call>
class followed_call : public followed {
public:
    explicit followed_call(Call call) : call_(std::move(call)) {}

    boost::asio::awaitable<output> read() override { return call_.read(); }

    boost::asio::awaitable<bool> write(chunk bytes) override { return call_.write(std::move(bytes)); }

    void close_stdin() override { call_.close_stdin(); }

    boost::asio::awaitable<void> resize(std::uint16_t rows, std::uint16_t cols) override {
        return call_.resize(rows, cols);
    }

    boost::asio::awaitable<exec_result> wait() override { return call_.wait(); }

    void stop_output() override {
        if constexpr (requires { call_.stop_output(); }) {
            call_.stop_output();
        } else {
            call_.detach();
        }
    }

    void cancel() override {
        if constexpr (requires { call_.cancel(); }) {
            call_.cancel();
        } else {
            call_.detach();
        }
    }

    void give_up() override {
        if constexpr (requires { call_.discard_output(); }) call_.discard_output();
        cancel();
    }

private:
    Call call_;
};

template <class Call>
[[nodiscard]] std::unique_ptr<followed> follow(Call call) {
    return std::make_unique<followed_call<Call>>(std::move(call));
}

} // namespace tug::cli
