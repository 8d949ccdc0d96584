#pragma once

#include "tug/proto/call_class.hpp"
#include "tug/proto/envelope.hpp"
#include "tug/proto/stream.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tug::proto {

/// What the layer above has of a call, and is told what the peer does to it. Each function runs while the connection
/// handles its input: it notes what happened and returns.
class call_sink {
public:
    virtual void on_data(std::size_t stream) = 0;    ///< Inbound bytes, or eof.
    virtual void on_credit(std::size_t stream) = 0;  ///< Outbound credit.
    virtual void on_stopped(std::size_t stream) = 0; ///< The peer wants no more of an outbound stream.
    virtual void on_starved() = 0;   ///< A write needs credit, and the peer has closed its side: none will come.
    virtual void on_cancelled() = 0; ///< The peer asks that the call end.

    virtual void on_started() {} ///< Of a client: rpc.started came.

protected:
    ~call_sink() = default;
};

/// A call in flight and its streams. Handed out as shared_ptr: it may be looked at after its answer, when the
/// connection has forgotten it. `inbound` and `outbound` are in the order of the specs it was opened with.
struct call_state {
    call_id id;
    call_class lives = call_class::bulk; ///< Which limit it counts towards.
    bool open = true;                    ///< Not answered yet, and the connection lives.
    time_point started = 0;              ///< Of a client: when the request was made.
    std::vector<inbound_stream> inbound;
    std::vector<outbound_stream> outbound;
    call_sink* sink = nullptr;       ///< See connection::attach().
    std::optional<std::int64_t> pid; ///< Of a client: what rpc.started said of the command.
};

using call_ptr = std::shared_ptr<call_state>;

/// The sink of a call as what it is; null where it has none. Precondition: each layer above attaches sinks of one type,
/// `Sink`, to the calls of its connections. So the table of calls is also the table of that layer's own objects.
template <std::derived_from<call_sink> Sink>
[[nodiscard]] Sink* sink_of(const call_state& c) noexcept {
    return static_cast<Sink*>(c.sink);
}

} // namespace tug::proto
