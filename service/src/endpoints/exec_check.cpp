#include "endpoints/exec_check.hpp"

#include "auth/command_rules.hpp"
#include "endpoints/exec_start.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>

#include <boost/json/object.hpp>

namespace tug::service {

namespace asio = boost::asio;

/// On a file thread: the file system of the root may hang.
asio::awaitable<answer> exec_check(context& shared, call& c, proto::exec_check_params params) {
    if (auto refused = refuse_command(c.who(), params.command)) co_return std::move(*refused);
    const auto look = [&]() -> proto::result<void> {
        auto allowed = allow_command(shared, c.who(), params.command);
        return allowed ? proto::result<void>() : allowed.error();
    };
    const auto allowed = co_await net::run_blocking(c.files(), look);
    if (!allowed) co_return allowed.error();
    co_return boost::json::value(boost::json::object());
}

} // namespace tug::service
