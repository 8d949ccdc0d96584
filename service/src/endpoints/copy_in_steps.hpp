#pragma once

#include "tug/service/call.hpp"

#include <tug/net/blocking.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace tug::service {

// What the copies on one host have in common.

/// A failure of one of the two paths, by its name in the params.
[[nodiscard]] inline proto::failure of_field(proto::failure why, std::string_view field) {
    if (!why.field.empty()) why.field = field;
    return why;
}

/// Opens, makes one step after the other on the file threads of the call, and commits. A call that ends is seen between
/// two steps; from the commit on that comes too late. `work` must outlive it, and is discarded by the caller.
template <class Work>
auto copy_in_steps(call& c, Work& work) -> boost::asio::awaitable<decltype(work.commit())> {
    const auto open = [&work] { return work.open(); };
    if (const auto opened = co_await net::run_blocking(c.files(), open); !opened) co_return opened.error();
    for (bool over = false; !over;) {
        const auto step = [&work] { return work.step(); };
        const auto stepped = co_await net::run_blocking(c.files(), step);
        if (!stepped) co_return stepped.error();
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        over = *stepped;
    }
    const auto commit = [&work] { return work.commit(); };
    co_return co_await net::run_blocking(c.files(), commit);
}

} // namespace tug::service
