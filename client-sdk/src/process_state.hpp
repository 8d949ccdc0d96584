#pragma once

#include "run_exec.hpp"
#include "session.hpp"
#include "stream_check.hpp"

#include <tug/command.hpp>
#include <tug/process.hpp>

#include <tug/net/condition.hpp>

#include <boost/asio/awaitable.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tug::detail {

/// A started command. Lives on the executor of its session.
class process_state : public std::enable_shared_from_this<process_state> {
public:
    process_state(std::shared_ptr<session> s, std::shared_ptr<pending> p)
        : session_(std::move(s)), pending_(std::move(p)), arrived_(session_->executor()) {
        lanes_[proto::stderr_index].ended = merged();
    }

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return session_->executor(); }

    [[nodiscard]] boost::asio::awaitable<proto::result<std::int64_t>> started();
    [[nodiscard]] boost::asio::awaitable<proto::result<output>> read();
    [[nodiscard]] boost::asio::awaitable<proto::result<chunk>> read(std::size_t stream);
    [[nodiscard]] boost::asio::awaitable<proto::result<bool>> write(chunk bytes);
    void close_stdin();

    /// Of job.attach: how much stdin the job was given by others.
    [[nodiscard]] boost::asio::awaitable<proto::result<std::uint64_t>> input_position();
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> signal(std::string name);
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> resize(std::uint16_t rows, std::uint16_t cols);
    void stop_output();
    void discard_output();
    void cancel();
    [[nodiscard]] boost::asio::awaitable<proto::result<exec_result>> wait();

    /// Behind the last byte of that stream that was taken. Safe from any thread.
    [[nodiscard]] std::uint64_t position(std::size_t stream) const noexcept { return lanes_[stream].position; }

    /// The handle of the process has gone.
    void release();

private:
    class fetching;

    /// One output stream. A read of it that a caller waits for is never cancelled, so that no bytes are lost: what it
    /// brings stays here until it is taken.
    struct output_lane {
        std::optional<proto::result<chunk>> next;
        bool reading = false;
        bool ended = false; ///< With its eof, or stopped.
        std::atomic<std::uint64_t> position = 0;
        stream_check check;
    };

    [[nodiscard]] proto::result<std::optional<chunk>> take(std::size_t stream);
    void fetch(std::size_t stream);
    [[nodiscard]] boost::asio::awaitable<void> fetch_one(std::size_t stream, std::unique_ptr<fetching>);
    [[nodiscard]] boost::asio::awaitable<bool> arrival();
    void end_lanes();

    /// command::merge() or terminal(): there is no stream of stderr.
    [[nodiscard]] bool merged() const noexcept { return pending_->call().inbound.size() <= proto::stderr_index; }

    void check(const exec_result& r);

    std::shared_ptr<session> session_;
    std::shared_ptr<pending> pending_;
    net::condition arrived_;
    std::array<output_lane, 2> lanes_;
    std::size_t first_ = 0; ///< Which stream read() looks at first, by turns.
    bool discarding_ = false;
    bool checked_ = false; ///< Whether what was read is what was sent.
    std::optional<proto::failure> mismatch_;
};

/// Starts a command when it is its turn.
[[nodiscard]] boost::asio::awaitable<proto::result<std::shared_ptr<process_state>>>
start_process(std::shared_ptr<session> s, command what);

} // namespace tug::detail
