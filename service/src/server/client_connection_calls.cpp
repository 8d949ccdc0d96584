// What a client asks for: routing, and the life of each call. The connection itself is in client_connection.cpp.

#include "server/client_connection.hpp"

#include "server/run_endpoint.hpp"

#include <tug/net/call_io.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <new>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

/// A request is refused where memory is short or runs out, and where an acceptor throws; the connection and the others
/// go on.
void client_connection::on_request(const proto::message& m) {
    ++requests_;
    try {
        if (shared_.memory.is_short()) throw std::bad_alloc();
        route(m);
    } catch (const std::bad_alloc&) {
        refuse(m.id, {proto::errc::busy, "the server is out of memory"});
    } catch (const std::exception& e) {
        refuse_thrown(m, e.what());
    } catch (...) {
        refuse_thrown(m, "no std::exception");
    }
    if (draining_) stop_if_done();
}

void client_connection::route(const proto::message& m) {
    const auto* row = shared_.table.find(m.method);
    auto& counts = row ? counts_[row->number] : counts_.back();
    const auto* params = m.params ? m.params->if_object() : nullptr;
    // What the protocol itself has is asked for often, and changes nothing: there is no line on it.
    const auto* at_once = row ? std::get_if<immediate>(&row->serve) : nullptr;
    if (at_once && row->need == permission::none && (params || !m.params)) {
        counts.answered(code_of(answer_at_once(m, *at_once, params)));
        return;
    }

    const auto trace = proto::trace_context::from(m.meta);
    auto line = row && m.method.starts_with("rpc.")
                    ? audit_line()
                    : audit_line(*shared_.trail, m.method, params, trace ? &*trace : nullptr);
    const call_record record(std::move(line), counts);
    if (!row)
        return turn_down(m, record,
                         {proto::errc::method_not_found, "there is no method of this name; see rpc.discover"});
    if (m.params && !params) return turn_down(m, record, proto::failure::bad_field("params", "is no object"));
    if (const auto lacking = auth_.lacks(row->need)) return turn_down(m, record, *lacking);
    static const json::object none;
    if (const auto* e = std::get_if<endpoint>(&row->serve))
        return start_in_order(m, *e, params ? *params : none, record);
    record.write(auth_.who(), answer_at_once(m, *at_once, params));
}

answer client_connection::answer_at_once(const proto::message& m, const immediate& serve, const json::object* params) {
    static const json::object none;
    auto answered = serve(*this, params ? *params : none);
    if (!answered) {
        refuse(m.id, answered.error());
        return answered;
    }
    link_->protocol().respond(m.id, *answered);
    order_.answered(m.id, true);
    return answered;
}

/// Takes `after` out of the params: what it asks for is the same for all methods.
void client_connection::start_in_order(const proto::message& m, const endpoint& e, const json::object& params,
                                       call_record record) {
    const auto* ids = params.if_contains(proto::after_param);
    if (!ids) return start_call(m, e, params, nullptr, std::move(record));
    const auto in_flight = [this](const proto::call_id& id) { return link_->protocol().find(id) != nullptr; };
    auto after = order_.wait_for(*ids, in_flight);
    if (!after) return turn_down(m, record, after.error());
    auto others = params;
    others.erase(proto::after_param);
    start_call(m, e, others, std::move(*after), std::move(record));
}

void client_connection::start_call(const proto::message& m, const endpoint& e, const json::object& params,
                                   std::shared_ptr<proto::dependencies> after, call_record record) {
    auto accepted = e.accept(params);
    if (!accepted) return turn_down(m, record, accepted.error());
    if (draining_ && requests_ > 1 && !accepted->streams.empty())
        return turn_down(m, record, failure_of(cancel_reason::shutting_down));
    if (!accepted->streams.empty() && shared_.memory.look_where_limited()) throw std::bad_alloc();
    const auto opened = link_->protocol().open(m.id, accepted->streams, accepted->lives);
    if (!opened) return turn_down(m, record, opened.error());
    // From here on it is in flight, and ends by an answer also where there is no memory to begin it.
    try {
        auto c = make_call(*opened, *accepted, params);
        c->set_trace(proto::trace_context::from(m.meta));
        record.begin(auth_.who());
        if (after) after->when_decided([&changed = c->changed()] { changed.notify_all(); });
        calls_.spawn(serve(std::move(c), std::move(*accepted), std::move(after), std::move(record)));
    } catch (const std::bad_alloc&) {
        link_->protocol().finish(**opened, proto::failure(proto::errc::busy, "the server is out of memory"));
        order_.answered(m.id, false);
    }
}

std::unique_ptr<call> client_connection::make_call(const proto::call_ptr& opened, const accepted_call& accepted,
                                                   const json::object& params) {
    // Params live as long as the envelope, and a copy would share their memory unless it is told not to.
    auto own = accepted.reads_params ? json::object(params, json::storage_ptr()) : json::object();
    if (accepted.timeout) own.erase("timeout_ms");
    return std::make_unique<call>(link_, opened, auth_.who(), std::move(own), threads_);
}

/// A call that is over before it began.
void client_connection::turn_down(const proto::message& m, const call_record& record, const proto::failure& why) {
    record.write(auth_.who(), why);
    refuse(m.id, why);
}

void client_connection::refuse(const proto::call_id& id, const proto::failure& why) {
    link_->protocol().refuse(id, why);
    order_.answered(id, false);
}

/// An acceptor has thrown.
void client_connection::refuse_thrown(const proto::message& m, std::string_view what) {
    const auto trace = proto::trace_context::from(m.meta);
    refuse(m.id, endpoint_threw(*shared_.logger, auth_.peer(), trace ? &*trace : nullptr, what));
}

call* client_connection::find(const proto::call_id& id) {
    const auto c = link_->protocol().find(id);
    return c ? proto::sink_of<call>(*c) : nullptr;
}

asio::awaitable<void> client_connection::serve(std::unique_ptr<call> c, accepted_call accepted,
                                               std::shared_ptr<proto::dependencies> after, call_record record) {
    try {
        if (accepted.timeout) c->cancel_after(*accepted.timeout);
        auto& waits = shared_.counts.wait_of(queue::order);
        const auto answered = co_await run_endpoint(*shared_.logger, *c, accepted, after.get(), waits);
        record.write(*c, answered);
        finish(*c, answered, after.get());
        // Answers of the same round are sent together, and the peer reads them while what the call keeps is put away.
        link_->flush_soon();
        if (c->keeps()) co_await asio::post(link_->get_executor(), asio::use_awaitable);
    } catch (const std::exception&) {
        link_->close(); // no memory for the answer: the client shall not wait for it
    }
    after.reset(); // it refers to the call
    c.reset();
    stop_if_done();
}

void client_connection::finish(call& c, const answer& answered, const proto::dependencies* after) {
    auto& state = c.io().call();
    if (answered)
        link_->protocol().finish(state, *answered);
    else
        link_->protocol().finish(state, answered.error(), after ? after->failed() : std::nullopt);
    order_.answered(state.id, answered && c.successful());
}

} // namespace tug::service
