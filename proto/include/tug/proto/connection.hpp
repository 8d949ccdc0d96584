#pragma once

#include "tug/proto/call.hpp"
#include "tug/proto/envelope.hpp"
#include "tug/proto/frame.hpp"
#include "tug/proto/hello.hpp"
#include "tug/proto/json_reader.hpp"
#include "tug/proto/outbox.hpp"
#include "tug/proto/stream.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

enum class role { client, server };

/// What next() reports.
struct event {
    enum class type {
        need_more, ///< Nothing more until bytes are fed.
        request, ///< Server: `message`; answer it by respond(), refuse() or open(). During the opening it is the login.
        bye,     ///< Server: the client will call no more.
        cancelled, ///< Server: `call` shall end; it is still answered, once.
        greeted,   ///< Client: see peer_hello() and hello_envelope().
        answered,  ///< Client: `call` is over, with `message.result`, or with why() where that is null.
        data,      ///< `call`, `stream`: inbound bytes or eof.
        credit,    ///< `call`, `stream`: outbound credit.
        stopped,   ///< `call`, `stream`: the peer wants no more of an outbound stream.
        failed,    ///< The connection is over, see why(). A server has queued the error frame.
        started,   ///< Client: the program of `call` runs, see call_state::pid.
    };

    type kind = type::need_more;
    call_ptr call{};
    std::size_t stream = 0; ///< Index into call->inbound or call->outbound.
    proto::message message{};
};

/// The protocol of one connection, for either role, without I/O: bytes and wishes go in, events and bytes come out. It
/// keeps the table of calls, the streams and their credit, and decides what bad input gets. It has no clock: the layer
/// above watches inside_envelope() and inside_body(), and tells the time.
///
/// Views inside an event are valid until the next call of next(), of this or of any connection that shares the reader.
/// Thread safety: none.
class connection {
public:
    /// `sizes` are a server's own; a client takes over those of rpc.hello. `reader` is shared by the connections of a
    /// thread and must outlive this.
    connection(role side, const limits& sizes, json_reader& reader);

    /// The windows of inbound streams begin with limits.window and may grow to `most`, within the budget. Before the
    /// first call; without it none grows.
    void let_windows_grow(std::uint64_t most, std::shared_ptr<credit_budget> within);

    /// What the time is from now on: before what came is fed, before rpc.hello or a request is sent, and before take().
    void set_time(time_point now) noexcept { now_ = now; }

    // --- bytes in: see frame_decoder -------------------------------------------------------------------------------
    void feed(std::span<const std::byte> input) noexcept { decoder_.feed(input); }

    /// What was fed and no event came of yet.
    [[nodiscard]] std::span<const std::byte> rest() const noexcept { return decoder_.rest(); }

    [[nodiscard]] std::span<std::byte> body_room() { return decoder_.body_room(); }

    [[nodiscard]] bool bulk() const noexcept { return decoder_.bulk(); }

    void commit_body(std::size_t n) noexcept { decoder_.commit_body(n); }

    [[nodiscard]] event next();

    [[nodiscard]] bool inside_envelope() const noexcept { return !over() && decoder_.inside_envelope(); }

    [[nodiscard]] std::uint64_t envelopes() const noexcept { return decoder_.envelopes(); }

    [[nodiscard]] bool inside_body() const noexcept { return !over() && decoder_.inside_body(); }

    /// End of input. Server: after rpc.bye next() reports the calls as cancelled whose input will not end any more, and
    /// credit for streams that have none: who needs it has to give up.
    void end_of_input();

    // --- bytes out -------------------------------------------------------------------------------------------------
    [[nodiscard]] outbox& output() noexcept { return out_; }

    // --- opening ---------------------------------------------------------------------------------------------------
    /// Server: sends rpc.hello; with `auth` empty the client is logged in at once.
    void greet(const hello& h);

    /// rpc.hello, byte for byte: a login is bound to it.
    [[nodiscard]] const std::string& hello_envelope() const noexcept { return hello_envelope_; }

    /// Client: what the server said of itself.
    [[nodiscard]] const hello& peer_hello() const noexcept { return hello_; }

    /// Server: the login is good; answers it and lets the client in.
    void admit(const call_id& login, const boost::json::object& result);

    [[nodiscard]] bool admitted() const noexcept { return stage_ == stage::ready; }

    // --- server: answering ----------------------------------------------------------------------------------------
    void respond(const call_id& id, const boost::json::value& result);
    void refuse(const call_id& id, const failure& why);

    /// Takes a request into the table. Fails with busy over the limit of its class. `id` must not be in flight; next()
    /// reports no request whose id is.
    [[nodiscard]] result<call_ptr> open(const call_id& id, std::span<const stream_spec> streams, call_class lives);

    /// Answers a call: with the result after eof on every stream that has none, or with an error. Idempotent.
    void finish(call_state& c, const boost::json::value& result);
    /// `about`: the call that is to blame, for dependency_failed.
    void finish(call_state& c, const failure& why, const std::optional<call_id>& about = std::nullopt);

    // --- client: calling ------------------------------------------------------------------------------------------
    /// What every request carries as `meta` from now on; nothing where it is empty.
    void set_meta(boost::json::object meta) { meta_ = std::move(meta); }

    /// Sends a request, or fails with invalid_params where it is larger than the server's limit.
    [[nodiscard]] result<call_ptr> start(std::string_view method, const boost::json::object& params,
                                         std::span<const stream_spec> streams, call_class lives);
    void cancel(call_state& c);
    void say_bye();

    // --- streams, both roles --------------------------------------------------------------------------------------
    /// How many bytes send() takes now: 0 without credit or after the end.
    [[nodiscard]] std::size_t sendable(const call_state& c, std::size_t stream) const noexcept;
    /// Precondition: piece.size() <= sendable(). Empty pieces are not sent.
    void send(call_state& c, std::size_t stream, chunk piece);
    void send_eof(call_state& c, std::size_t stream, std::string_view digest = {});
    /// The next bytes of an inbound stream; nothing where none wait. The reader has done with what it took before,
    /// which is granted again.
    [[nodiscard]] std::optional<chunk> take(call_state& c, std::size_t stream);
    /// The same for a reader that has not done with what it took yet.
    [[nodiscard]] std::optional<chunk> take_more(call_state& c, std::size_t stream);
    /// Tells the sender of an inbound stream that waits for it where to begin.
    void say_start(call_state& c, std::size_t stream, std::uint64_t position);
    /// Grants nothing to an inbound stream: what it is for is there, and waits for its data.
    void say_ready(call_state& c, std::size_t stream);
    /// Grants at once what the window of an inbound stream may grow to, where the link is long. For a reader that holds
    /// nothing up, before its first byte.
    void widen(call_state& c, std::size_t stream);
    /// No more is wanted of an inbound stream.
    void stop(call_state& c, std::size_t stream);

    // --- ending ----------------------------------------------------------------------------------------------------
    /// Ends the connection: a server sends the error with id null (or that of `about`). Idempotent.
    void fail(const failure& why, const std::optional<call_id>& about = std::nullopt);

    /// Why the last call failed, or the connection.
    [[nodiscard]] const failure& why() const noexcept { return why_; }

    [[nodiscard]] bool over() const noexcept { return stage_ == stage::over; }

    [[nodiscard]] bool said_bye() const noexcept { return bye_; }

    [[nodiscard]] bool input_ended() const noexcept { return input_ended_; }

    // --- the table of calls, the only one of its side --------------------------------------------------------------
    /// In the order of their ids. A call leaves the table with its answer. When the connection is over, those without a
    /// sink leave at once, and the others when it is detached.
    [[nodiscard]] std::span<const call_ptr> calls() const noexcept { return calls_; }

    [[nodiscard]] call_ptr find(const call_id& id) const noexcept;

    /// What happens to the call is told to the sink from now on. The sink is not owned: detach() comes before its end.
    void attach(call_state& c, call_sink& sink) noexcept { c.sink = &sink; }

    void detach(call_state& c) noexcept;

    [[nodiscard]] const limits& sizes() const noexcept { return limits_; }

private:
    enum class stage { opening, ready, over };

    void send_error(const std::optional<call_id>& id, const failure& why,
                    const std::optional<call_id>& about = std::nullopt);
    [[nodiscard]] std::optional<event> on_step(frame_decoder::step what);
    [[nodiscard]] std::optional<event> on_envelope();
    [[nodiscard]] std::optional<event> on_message(const message& m);
    [[nodiscard]] std::optional<event> on_request(const message& m);
    [[nodiscard]] std::optional<event> on_response(const message& m);
    [[nodiscard]] std::optional<event> on_notification(const message& m);
    [[nodiscard]] std::optional<event> on_hello(const message& m);
    [[nodiscard]] std::optional<event> on_data(const message& m, const call_ptr& c);
    [[nodiscard]] std::optional<event> on_credit(const message& m, const call_ptr& c);
    [[nodiscard]] std::optional<event> on_stop(const message& m, const call_ptr& c);
    [[nodiscard]] std::optional<event> on_started(const message& m, const call_ptr& c);
    [[nodiscard]] std::optional<event> on_cancel(const message& m, const call_ptr& c);
    [[nodiscard]] std::optional<event> on_piece();
    [[nodiscard]] std::optional<event> on_body_end();
    [[nodiscard]] event fatal(const failure& why, const std::optional<call_id>& about = std::nullopt);
    [[nodiscard]] event ended_by_server(const boost::json::value& error);
    [[nodiscard]] std::optional<event> complain(const failure& why, const std::optional<call_id>& about);

    [[nodiscard]] call_ptr add_call(const call_id& id, std::span<const stream_spec> streams, call_class lives);
    [[nodiscard]] std::uint32_t limit_of(call_class lives) const noexcept;
    void forget(call_state& c) noexcept;
    void remove(const call_state& c) noexcept;

    role role_;
    limits limits_;
    json_reader& reader_;
    frame_decoder decoder_;
    outbox out_;
    stage stage_ = stage::opening;
    bool bye_ = false;
    bool input_ended_ = false;
    std::string hello_envelope_;
    hello hello_;
    failure why_;
    std::uint64_t next_id_ = 1;
    boost::json::object meta_;               ///< Of a client's requests.
    std::vector<call_ptr> calls_;            ///< Sorted by id: many calls are found as fast as few.
    std::array<std::size_t, 3> in_flight_{}; ///< Open calls of each class.
    time_point now_ = 0;
    time_point greeted_ = 0; ///< When rpc.hello was sent.
    round_trip trip_;
    std::uint64_t largest_window_ = 0;
    std::shared_ptr<credit_budget> budget_;
    std::vector<event> pending_; ///< Events that no bytes cause: only at the end of input, one a stream at most.

    /// Where the body that is coming in belongs, from its envelope to its end; `call` is null where it is dropped.
    struct {
        call_ptr call;
        std::size_t stream = 0;
        bool eof = false;
        std::optional<std::uint64_t> offset;
        std::uint32_t packed = 0;
        std::optional<std::string> digest;
    } target_;
};

} // namespace tug::proto
