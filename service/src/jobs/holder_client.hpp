#pragma once

#include "jobs/job_directory.hpp"

#include <tug/net/call_io.hpp>
#include <tug/net/condition.hpp>
#include <tug/net/link.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/json_reader.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tug::service {

/// A connection to the holder of a job, for one call; see holder_server for what can be called. Thread safety: none; on
/// its executor. close() must have completed before it is destroyed.
class holder_client final : net::link::owner, proto::call_sink {
public:
    explicit holder_client(boost::asio::any_io_executor executor);
    ~holder_client();
    holder_client(const holder_client&) = delete;
    holder_client& operator=(const holder_client&) = delete;

    /// False where no holder answers: it has ended, or ends. Fails where that cannot be known, as for want of
    /// descriptors.
    [[nodiscard]] boost::asio::awaitable<proto::result<bool>> connect(const job_directory& to);

    /// Makes the call. Once, after connect().
    [[nodiscard]] proto::result<void> start(std::string_view method, const boost::json::object& params,
                                            std::span<const proto::stream_spec> streams = {});

    /// What came of the call; nothing yet. Where the holder has gone it is connection_lost.
    [[nodiscard]] const std::optional<proto::result<void>>& answer() const noexcept { return answer_; }

    /// Notified when an answer has come.
    [[nodiscard]] net::condition& changed() noexcept { return changed_; }

    /// Waits for the answer.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> wait();

    /// Waits until the holder closes the connection: when its job is over and the result is on the disk, or when it is
    /// killed.
    [[nodiscard]] boost::asio::awaitable<void> wait_gone();

    /// The streams. Precondition: start().
    [[nodiscard]] net::call_io& io() noexcept { return *io_; }

    [[nodiscard]] boost::asio::awaitable<void> close();

private:
    void on_event(proto::event& e) override;

    void on_data(std::size_t stream) override { io_->on_data(stream); }

    void on_credit(std::size_t stream) override { io_->on_credit(stream); }

    void on_stopped(std::size_t stream) override { io_->on_stopped(stream); }

    void on_starved() override {}

    void on_cancelled() override {}

    void resolve(proto::result<void> answer);
    [[nodiscard]] boost::asio::awaitable<void> read();

    boost::asio::any_io_executor executor_;
    proto::json_reader reader_;
    std::vector<std::byte> scratch_;
    std::shared_ptr<net::link> link_;
    std::optional<net::call_io> io_;
    net::condition changed_;
    net::task_group tasks_;
    bool greeted_ = false;
    bool gone_ = false;
    std::optional<proto::result<void>> answer_;
};

} // namespace tug::service
