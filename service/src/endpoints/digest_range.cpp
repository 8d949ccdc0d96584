#include "endpoints/digest_range.hpp"

#include <tug/net/blocking.hpp>

#include <utility>

namespace tug::service {

namespace asio = boost::asio;

asio::awaitable<proto::result<std::uint64_t>> digest_range(call& c, int file, std::uint64_t from, std::uint64_t to,
                                                           proto::hasher& hasher) {
    os::range_digest range(file, from, to, std::move(hasher));
    const auto work = [&range] { return range.step(); };
    for (;;) {
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        const auto done = co_await net::run_blocking(c.files(), work);
        if (!done) co_return done.error();
        if (*done) break;
    }
    hasher = range.take();
    co_return range.position();
}

asio::awaitable<proto::result<proto::digest>> digest_file(call& c, int file, proto::digest_kind kind) {
    proto::hasher hasher(kind);
    const auto done = co_await digest_range(c, file, 0, to_end_of_file, hasher);
    if (!done) co_return done.error();
    co_return hasher.finish();
}

} // namespace tug::service
