#include <tug/client.hpp>

#include "at_home.hpp"
#include "establish.hpp"
#include "process_state.hpp"
#include "run_exec.hpp"
#include "run_get.hpp"
#include "run_put.hpp"
#include "session.hpp"
#include "stream_state.hpp"

#include <tug/proto/ping_messages.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace tug {

namespace asio = boost::asio;

namespace {

constexpr bool of_its_own = true; // for deliver()

/// The shapes of what the session brings and the SDK returns.
asio::awaitable<proto::result<std::string>> ping_text(std::shared_ptr<detail::session> s, std::string payload) {
    proto::ping_params params;
    if (!payload.empty()) params.payload = payload;
    const auto answer = co_await s->request(std::string(params.method), params.to_json());
    if (!answer) co_return answer.error();
    const auto* text = answer->if_string();
    const std::string_view back = text ? std::string_view(*text) : std::string_view();
    if (back != payload) co_return failure(errc::protocol_violation, "the server answered a ping with another payload");
    co_return std::move(payload);
}

asio::awaitable<proto::result<process>> start_command(std::shared_ptr<detail::session> s, command what) {
    auto state = co_await detail::start_process(std::move(s), std::move(what));
    if (!state) co_return state.error();
    co_return process(std::move(*state));
}

asio::awaitable<proto::result<stream_call>> open_streams(std::shared_ptr<detail::session> s, std::string method,
                                                         boost::json::object params, streams which) {
    auto begun = co_await s->begin_in_turn(std::move(method), std::move(params), which.specs());
    if (!begun) co_return begun.error();
    co_return stream_call(std::make_shared<detail::stream_state>(s, std::move(*begun)));
}

asio::awaitable<proto::result<void>> close_session(std::shared_ptr<detail::session> s) {
    co_await s->close();
    co_return proto::result<void>();
}

} // namespace

client::client() noexcept = default;

client::client(std::shared_ptr<detail::session> session) noexcept : session_(std::move(session)) {}

client::client(client&& other) noexcept : session_(std::move(other.session_)) {}

client& client::operator=(client&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(session_, std::move(other.session_)));
    return *this;
}

client::~client() {
    detail::release_at_home(std::move(session_));
}

// --- the connection --------------------------------------------------------------------------------------------------

asio::awaitable<client> client::connect(tug::address to, connect_options how) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    auto session = detail::establish(home, std::move(to), std::move(how));
    co_return client(co_await detail::deliver(home, std::move(session), of_its_own));
}

asio::awaitable<client> client::connect(std::string to, connect_options how) {
    auto parsed = detail::value_or_throw(tug::address::parse(to));
    co_return co_await connect(std::move(parsed), std::move(how));
}

asio::awaitable<void> client::close() {
    if (!session_) co_return;
    co_await detail::deliver(session_->executor(), close_session(session_), of_its_own);
}

bool client::is_open() const noexcept {
    return session_ && session_->is_open();
}

std::string client::server() const {
    return session_ ? session_->server : std::string();
}

std::vector<std::string> client::permissions() const {
    return session_ ? session_->permissions : std::vector<std::string>();
}

asio::any_io_executor client::get_executor() const {
    return detail::must_be(session_)->executor();
}

// --- calls -----------------------------------------------------------------------------------------------------------

asio::awaitable<std::string> client::ping(std::string payload) {
    const auto session = detail::must_be(session_);
    co_return co_await detail::deliver(session->executor(), ping_text(session, std::move(payload)));
}

asio::awaitable<boost::json::value> client::discover() {
    return call(std::string(proto::discover_params::method));
}

asio::awaitable<boost::json::value> client::call(std::string method, boost::json::object params) {
    const auto session = detail::must_be(session_);
    co_return co_await detail::deliver(session->executor(), session->request(std::move(method), std::move(params)));
}

asio::awaitable<stream_call> client::open(std::string method, boost::json::object params, streams which) {
    const auto session = detail::must_be(session_);
    auto opened = open_streams(session, std::move(method), std::move(params), std::move(which));
    co_return co_await detail::deliver(session->executor(), std::move(opened));
}

// --- commands --------------------------------------------------------------------------------------------------------

asio::awaitable<exec_result> client::exec(command what) {
    const auto session = detail::must_be(session_);
    co_return co_await detail::deliver(session->executor(), detail::run_exec(session, std::move(what)), of_its_own);
}

asio::awaitable<process> client::start(command what) {
    const auto session = detail::must_be(session_);
    co_return co_await detail::deliver(session->executor(), start_command(session, std::move(what)));
}

// --- files -----------------------------------------------------------------------------------------------------------

asio::awaitable<put_result> client::put(std::string local, std::string remote, put_options how) {
    const auto session = detail::must_be(session_);
    auto work = detail::put_file(session, std::move(local), std::move(remote), std::move(how));
    co_return co_await detail::deliver(session->executor(), std::move(work), of_its_own);
}

asio::awaitable<put_result> client::put(source& from, std::string remote, put_options how) {
    const auto session = detail::must_be(session_);
    auto work = detail::put_source(session, from, std::move(remote), std::move(how));
    co_return co_await detail::deliver(session->executor(), std::move(work), of_its_own);
}

asio::awaitable<put_result> client::put_bytes(std::string bytes, std::string remote, put_options how) {
    const auto session = detail::must_be(session_);
    auto work = detail::put_text(session, std::move(bytes), std::move(remote), std::move(how));
    co_return co_await detail::deliver(session->executor(), std::move(work), of_its_own);
}

asio::awaitable<get_result> client::get(std::string remote, std::string local, get_options how) {
    const auto session = detail::must_be(session_);
    auto work = detail::get_file(session, std::move(remote), std::move(local), std::move(how));
    co_return co_await detail::deliver(session->executor(), std::move(work), of_its_own);
}

asio::awaitable<get_result> client::get(std::string remote, sink& to, get_options how) {
    const auto session = detail::must_be(session_);
    auto work = detail::get_sink(session, std::move(remote), to, std::move(how));
    co_return co_await detail::deliver(session->executor(), std::move(work), of_its_own);
}

asio::awaitable<std::string> client::get_bytes(std::string remote, get_options how) {
    const auto session = detail::must_be(session_);
    auto work = detail::get_text(session, std::move(remote), std::move(how));
    co_return co_await detail::deliver(session->executor(), std::move(work), of_its_own);
}

} // namespace tug
