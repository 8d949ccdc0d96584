#include <tug/stream_call.hpp>

#include "at_home.hpp"
#include "stream_state.hpp"

#include <optional>
#include <utility>

namespace tug {

namespace asio = boost::asio;

namespace detail {

namespace {

template <class Streams>
std::size_t index_of(const Streams& streams, std::string_view name) {
    for (std::size_t i = 0; i < streams.size(); ++i)
        if (streams[i].spec().name == name) return i;
    throw error(failure::bad_field(name, "is no stream of this call that way"));
}

} // namespace

std::size_t stream_state::inbound(std::string_view name) const {
    return index_of(pending_->call().inbound, name);
}

std::size_t stream_state::outbound(std::string_view name) const {
    return index_of(pending_->call().outbound, name);
}

asio::awaitable<proto::result<chunk>> stream_state::read(std::size_t stream) {
    const auto self = shared_from_this();
    if (pending_->call().inbound[stream].stopped()) co_return chunk();
    co_return co_await pending_->io().read(stream);
}

asio::awaitable<proto::result<bool>> stream_state::write(std::size_t stream, chunk bytes) {
    const auto self = shared_from_this();
    if (pending_->call().outbound[stream].eof()) co_return failure(errc::invalid_params, "eof was sent on this stream");
    const auto sent = co_await pending_->io().write(stream, std::move(bytes));
    if (sent) co_return *sent;
    if (pending_->answer() && pending_->answer()->has_value()) co_return false;
    co_return sent.error();
}

asio::awaitable<proto::result<boost::json::value>> stream_state::finish() {
    const auto self = shared_from_this();
    co_return co_await pending_->wait();
}

asio::awaitable<chunk> read(stream_ptr c, std::string stream) {
    must_be(c);
    co_return co_await deliver(c->executor(), c->read(c->inbound(stream)));
}

asio::awaitable<bool> write(stream_ptr c, std::string stream, chunk bytes) {
    must_be(c);
    co_return co_await deliver(c->executor(), c->write(c->outbound(stream), std::move(bytes)));
}

asio::awaitable<boost::json::value> finish(stream_ptr c) {
    must_be(c);
    co_return co_await deliver(c->executor(), c->finish());
}

} // namespace detail

stream_call::stream_call(std::shared_ptr<detail::stream_state> state) noexcept : state_(std::move(state)) {}

stream_call::stream_call(stream_call&& other) noexcept : state_(std::move(other.state_)) {}

stream_call& stream_call::operator=(stream_call&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(state_, std::move(other.state_)));
    return *this;
}

stream_call::~stream_call() {
    detail::release_at_home(std::move(state_));
}

byte_channel stream_call::channel(std::string_view from_server, std::string_view to_server) {
    const auto state = detail::must_be(state_);
    if (from_server.empty() && to_server.empty()) throw error(failure(errc::invalid_params, "a channel has a stream"));
    std::optional<std::size_t> in;
    std::optional<std::size_t> out;
    if (!from_server.empty()) in = state->inbound(from_server);
    if (!to_server.empty()) out = state->outbound(to_server);
    return state->channel(in, out);
}

void stream_call::send_eof(std::string_view stream) {
    const auto s = detail::must_be(state_); // a copy: it is kept until then
    asio::dispatch(s->executor(), [s, i = s->outbound(stream)] { s->send_eof(i); });
}

void stream_call::stop(std::string_view stream) {
    const auto s = detail::must_be(state_); // a copy: it is kept until then
    asio::dispatch(s->executor(), [s, i = s->inbound(stream)] { s->stop(i); });
}

void stream_call::cancel() {
    const auto s = detail::must_be(state_); // a copy: it is kept until then
    asio::dispatch(s->executor(), [s] { s->cancel(); });
}

} // namespace tug
