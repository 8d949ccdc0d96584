// file.digest: of a file, of a range of it, and of each block of that.

#include "endpoints/endpoints.hpp"
#include "endpoints/send_text.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/os/file_digest.hpp>

#include <string>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t blocks = 0; // the one stream

/// Read in one trip to the pool, in bytes: between two of them the call can end.
constexpr std::uint64_t digested_at_once = 16UL * 1024 * 1024;

proto::result<os::file_digest> open_file(context& shared, const caller& who, const proto::file_digest_params& params) {
    auto file = in_root_of(shared.files, who, [&](const os::root& files) { return files.open_read(params.path); });
    if (!file) return file.error();
    return os::file_digest::begin(
        std::move(*file),
        {.offset = params.offset, .length = params.length, .block = params.block, .kind = params.digest});
}

proto::file_digest_result digest_result(os::file_digest& digest) {
    proto::file_digest_result out;
    out.size = digest.file().size;
    out.bytes = digest.bytes();
    out.digest = digest.finish().to_string();
    out.mtime_ns = digest.file().mtime_ns;
    return out;
}

} // namespace

asio::awaitable<answer> file_digest(context& shared, call& c, proto::file_digest_params params) {
    const auto open = [&] { return open_file(shared, c.who(), params); };
    auto digest = co_await net::run_blocking(c.files(), open);
    if (!digest) co_return digest.error();
    bool wanted = true;
    while (wanted && !digest->done()) {
        std::string made;
        const auto step = [&] { return digest->step(digested_at_once, made); };
        const auto read = co_await net::run_blocking(c.files(), step);
        if (!read) co_return read.error();
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        const auto sent = co_await send_text(c, blocks, made);
        if (!sent) co_return sent.error();
        wanted = *sent;
    }
    co_return boost::json::value(digest_result(*digest).to_json());
}

} // namespace tug::service
