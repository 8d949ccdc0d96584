#pragma once

#include <tug/credentials.hpp>
#include <tug/time_limit.hpp>
#include <tug/tls_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug {

class client;

namespace detail {
class session;
}

/// How to connect. A value with chained setters: `tug::connect_options().deadline(3s).with(credentials)`.
class connect_options {
public:
    connect_options() = default;

    /// For all of resolving, connecting, the TLS handshake and logging in. Default 10 s, at least 1 ms, at most 24 h;
    /// what is beyond is cut.
    connect_options& deadline(std::chrono::milliseconds limit) & {
        deadline_ = detail::within_limits(limit);
        return *this;
    }

    connect_options&& deadline(std::chrono::milliseconds limit) && { return std::move(deadline(limit)); }

    /// Logs in with this key, and refuses a server that cannot prove that it has the key too.
    connect_options& with(tug::credentials who) & {
        credentials_ = std::move(who);
        return *this;
    }

    connect_options&& with(tug::credentials who) && { return std::move(with(std::move(who))); }

    /// Speaks TLS 1.3, and refuses a server that does not or that has no certificate for its name. Without it TCP is
    /// plain: after the login others on the network can read and change what is sent. Unix sockets are always plain.
    connect_options& tls(tug::tls_options how) & {
        tls_ = std::move(how);
        return *this;
    }

    connect_options&& tls(tug::tls_options how) && { return std::move(tls(std::move(how))); }

    /// How long a call without streams (ping, discover, call, signal) may stay without answer, from when it is awaited.
    /// Default 60 s, at least 1 ms, at most 24 h; what is beyond is cut. Commands and transfers have a limit of their
    /// own, which is none unless it is set.
    connect_options& answer_within(std::chrono::milliseconds limit) & {
        answer_within_ = detail::within_limits(limit);
        return *this;
    }

    connect_options&& answer_within(std::chrono::milliseconds limit) && { return std::move(answer_within(limit)); }

    /// The trace (W3C Trace Context) that the calls of this connection belong to: it goes to the log of the server, and
    /// to its commands as TRACEPARENT and TRACESTATE. What is malformed is ignored.
    connect_options& trace(std::string traceparent, std::string tracestate = {}) & {
        traceparent_ = std::move(traceparent);
        tracestate_ = std::move(tracestate);
        return *this;
    }

    connect_options&& trace(std::string traceparent, std::string tracestate = {}) && {
        return std::move(trace(std::move(traceparent), std::move(tracestate)));
    }

    /// What may wait here in the streams of the connection, each and all together, where the link is long: a stream is
    /// at most as fast as that in a round trip. Default 64 MiB, at least 1 MiB, at most 1 GiB; what is beyond is cut.
    connect_options& max_window(std::uint64_t bytes) & {
        max_window_ = std::clamp(bytes, std::uint64_t{1} << 20U, std::uint64_t{1} << 30U);
        return *this;
    }

    connect_options&& max_window(std::uint64_t bytes) && { return std::move(max_window(bytes)); }

    /// Connects by a tunnel of another client, from its host on (client::connect_through()): login and TLS are between
    /// this side and the far tugd alone, and what is between sees neither. Its key needs a `connect=` for the address.
    /// The caller must keep that client: its end is the end of the new connection.
    connect_options& through(const client& via) &;

    connect_options&& through(const client& via) && { return std::move(through(via)); }

    [[nodiscard]] const std::shared_ptr<detail::session>& via() const noexcept { return via_; }

    [[nodiscard]] const std::string& traceparent() const noexcept { return traceparent_; }

    [[nodiscard]] const std::string& tracestate() const noexcept { return tracestate_; }

    [[nodiscard]] std::uint64_t max_window() const noexcept { return max_window_; }

    [[nodiscard]] std::chrono::milliseconds deadline() const noexcept { return deadline_; }

    [[nodiscard]] std::chrono::milliseconds answer_within() const noexcept { return answer_within_; }

    [[nodiscard]] const std::optional<tug::credentials>& credentials() const noexcept { return credentials_; }

    [[nodiscard]] const std::optional<tug::tls_options>& tls() const noexcept { return tls_; }

private:
    std::chrono::milliseconds deadline_{10'000};
    std::chrono::milliseconds answer_within_{60'000};
    std::uint64_t max_window_ = std::uint64_t{64} << 20U;
    std::string traceparent_; ///< Empty: none.
    std::string tracestate_;
    std::shared_ptr<detail::session> via_; ///< Null: directly.
    std::optional<tug::credentials> credentials_;
    std::optional<tug::tls_options> tls_;
};

} // namespace tug
