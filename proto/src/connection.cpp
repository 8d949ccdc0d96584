#include "tug/proto/connection.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

/// Names the param that takes most of an envelope over the limit.
failure too_large(const json::object& params, std::uint32_t limit) {
    std::string_view name;
    std::size_t most = 0;
    for (const auto& member : params) {
        const auto size = json::serialize(member.value()).size();
        if (size > most) {
            name = member.key();
            most = size;
        }
    }
    return failure::bad_field(name, "takes " + std::to_string(most) + " bytes, and all params together must fit into " +
                                        std::to_string(limit) + "; --max-envelope of tugd allows up to " +
                                        std::to_string(max_envelope));
}

/// Where a call of that id is in the table, or belongs.
auto place_of(const std::vector<call_ptr>& calls, const call_id& id) noexcept {
    return std::ranges::lower_bound(calls, id, {}, [](const call_ptr& c) -> const call_id& { return c->id; });
}

} // namespace

connection::connection(role side, const limits& sizes, json_reader& reader)
    : role_(side), limits_(sizes), reader_(reader) {
    if (side == role::client) decoder_.set_limits(sizes.envelope, sizes.body);
}

void connection::let_windows_grow(std::uint64_t most, std::shared_ptr<credit_budget> within) {
    largest_window_ = most;
    budget_ = std::move(within);
}

// --- bytes in --------------------------------------------------------------------------------------------------------

event connection::next() {
    while (!pending_.empty()) {
        auto e = std::move(pending_.back());
        pending_.pop_back();
        if (e.call->open) return e; // it may have been answered meanwhile
    }
    while (!over()) {
        if (auto e = on_step(decoder_.next())) return std::move(*e);
    }
    decoder_.feed({});
    return {};
}

std::optional<event> connection::on_step(frame_decoder::step what) {
    switch (what) {
    case frame_decoder::step::failed: return fatal(decoder_.error());
    case frame_decoder::step::envelope: return on_envelope();
    case frame_decoder::step::body: return on_piece();
    case frame_decoder::step::body_end: return on_body_end();
    case frame_decoder::step::need_more: break;
    }
    return event();
}

std::optional<event> connection::on_envelope() {
    const auto parsed = reader_.parse(decoder_.envelope());
    if (!parsed) return complain(parsed.error(), std::nullopt);
    const auto classified = classify(**parsed);
    if (!classified) return complain(classified.error().why, classified.error().id);
    const auto& m = *classified;
    if (decoder_.body_size() > 0 && m.method != "rpc.data") {
        const bool answerable = m.kind == message::type::request;
        return complain({errc::invalid_request, "only rpc.data carries a body"},
                        answerable ? std::optional(m.id) : std::nullopt);
    }
    if (role_ == role::client && stage_ == stage::opening) return on_hello(m);
    return on_message(m);
}

std::optional<event> connection::on_message(const message& m) {
    switch (m.kind) {
    case message::type::request: return on_request(m);
    case message::type::response: return on_response(m);
    case message::type::notification: break;
    }
    return on_notification(m);
}

std::optional<event> connection::on_request(const message& m) {
    if (role_ == role::client) return fatal({errc::protocol_violation, "the server sent a request"});
    const bool login = m.method == "rpc.authenticate";
    if (stage_ == stage::opening && !login) return fatal({errc::auth_required, "authenticate first"}, m.id);
    if (find(m.id)) return complain({errc::invalid_request, "a call of this id is in flight"}, m.id);
    if (stage_ == stage::ready && login)
        return complain({errc::invalid_request, "this connection needs no further login"}, m.id);
    if (bye_) return complain({errc::invalid_request, "no calls after rpc.bye"}, m.id);
    if (login) trip_.sample(now_ - greeted_);
    std::optional<event> e(std::in_place); // hot: an event is not moved more often than it must be
    e->kind = event::type::request;
    e->message = m;
    return e;
}

std::optional<event> connection::on_response(const message& m) {
    if (role_ == role::server)
        return complain({errc::invalid_request, "the server makes no calls and takes no responses"}, std::nullopt);
    if (m.id_is_null) {
        if (!m.error) return fatal({errc::protocol_violation, "the server sent a result without an id"});
        return ended_by_server(*m.error);
    }
    auto c = find(m.id);
    if (!c) return fatal({errc::protocol_violation, "the server answered a call that is not in flight"});
    trip_.sample(now_ - c->started);
    forget(*c);
    event e{event::type::answered, c};
    if (m.error) {
        why_ = decode_error(*m.error);
    } else if (std::ranges::any_of(c->inbound, [](const auto& s) { return !s.eof() && !s.stopped(); })) {
        why_ = {errc::protocol_violation, "the server sent a result before the end of a stream"};
    } else {
        e.message = m;
    }
    return e;
}

std::optional<event> connection::on_notification(const message& m) {
    if (stage_ == stage::opening) return fatal({errc::auth_required, "authenticate first"});
    if (!m.method.starts_with("rpc.")) return std::nullopt;
    const auto name = m.method.substr(4);
    if (name == "bye" && role_ == role::server) {
        bye_ = true;
        return event{event::type::bye};
    }
    const bool reports_start = name == "started" && role_ == role::client;
    if (name != "data" && name != "credit" && name != "stop" && name != "cancel" && !reports_start) return std::nullopt;
    // Without a well-formed call, or for one that is not in flight: not a word. It may have crossed the answer.
    const auto* params = m.params ? m.params->if_object() : nullptr;
    const auto* raw_id = params ? params->if_contains("call") : nullptr;
    const auto id = raw_id ? call_id::from(*raw_id) : std::nullopt;
    const auto c = id ? find(*id) : nullptr;
    if (!c) return std::nullopt;
    if (name == "data") return on_data(m, c);
    if (name == "credit") return on_credit(m, c);
    if (name == "stop") return on_stop(m, c);
    if (name == "started") return on_started(m, c);
    return on_cancel(m, c);
}

std::optional<event> connection::on_hello(const message& m) {
    if (m.kind == message::type::response && m.id_is_null && m.error) return ended_by_server(*m.error);
    const auto* params = m.params ? m.params->if_object() : nullptr;
    if (m.kind != message::type::notification || m.method != "rpc.hello" || !params)
        return fatal({errc::protocol_violation, "the server did not begin with rpc.hello"});
    auto parsed = hello::parse(*params);
    if (!parsed) return fatal(parsed.error());
    hello_ = std::move(*parsed);
    limits_ = hello_.limits;
    decoder_.set_limits(limits_.envelope, limits_.body);
    hello_envelope_ = decoder_.envelope();
    stage_ = stage::ready;
    return event{event::type::greeted};
}

void connection::end_of_input() {
    if (std::exchange(input_ended_, true)) return;
    if (role_ != role::server || !bye_) return;
    for (const auto& c : calls_) {
        if (std::ranges::any_of(c->inbound, [](const auto& s) { return !s.eof() && !s.stopped(); })) {
            pending_.push_back({event::type::cancelled, c});
            continue;
        }
        // A writer that waits for credit looks again, and finds that none can come.
        for (std::size_t i = 0; i < c->outbound.size(); ++i)
            if (!c->outbound[i].ended() && c->outbound[i].credit() == 0)
                pending_.push_back({event::type::credit, c, i});
    }
}

// --- what is wrong ---------------------------------------------------------------------------------------------------

/// An error that leaves the connection open; before login nothing does, and a server that errs is none of ours.
std::optional<event> connection::complain(const failure& why, const std::optional<call_id>& about) {
    if (role_ == role::client) return fatal(why);
    if (stage_ == stage::opening) return fatal(why, about);
    const bool taken = about && find(*about);
    send_error(taken ? std::nullopt : about, why, taken ? about : std::nullopt);
    return std::nullopt;
}

/// The peer broke the protocol. A server answers with the error; a client keeps what it saw as a failure of its own.
event connection::fatal(const failure& why, const std::optional<call_id>& about) {
    const bool of_the_wire = static_cast<int>(why.code) < 0;
    if (role_ == role::client && of_the_wire)
        fail({errc::protocol_violation, "the server broke the protocol: " + why.message});
    else
        fail(why, about);
    return event{event::type::failed};
}

event connection::ended_by_server(const json::value& error) {
    fail(decode_error(error));
    return event{event::type::failed};
}

void connection::fail(const failure& why, const std::optional<call_id>& about) {
    if (over()) return;
    why_ = why;
    if (role_ == role::server) {
        send_error(about, why);
    }
    stage_ = stage::over;
    for (const auto& c : calls_) c->open = false;
    std::erase_if(calls_, [](const call_ptr& c) { return !c->sink; });
    pending_.clear();
    target_ = {};
}

// --- opening ---------------------------------------------------------------------------------------------------------

void connection::greet(const hello& h) {
    greeted_ = now_;
    append_notification(hello_envelope_, "rpc.hello", h.to_json());
    out_.begin_frame() += hello_envelope_;
    out_.end_frame(limits_.envelope);
    if (!h.auth.empty()) return;
    stage_ = stage::ready;
    decoder_.set_limits(limits_.envelope, limits_.body);
}

void connection::admit(const call_id& login, const json::object& result) {
    if (over()) return; // it ended while the login was looked at
    respond(login, result);
    stage_ = stage::ready;
    decoder_.set_limits(limits_.envelope, limits_.body);
    hello_envelope_ = {};
}

// --- calls -----------------------------------------------------------------------------------------------------------

call_ptr connection::find(const call_id& id) const noexcept {
    const auto at = place_of(calls_, id);
    return at != calls_.end() && (*at)->id == id ? *at : nullptr;
}

call_ptr connection::add_call(const call_id& id, std::span<const stream_spec> streams, call_class lives) {
    auto c = std::make_shared<call_state>();
    c->id = id;
    c->lives = lives;
    c->started = now_;
    const window_sizes sizes{limits_.window, std::max(limits_.window, largest_window_)};
    const auto inward = role_ == role::server ? direction::to_server : direction::to_client;
    const auto inbound = static_cast<std::size_t>(std::ranges::count(streams, inward, &stream_spec::dir));
    c->inbound.reserve(inbound);
    c->outbound.reserve(streams.size() - inbound);
    for (const auto& spec : streams) {
        if (spec.dir == inward)
            c->inbound.emplace_back(spec, sizes, budget_);
        else
            c->outbound.emplace_back(spec, limits_.window);
    }
    calls_.insert(place_of(calls_, id), c);
    ++in_flight_[static_cast<std::size_t>(lives)];
    return c;
}

void connection::remove(const call_state& c) noexcept {
    if (const auto at = place_of(calls_, c.id); at != calls_.end() && at->get() == &c) calls_.erase(at);
}

void connection::forget(call_state& c) noexcept {
    c.open = false;
    --in_flight_[static_cast<std::size_t>(c.lives)];
    remove(c);
}

void connection::detach(call_state& c) noexcept {
    c.sink = nullptr;
    if (!c.open) remove(c);
}

std::uint32_t connection::limit_of(call_class lives) const noexcept {
    switch (lives) {
    case call_class::short_lived: return short_in_flight;
    case call_class::bulk: return limits_.in_flight;
    case call_class::long_lived: break;
    }
    return limits_.long_in_flight;
}

result<call_ptr> connection::open(const call_id& id, std::span<const stream_spec> streams, call_class lives) {
    const auto most = limit_of(lives);
    if (in_flight_[static_cast<std::size_t>(lives)] >= most)
        return failure(errc::busy, std::to_string(most) + " calls of this kind are in flight on this connection");
    return add_call(id, streams, lives);
}

void connection::respond(const call_id& id, const json::value& result) {
    if (over()) return;
    append_result(out_.begin_frame(), id, result);
    if (!out_.end_frame(limits_.envelope))
        refuse(id, {errc::internal_error, "the result is larger than an envelope may be"});
}

void connection::refuse(const call_id& id, const failure& why) {
    if (over()) return;
    send_error(id, why);
}

/// Where its texts do not fit, an error goes out without them.
void connection::send_error(const std::optional<call_id>& id, const failure& why, const std::optional<call_id>& about) {
    append_error(out_.begin_frame(), id, why, about);
    if (out_.end_frame(limits_.envelope)) return;
    append_error(out_.begin_frame(), id, why.code, about);
    out_.end_frame(limits_.envelope);
}

void connection::finish(call_state& c, const json::value& result) {
    if (!c.open) return;
    for (std::size_t i = 0; i < c.outbound.size(); ++i) send_eof(c, i);
    respond(c.id, result);
    forget(c);
}

void connection::finish(call_state& c, const failure& why, const std::optional<call_id>& about) {
    if (!c.open) return;
    if (!over()) send_error(c.id, why, about);
    forget(c);
}

result<call_ptr> connection::start(std::string_view method, const json::object& params,
                                   std::span<const stream_spec> streams, call_class lives) {
    if (over()) return why_;
    const call_id id(next_id_++);
    append_request(out_.begin_frame(), id, method, params, meta_);
    if (!out_.end_frame(limits_.envelope)) return too_large(params, limits_.envelope);
    return add_call(id, streams, lives);
}

void connection::cancel(call_state& c) {
    if (!c.open) return;
    append_cancel(out_.begin_frame(), c.id);
    out_.end_frame(limits_.envelope);
}

void connection::say_bye() {
    if (over()) return;
    append_notification(out_.begin_frame(), "rpc.bye", {});
    out_.end_frame(limits_.envelope);
}

} // namespace tug::proto
