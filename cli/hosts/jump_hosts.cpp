#include "jump_hosts.hpp"

#include "cli/local/report.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// Which of several hosts it was that failed.
[[noreturn]] void rethrow_from(const std::string& host, const error& e) {
    auto why = e.failure();
    why.message = quoted_name(host) + " on the way: " + why.message;
    throw error(std::move(why));
}

} // namespace

asio::awaitable<std::shared_ptr<client>> jump_hosts::connected(std::string path, host_connection& to) {
    struct turn {
        place& of;
        change& changed;

        ~turn() {
            of.connecting = false;
            changed.notify();
        }
    };

    auto& at = places_[path];
    while (at.connecting) co_await changed_.wait();
    if (at.connection && at.connection->is_open()) co_return at.connection;
    at.connecting = true;
    const turn until_done{at, changed_};
    auto made = co_await client::connect(to.address, to.how);
    at.connection = std::make_shared<client>(std::move(made));
    co_return at.connection;
}

asio::awaitable<void> jump_hosts::reach(host_connection& to) {
    std::string path;
    for (std::size_t i = 0; i < to.jumps.size(); ++i) {
        auto& jump = to.jumps[i];
        path.append(jump.name).append(" ");
        auto& next = i + 1 < to.jumps.size() ? to.jumps[i + 1].how : to.how;
        try {
            const auto via = co_await connected(path, jump);
            next.through(*via);
        } catch (const error& e) {
            rethrow_from(jump.name, e);
        }
    }
}

} // namespace tug::cli
