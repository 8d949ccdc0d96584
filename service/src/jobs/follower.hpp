#pragma once

#include "jobs/holder_server.hpp"

#include <tug/net/call_io.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/connection.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>

namespace tug::service {

/// A call of `follow`.
class follower final : public proto::call_sink {
public:
    follower(holder_server& on, std::shared_ptr<net::link> over, proto::call_ptr c);
    ~follower();
    follower(const follower&) = delete;
    follower& operator=(const follower&) = delete;

    /// It writes stdin from now on, and no other, and is told how much the command was given before. `skip`: that many
    /// bytes of what it sends are known already.
    void write_from(std::uint64_t skip);

    /// Runs until the job is done, or this call has to end; then answers.
    [[nodiscard]] boost::asio::awaitable<void> run();

private:
    void on_data(std::size_t stream) override { io_.on_data(stream); }

    void on_credit(std::size_t stream) override { io_.on_credit(stream); }

    void on_stopped(std::size_t stream) override { io_.on_stopped(stream); }

    void on_starved() override { end(); }

    void on_cancelled() override { end(); }

    void end();
    [[nodiscard]] boost::asio::awaitable<void> tell_changes();
    [[nodiscard]] boost::asio::awaitable<void> feed();
    [[nodiscard]] boost::asio::awaitable<void> finish_input();
    [[nodiscard]] boost::asio::awaitable<bool> give(proto::chunk piece);
    [[nodiscard]] boost::asio::awaitable<void> take_turn();
    void end_turn();

    holder_server& server_;
    net::call_io io_;
    net::task_group tasks_;
    std::uint64_t skip_ = 0;
    bool over_ = false;
    bool superseded_ = false;

    friend class holder_connection;
};

} // namespace tug::service
