#include "cli/arguments/exit_codes.hpp"
#include "cli/local/report.hpp"
#include "commands.hpp"
#include "info_text.hpp"

namespace asio = boost::asio;

namespace tug::cli {

asio::awaitable<int> info(client& on, const options& o, invocation&) {
    const auto found = co_await on.info();
    const bool written = o.json ? print_json(to_json(found)) : print_text(info_text(found, o.verbose));
    co_return written ? exit_code::success : exit_code::failed;
}

} // namespace tug::cli
