#pragma once

#include "endpoints/early_requests.hpp"
#include "endpoints/exec_start.hpp"
#include "jobs/attachment.hpp"
#include "jobs/job.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/proto/exec_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>

namespace tug::service {

/// A job that ends with its call, and the attachment of that call to it. On the call's thread.
class exec_job {
public:
    exec_job(context& shared, call& c, const job_settings& how, started_command s)
        : call_(c),
          job_(c.get_executor(), c.changed(), shared.orphans, shared.enders, how, std::move(s)),
          client_(c.io(), job_, {}) {}

    /// The command gets the signals and the size of `early`; then it runs until nothing is left of its tree that is to
    /// end. Throws what it throws only when that is so.
    [[nodiscard]] boost::asio::awaitable<proto::exec_result> run(const early_requests::kept_type& early);

    [[nodiscard]] job& work() noexcept { return job_; }

private:
    boost::asio::awaitable<void> accompany(const early_requests::kept_type& early);
    void cancel(cancel_reason why);
    answer signal(int number);
    answer resize(std::uint16_t rows, std::uint16_t cols);

    call& call_;
    job job_;
    attachment client_;
};

} // namespace tug::service
