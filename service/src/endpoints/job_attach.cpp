#include "endpoints/endpoints.hpp"
#include "endpoints/job_access.hpp"
#include "endpoints/job_attachment.hpp"

#include <chrono>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// A holder that ends closes its connections a moment before it lets go of its lock.
constexpr auto between_looks = std::chrono::milliseconds(20);

} // namespace

asio::awaitable<answer> job_attach(context& shared, call& c, proto::job_attach_params params) {
    found_job job;
    auto info = co_await look_at_job(shared, c, params.job, job);
    if (!info) co_return info.error();
    const auto open = [&] { return shared.jobs->directory_of(job); };
    auto directory = co_await net::run_blocking(c.files(), open);
    if (!directory) co_return directory.error();
    job_attachment following(c, params, *info, std::move(*directory));
    const auto begin = [&] { return following.open(); };
    const auto opened = co_await net::run_blocking(c.files(), begin);
    if (!opened) co_return opened.error();
    const auto done = co_await following.run();
    if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
    if (!done) co_return done.error();
    const auto look = [&] { return shared.jobs->look_at(job); };
    for (;;) {
        info = co_await net::run_blocking(c.files(), look);
        if (!info) co_return info.error();
        if (info->state != proto::job_state::running) break;
        co_await c.wait_for(between_looks);
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
    }
    if (info->state == proto::job_state::lost) co_return job_is_lost(*info);
    following.report(*info, *info->result);
    co_return boost::json::value(info->result->to_json());
}

} // namespace tug::service
