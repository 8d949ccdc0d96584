#include "target.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace tug::bench {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> connect_and_run(const target& to, const client_work& work) {
    connect_options how;
    if (to.key) how.with(*to.key);
    if (to.tls) how.tls(*to.tls);
    if (to.max_window) how.max_window(*to.max_window);
    auto c = co_await client::connect(to.address, how);
    co_await work(c);
    co_await c.close();
}

} // namespace

void with_client(const target& to, const client_work& work) {
    asio::io_context io(1);
    std::exception_ptr thrown;
    asio::co_spawn(io, connect_and_run(to, work), [&](std::exception_ptr e) { thrown = e; });
    io.run();
    if (thrown) std::rethrow_exception(thrown);
}

} // namespace tug::bench
