#include "each_path.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/hosts/invocation.hpp"

#include <tug/error.hpp>

namespace asio = boost::asio;

namespace tug::cli {

bool ends_all(const client& on, errc code) {
    return !on.is_open() || code == errc::cancelled || code == errc::local_io;
}

asio::awaitable<int> each_path(client& on, const options& o, std::vector<std::string> paths,
                               const one_path_work& work) {
    int code = exit_code::success;
    for (const auto& path : paths) {
        try {
            const auto ended = co_await work(path);
            if (ended == path_end::unwritten) co_return exit_code::failed;
            if (ended == path_end::in_part) code = exit_code::failed;
        } catch (const error& e) {
            if (paths.size() == 1 || ends_all(on, e.failure().code)) throw;
            report_one(o, e.failure());
            code = exit_code::failed;
        }
    }
    co_return code;
}

} // namespace tug::cli
