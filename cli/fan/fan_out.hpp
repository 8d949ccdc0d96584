#pragma once

#include "cli/arguments/options.hpp"
#include "cli/commands/change.hpp"
#include "cli/hosts/invocation.hpp"
#include "fan_printer.hpp"
#include "fan_schedule.hpp"
#include "host_outcome.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tug::cli {

/// The call that one host gets, on its connection. It throws what it fails with.
using host_call = std::function<boost::asio::awaitable<host_outcome>(client& on, std::size_t host)>;

/// Runs a call on many hosts, each on a connection of its own. What fails on one is its outcome, and the others go on.
/// A signal cancels all: the first lets each end in its own way, as a command with its processes.
///
/// Thread safety: none; on one executor.
class fan_out {
public:
    fan_out(const options& o, invocation& s, fan_printer& printer, host_call call);

    fan_out(const fan_out&) = delete;
    fan_out& operator=(const fan_out&) = delete;

    /// The exit code of all. All hosts have ended when it returns or throws. Throws usage_error for a host that is no
    /// address; then none has begun.
    [[nodiscard]] boost::asio::awaitable<int> run();

private:
    struct one_host {
        host_connection to;
        boost::asio::cancellation_signal stop;
        std::optional<boost::asio::steady_timer> deadline;
        bool late = false;
    };

    boost::asio::awaitable<void> prepare();
    boost::asio::awaitable<void> run_all();
    boost::asio::awaitable<void> run_host(std::size_t host);
    boost::asio::awaitable<host_outcome> call_host(std::size_t host);
    void start(std::size_t host);
    void watch(one_host& host);
    void cancel_all();
    [[nodiscard]] host_outcome failed(const one_host& host, failure why) const;

    const options& options_;
    invocation& invocation_;
    fan_printer& printer_;
    host_call call_;
    fan_schedule schedule_;
    change changed_;
    std::vector<one_host> hosts_;
    std::vector<host_outcome> outcomes_;
};

/// Runs exec, put, get, sync, job start or ping on the hosts of --on, says what came of it and returns the exit code.
[[nodiscard]] boost::asio::awaitable<int> run_on_many(const options& o, invocation& s);

} // namespace tug::cli
