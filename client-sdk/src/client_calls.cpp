#include <tug/client.hpp>

#include "at_home.hpp"
#include "establish.hpp"
#include "object_calls.hpp"
#include "process_state.hpp"
#include "run_exec.hpp"
#include "run_get.hpp"
#include "run_in_order.hpp"
#include "run_put.hpp"
#include "run_trees.hpp"
#include "session.hpp"
#include "stream_state.hpp"
#include "wire.hpp"

#include <tug/proto/exec_check_messages.hpp>
#include <tug/proto/ping_messages.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

// The calls of a client.

namespace tug::detail {

namespace asio = boost::asio;

namespace {

constexpr bool of_its_own = true; // for deliver()

/// The shapes of what the session brings and the SDK returns.
asio::awaitable<proto::result<std::string>> ping_text(session_ptr s, std::string payload) {
    proto::ping_params params;
    if (!payload.empty()) params.payload = payload;
    const auto answer = co_await s->request(std::string(params.method), params.to_json());
    if (!answer) co_return answer.error();
    const auto* text = answer->if_string();
    const std::string_view back = text ? std::string_view(*text) : std::string_view();
    if (back != payload) co_return failure(errc::protocol_violation, "the server answered a ping with another payload");
    co_return std::move(payload);
}

asio::awaitable<proto::result<process>> start_command(session_ptr s, command what) {
    auto state = co_await start_process(std::move(s), std::move(what));
    if (!state) co_return state.error();
    co_return process(std::move(*state));
}

asio::awaitable<proto::result<stream_call>> open_streams(session_ptr s, std::string method, boost::json::object params,
                                                         streams which) {
    auto begun = co_await s->begin_call(std::move(method), std::move(params), to_wire(which), proto::call_class::bulk);
    if (!begun) co_return begun.error();
    co_return stream_call(std::make_shared<stream_state>(s, std::move(*begun)));
}

asio::awaitable<proto::result<void>> close_session(session_ptr s) {
    co_await s->close();
    co_return proto::result<void>();
}

} // namespace

// --- the connection --------------------------------------------------------------------------------------------------

asio::awaitable<client> connect(asio::any_io_executor home, destination to, connect_options how) {
    if (!home) home = co_await asio::this_coro::executor;
    auto address = value_or_throw(to.parse());
    auto session = establish(home, std::move(address), std::move(how));
    co_return client(co_await deliver(home, std::move(session), of_its_own));
}

asio::awaitable<void> close(session_ptr s) {
    if (s) co_await deliver(s->executor(), close_session(s), of_its_own);
}

asio::awaitable<failure> closed(session_ptr s) {
    if (!s) co_return no_handle();
    co_await deliver(s->executor(), s->ended());
    co_return s->why();
}

// --- calls -----------------------------------------------------------------------------------------------------------

asio::awaitable<std::string> ping(session_ptr s, std::string payload) {
    must_be(s);
    co_return co_await deliver(s->executor(), ping_text(s, std::move(payload)));
}

asio::awaitable<boost::json::value> discover(session_ptr s) {
    return call(std::move(s), std::string(proto::discover_params::method), {});
}

asio::awaitable<boost::json::value> call(session_ptr s, std::string method, boost::json::object params) {
    must_be(s);
    co_return co_await deliver(s->executor(), s->request(std::move(method), std::move(params)));
}

asio::awaitable<stream_call> open(session_ptr s, std::string method, boost::json::object params, streams which) {
    must_be(s);
    auto opened = open_streams(s, std::move(method), std::move(params), std::move(which));
    co_return co_await deliver(s->executor(), std::move(opened));
}

// --- commands --------------------------------------------------------------------------------------------------------

asio::awaitable<exec_result> exec(session_ptr s, command what) {
    must_be(s);
    co_return co_await deliver(s->executor(), run_exec(s, std::move(what)), of_its_own);
}

asio::awaitable<void> check(session_ptr s, command what) {
    proto::exec_check_params params;
    params.command = to_wire(std::move(what).settings());
    return ask_to(std::move(s), params);
}

asio::awaitable<run_result> run(session_ptr s, run_options what) {
    must_be(s);
    co_return co_await deliver(s->executor(), run_in_order(s, std::move(what)), of_its_own);
}

asio::awaitable<process> start(session_ptr s, command what) {
    must_be(s);
    co_return co_await deliver(s->executor(), start_command(s, std::move(what)));
}

// --- files -----------------------------------------------------------------------------------------------------------

asio::awaitable<put_result> put(session_ptr s, std::string local, std::string remote, put_options how) {
    must_be(s);
    auto work = put_file(s, std::move(local), std::move(remote), std::move(how));
    co_return co_await deliver(s->executor(), std::move(work), of_its_own);
}

asio::awaitable<put_result> put(session_ptr s, source& from, std::string remote, put_options how) {
    must_be(s);
    auto work = put_source(s, from, std::move(remote), std::move(how));
    co_return co_await deliver(s->executor(), std::move(work), of_its_own);
}

asio::awaitable<put_result> put_bytes(session_ptr s, std::string bytes, std::string remote, put_options how) {
    must_be(s);
    auto work = put_text(s, std::move(bytes), std::move(remote), std::move(how));
    co_return co_await deliver(s->executor(), std::move(work), of_its_own);
}

asio::awaitable<get_result> get(session_ptr s, std::string remote, std::string local, get_options how) {
    must_be(s);
    auto work = get_file(s, std::move(remote), std::move(local), std::move(how));
    co_return co_await deliver(s->executor(), std::move(work), of_its_own);
}

asio::awaitable<get_result> get(session_ptr s, std::string remote, sink& to, get_options how) {
    must_be(s);
    auto work = get_sink(s, std::move(remote), to, std::move(how));
    co_return co_await deliver(s->executor(), std::move(work), of_its_own);
}

asio::awaitable<std::string> get_bytes(session_ptr s, std::string remote, get_options how) {
    must_be(s);
    auto work = get_text(s, std::move(remote), std::move(how));
    co_return co_await deliver(s->executor(), std::move(work), of_its_own);
}

asio::awaitable<tree_summary> put_tree(session_ptr s, std::string local, std::string remote, tree_options how) {
    must_be(s);
    auto work = send_local_tree(s, std::move(local), std::move(remote), std::move(how));
    co_return co_await deliver(s->executor(), std::move(work), of_its_own);
}

asio::awaitable<tree_summary> get_tree(session_ptr s, std::string remote, std::string local, tree_options how) {
    must_be(s);
    auto work = fetch_tree(s, std::move(remote), std::move(local), std::move(how));
    co_return co_await deliver(s->executor(), std::move(work), of_its_own);
}

} // namespace tug::detail
