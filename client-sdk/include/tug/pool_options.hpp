#pragma once

#include <tug/connect_options.hpp>
#include <tug/time_limit.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace tug {

/// How a pool works. A value with chained setters: `tug::pool_options().connect(how).attempts(5)`.
class pool_options {
public:
    pool_options() = default;

    /// How each host is connected to, and logged in at. Where hosts come from a name and TLS is on, the certificate of
    /// each must be for that name, unless tls_options::server_name() says another.
    pool_options& connect(connect_options how) & {
        connect_ = std::move(how);
        return *this;
    }

    pool_options&& connect(connect_options how) && { return std::move(connect(std::move(how))); }

    /// The same where hosts have keys or certificates of their own: asked for each connection, with the host as it was
    /// given to the pool, on the executor of the pool.
    pool_options& connect_each(std::function<connect_options(const std::string& host)> how) & {
        connect_each_ = std::move(how);
        return *this;
    }

    pool_options&& connect_each(std::function<connect_options(const std::string& host)> how) && {
        return std::move(connect_each(std::move(how)));
    }

    /// Calls in flight on one host; more wait for a host with room. Default 64, at least 1.
    pool_options& calls_per_host(std::size_t most) & {
        calls_per_host_ = std::max<std::size_t>(most, 1);
        return *this;
    }

    pool_options&& calls_per_host(std::size_t most) && { return std::move(calls_per_host(most)); }

    /// Calls in flight on one connection: a host gets another one for more of them, where no other host has room. tugd
    /// serves each connection on one of its threads, and takes 64 calls of it. Default 64, at least 1.
    pool_options& calls_per_connection(std::size_t most) & {
        calls_per_connection_ = std::max<std::size_t>(most, 1);
        return *this;
    }

    pool_options&& calls_per_connection(std::size_t most) && { return std::move(calls_per_connection(most)); }

    /// Hosts that are connected to before there are calls for them. Default 2; more come with the calls.
    pool_options& keep_open(std::size_t hosts) & {
        keep_open_ = hosts;
        return *this;
    }

    pool_options&& keep_open(std::size_t hosts) && { return std::move(keep_open(hosts)); }

    /// How often a call that may be repeated is made, with the first time. Default 3, at least 1.
    pool_options& attempts(unsigned times) & {
        attempts_ = std::max(times, 1U);
        return *this;
    }

    pool_options&& attempts(unsigned times) && { return std::move(attempts(times)); }

    /// How long a call may wait for a host. Default 10 s.
    pool_options& wait_at_most(std::chrono::milliseconds limit) & {
        wait_at_most_ = detail::within_limits(limit);
        return *this;
    }

    pool_options&& wait_at_most(std::chrono::milliseconds limit) && { return std::move(wait_at_most(limit)); }

    /// How often each connection is asked whether its host is there, and how busy that is. One that does not answer in
    /// this time gets no calls until it does. Default 2 s.
    pool_options& check_every(std::chrono::milliseconds time) & {
        check_every_ = detail::within_limits(time);
        return *this;
    }

    pool_options&& check_every(std::chrono::milliseconds time) && { return std::move(check_every(time)); }

    /// How often a name is resolved again. Default 5 s.
    pool_options& resolve_every(std::chrono::milliseconds time) & {
        resolve_every_ = detail::within_limits(time);
        return *this;
    }

    pool_options&& resolve_every(std::chrono::milliseconds time) && { return std::move(resolve_every(time)); }

    [[nodiscard]] connect_options connect_to(const std::string& host) const {
        return connect_each_ ? connect_each_(host) : connect_;
    }

    [[nodiscard]] std::size_t calls_per_host() const noexcept { return calls_per_host_; }

    [[nodiscard]] std::size_t calls_per_connection() const noexcept { return calls_per_connection_; }

    [[nodiscard]] std::size_t keep_open() const noexcept { return keep_open_; }

    [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }

    [[nodiscard]] std::chrono::milliseconds wait_at_most() const noexcept { return wait_at_most_; }

    [[nodiscard]] std::chrono::milliseconds check_every() const noexcept { return check_every_; }

    [[nodiscard]] std::chrono::milliseconds resolve_every() const noexcept { return resolve_every_; }

private:
    connect_options connect_;
    std::function<connect_options(const std::string& host)> connect_each_;
    std::size_t calls_per_host_ = 64;
    std::size_t calls_per_connection_ = 64;
    std::size_t keep_open_ = 2;
    unsigned attempts_ = 3;
    std::chrono::milliseconds wait_at_most_{10'000};
    std::chrono::milliseconds check_every_{2'000};
    std::chrono::milliseconds resolve_every_{5'000};
};

} // namespace tug
