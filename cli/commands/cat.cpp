// cat: files of the host, or a part of each, to standard output.

#include "cli/local/byte_streams.hpp"
#include "path_work.hpp"

#include <tug/files.hpp>

#include <unistd.h>

#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

asio::awaitable<path_end> print_content(client& on, const options& o, invocation& s, std::string path) {
    get_options how;
    auto offset = o.path.offset;
    if (o.path.tail) {
        const auto info = co_await on.files().stat(path);
        offset = info.size > *o.path.tail ? info.size - *o.path.tail : 0;
        how.length(*o.path.tail);
    }
    how.offset(offset);
    if (o.path.length) how.length(*o.path.length);
    if (o.timeout) how.timeout(*o.timeout);
    descriptor_sink to(s.output, std::make_shared<const descriptor>(STDOUT_FILENO));
    static_cast<void>(co_await on.get(path, to, std::move(how)));
    co_return path_end::done;
}

} // namespace tug::cli
