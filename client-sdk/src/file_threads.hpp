#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <tug/net/blocking_pool.hpp>

namespace tug::detail {

/// The threads on which local files are read and written, made when the first is needed: two for each io_context, which
/// owns them. It joins them before it destroys what is suspended on it, so none comes back to an io_context that is
/// gone.
class file_threads final : public boost::asio::execution_context::service {
public:
    using key_type = file_threads;
    static boost::asio::execution_context::id id;

    explicit file_threads(boost::asio::execution_context& owner)
        : boost::asio::execution_context::service(owner), pool_(2) {}

    [[nodiscard]] net::blocking_pool& pool() noexcept { return pool_; }

    /// Those of the context behind an executor.
    [[nodiscard]] static net::blocking_pool& of(const boost::asio::any_io_executor& executor);

private:
    void shutdown() override { pool_.join(); }

    net::blocking_pool pool_;
};

} // namespace tug::detail
