#pragma once

#include "tug/service/call.hpp"
#include "tug/service/keys.hpp"

#include <tug/proto/call_class.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/stream.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::service {

/// A call that was accepted: what it needs and the coroutine that answers it. Made from the params before anything is
/// taken; see endpoint.
struct accepted_call {
    std::vector<proto::stream_spec> streams;
    std::optional<std::chrono::milliseconds> timeout;
    std::function<boost::asio::awaitable<answer>(call&)> run;
    proto::call_class lives = proto::call_class::bulk; ///< Whose limit it counts towards.
    bool reads_params = true; ///< By call::params(), which is empty otherwise: what is needed of them is in `run`.
};

/// A method and what serves it.
///
/// An endpoint of an application is declared in a few lines:
///
///     boost::asio::awaitable<answer> upper(call& c); // over c.channel(0, 0), or c.read(0) and c.write(0, …)
///     const std::vector<stream_spec> both{{"in", direction::to_server}, {"out", direction::to_client}};
///     server.add(endpoint("text.upper", permission::none, both, upper));
///
/// Its coroutine runs on the thread of the connection and must not block: `co_await net::run_blocking(c.files(), work)`
/// does what blocks.
///
/// When the call has to end early (rpc.cancel, timeout_ms, a client that is gone, the end of the server), the endpoint
/// is told so and ends by itself; its coroutine is not cancelled. Every wait on its streams fails from then on, so one
/// that returns as soon as a wait has failed does all it must, and can clean up first, also with a co_await. What it
/// waits for besides its streams must end then as well, and does by call::wait_for(), call::stopped() and
/// call::unless_stopped(); call::why_cancelled() tells why. An endpoint that goes on all the same keeps its place among
/// the calls in flight, and its connection, until it returns: a server that ends waits for it for its grace period and
/// 6 s more.
///
/// What it throws is an internal_error to the client and a line in the log.
class endpoint {
public:
    using handler = std::function<boost::asio::awaitable<answer>(call&)>;
    using acceptor = std::function<proto::result<accepted_call>(const boost::json::object& params)>;

    /// An endpoint whose calls are bulk (limits.in_flight) or, without streams, short-lived. Params are an object that
    /// the handler checks; `timeout_ms` is taken out of it and obeyed.
    endpoint(std::string name, permission need, std::vector<proto::stream_spec> streams, handler serve);

    /// An endpoint that looks at its params before it takes the call.
    endpoint(std::string name, permission need, acceptor accept, boost::json::object description = {});

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    [[nodiscard]] permission need() const noexcept { return need_; }

    [[nodiscard]] proto::result<accepted_call> accept(const boost::json::object& params) const {
        return accept_(params);
    }

    /// Those that were declared; empty where an acceptor decides.
    [[nodiscard]] const std::vector<proto::stream_spec>& streams() const noexcept { return streams_; }

    /// The method object that rpc.discover shows; empty: what is known of it from here.
    [[nodiscard]] const boost::json::object& description() const noexcept { return description_; }

private:
    std::string name_;
    permission need_;
    std::vector<proto::stream_spec> streams_;
    acceptor accept_;
    boost::json::object description_;
};

} // namespace tug::service
