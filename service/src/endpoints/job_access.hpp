#pragma once

#include "jobs/job_store.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/net/blocking.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <utility>

namespace tug::service {

/// What a server without a state directory says to all that is about jobs.
[[nodiscard]] inline proto::failure no_jobs() {
    return {proto::errc::unsupported, "this server keeps no jobs: it was started without --state-dir"};
}

/// How the job of that name is now, which the caller may see; the job as well, in `found`.
[[nodiscard]] inline boost::asio::awaitable<proto::result<proto::job_info>>
look_at_job(context& shared, call& c, const std::string& name, found_job& found) {
    if (!shared.jobs) co_return no_jobs();
    const auto look = [&]() -> proto::result<proto::job_info> {
        auto job = shared.jobs->find(c.who(), name);
        if (!job) return job.error();
        found = std::move(*job);
        return shared.jobs->look_at(found);
    };
    co_return co_await net::run_blocking(c.files(), look);
}

/// How a job is told of that left no result.
[[nodiscard]] inline proto::failure job_is_lost(const proto::job_info& job) {
    std::string text = "the job ended and left no result: its holder was killed, or its host went down";
    if (!job.why.empty()) text += " (" + job.why + ")";
    return {proto::errc::job_lost, std::move(text)};
}

} // namespace tug::service
