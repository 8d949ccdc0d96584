#pragma once

#include "pool_plan.hpp"

#include <tug/error.hpp>
#include <tug/net/condition.hpp>
#include <tug/net/task_group.hpp>
#include <tug/pool.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tug::detail {

/// What is behind a pool: the connections of its hosts, opened and watched as the plan says, and the calls that wait
/// for one.
///
/// Thread safety: none; on the executor of the pool.
class pool_state : public std::enable_shared_from_this<pool_state> {
public:
    using host_id = pool_plan::host_id;
    using time = pool_plan::time;

    /// A call on a connection; it throws as the calls of a client do, and keeps what it brings.
    using call_on = std::function<boost::asio::awaitable<void>(client&)>;

    pool_state(boost::asio::any_io_executor home, pool_options how);

    [[nodiscard]] boost::asio::any_io_executor executor() const { return executor_; }

    void set_hosts(const std::vector<std::string>& hosts) { plan_.set_hosts(hosts); }

    /// From now on the hosts are what the name resolves to.
    void follow_name(std::string name);

    /// The pool object has gone.
    void release();

    /// A host for a call. `tried`: it failed there. `job`: its host alone; see job_host(). It is waited for until
    /// `limit`, or as long as the options say.
    [[nodiscard]] boost::asio::awaitable<proto::result<pool_lease>>
    acquire(std::vector<host_id> tried, std::string job = {}, std::optional<time> limit = {});

    void give_back(host_id host, const client* on);

    /// A host for a call, and a connection to it that is the caller's alone.
    [[nodiscard]] boost::asio::awaitable<proto::result<pool_connection>> take(std::string job);

    /// Makes the call once, whatever comes of it.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> once(call_on call);

    /// Makes the call until a host has answered it. For one that may be made twice.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> repeat(call_on call, std::string job = {});

    [[nodiscard]] std::vector<pool_host> hosts() const;

    [[nodiscard]] std::size_t attempts() const noexcept { return how_.attempts(); }

private:
    struct connection {
        client on;
        std::size_t calls = 0;
        bool takes_calls = true;
        bool draining = false;
        bool taken = false; ///< It is no longer the pool's.
        std::uint64_t silences = 0;
    };

    using connection_ptr = std::shared_ptr<connection>;

    boost::asio::awaitable<void> serve(host_id host);
    boost::asio::awaitable<void> use(host_id host, connection_ptr over);
    boost::asio::awaitable<void> watch(host_id host, connection_ptr over);
    boost::asio::awaitable<bool> check(host_id host, connection_ptr over);
    boost::asio::awaitable<void> ask_load(host_id host, connection_ptr over, pool_plan::clock::duration limit);
    boost::asio::awaitable<void> until_choice(time give_up);
    boost::asio::awaitable<void> resolve_again(std::string name);
    boost::asio::awaitable<void> until_silent(connection_ptr over);
    void silence(host_id host, connection& over);
    void drain(host_id host, connection& over);
    void stop_calls(host_id host, connection& over);
    void note_refusal(const pool_lease& held, errc code);
    [[nodiscard]] connection_ptr least_used(host_id host) const;
    [[nodiscard]] connection_ptr find(host_id host, const client* on) const;
    boost::asio::awaitable<void> changed_or(time when);
    void connect_more(bool waiting, const pool_plan::wish& what);
    [[nodiscard]] std::optional<host_id> job_host(const std::string& job) const;
    void remember(const std::string& job, host_id host);
    [[nodiscard]] connect_options options_for(const std::string& host) const;
    [[nodiscard]] failure no_host(const std::string& job) const;

    [[nodiscard]] std::uint64_t chance() { return dice_(); }

    boost::asio::awaitable<proto::result<void>> attempt(const pool_lease& held, const call_on& call);

    boost::asio::any_io_executor executor_;
    pool_options how_;
    pool_plan plan_;
    std::string resolved_name_;                                  ///< Empty: the hosts are a list.
    std::map<host_id, std::vector<connection_ptr>> connections_; ///< Those that stand.
    std::map<std::string, std::string> jobs_;                    ///< The host that a job was sent to.
    std::deque<std::string> oldest_jobs_;
    std::optional<failure> last_failure_;
    std::mt19937_64 dice_{std::random_device{}()};
    net::condition changed_;  ///< A call may find a host.
    net::condition silenced_; ///< A host does not answer.
    net::task_group tasks_;
    bool released_ = false;
};

} // namespace tug::detail
