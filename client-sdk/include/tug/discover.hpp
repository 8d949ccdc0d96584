#pragma once

#include <tug/credentials.hpp>
#include <tug/detail/initiate.hpp>
#include <tug/time_limit.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug {

/// A tugd that has answered. What it says is not to be trusted, unless its answer is signed: any host of the network
/// may answer. Whoever connects to it has the proof of the login as ever.
struct found_host {
    std::string name;   ///< Of its host.
    std::string server; ///< Name and version of tugd.
    bool tls = false;
    std::string key_id; ///< It has this key, which is ours; empty: it has shown none.
    /// Where it is reached, as client::connect() takes it; the addresses that others reach come first.
    std::vector<std::string> addresses;
};

/// How discover() asks. A value with chained setters.
class discover_options {
public:
    discover_options() = default;

    /// How long answers are waited for. Default 1 s; the query is sent three times in it.
    discover_options& wait(std::chrono::milliseconds time) & {
        wait_ = detail::within_limits(time);
        return *this;
    }

    discover_options&& wait(std::chrono::milliseconds time) && { return std::move(wait(time)); }

    /// Signs the query: who has the key too signs the answer. The id of the key is seen by all of the network.
    discover_options& with(credentials key) & {
        key_ = std::move(key);
        return *this;
    }

    discover_options&& with(credentials key) && { return std::move(with(std::move(key))); }

    /// Asks on the networks of these interfaces alone. Default: all that are up, loopback too.
    discover_options& interfaces(std::vector<std::string> names) & {
        interfaces_ = std::move(names);
        return *this;
    }

    discover_options&& interfaces(std::vector<std::string> names) && { return std::move(interfaces(std::move(names))); }

    [[nodiscard]] std::chrono::milliseconds wait() const noexcept { return wait_; }

    [[nodiscard]] const std::optional<credentials>& key() const noexcept { return key_; }

    [[nodiscard]] const std::vector<std::string>& interfaces() const noexcept { return interfaces_; }

private:
    std::chrono::milliseconds wait_{1'000};
    std::optional<credentials> key_;
    std::vector<std::string> interfaces_;
};

namespace detail {

[[nodiscard]] boost::asio::awaitable<std::vector<found_host>> find_hosts(boost::asio::any_io_executor home,
                                                                         discover_options how);

} // namespace detail

/// Asks the networks that this host is on which tugd are there, by multicast over IPv4 and IPv6; those that were
/// started with --announce answer. Brings each once, by name. Networks that cannot be asked are passed over. Fails with
/// local_io where this host gives no random bytes, and with cancelled.
template <detail::token_for<std::vector<found_host>> Token = detail::default_token>
[[nodiscard]] auto discover(boost::asio::any_io_executor home, discover_options how, Token&& token = Token()) {
    auto call = detail::find_hosts(home, std::move(how));
    return detail::initiate(std::move(call), home, std::forward<Token>(token));
}

template <detail::token_for<std::vector<found_host>> Token = detail::default_token>
[[nodiscard]] auto discover(boost::asio::any_io_executor home, Token&& token = Token()) {
    return discover(std::move(home), discover_options(), std::forward<Token>(token));
}

} // namespace tug
