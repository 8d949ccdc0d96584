#include <tug/relay_connection.hpp>

#include "dial.hpp"
#include "establish.hpp"
#include "login.hpp"
#include "secure.hpp"

#include <tug/error.hpp>
#include <tug/proto/envelope.hpp>
#include <tug/proto/frame.hpp>
#include <tug/proto/json_reader.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <utility>

namespace tug {

namespace asio = boost::asio;
using boost::system::error_code;
using proto::errc;
using proto::failure;

struct relay_connection::impl {
    explicit impl(net::transport t) : stream(std::move(t)) {}

    net::transport stream;
    std::string greeting;
};

namespace {

failure lost(const error_code& ec) {
    if (ec == asio::error::operation_aborted) return {errc::cancelled};
    return {errc::connection_lost, ec == asio::error::eof ? "the server closed the connection" : ec.message()};
}

/// Empty at the end of input.
asio::awaitable<proto::result<std::size_t>> read_some(net::transport& from, std::span<std::byte> into) {
    const std::array buffers{into};
    for (;;) {
        error_code ec;
        const auto size = from.read_some(buffers, ec);
        if (!ec) co_return size;
        if (ec == asio::error::eof) co_return std::size_t{0};
        if (ec != asio::error::would_block && ec != asio::error::try_again) co_return lost(ec);
        error_code waited;
        if (!from.has_input()) co_await from.async_wait_readable(asio::redirect_error(asio::use_awaitable, waited));
        if (waited) co_return lost(waited);
    }
}

asio::awaitable<proto::result<void>> read_exactly(net::transport& from, std::span<std::byte> into) {
    while (!into.empty()) {
        const auto size = co_await read_some(from, into);
        if (!size) co_return size.error();
        if (*size == 0) co_return failure(errc::connection_lost, "the server closed the connection");
        into = into.subspan(*size);
    }
    co_return proto::result<void>();
}

asio::awaitable<proto::result<void>> write_all(net::transport& to, std::span<const std::byte> bytes) {
    while (!bytes.empty() || to.has_output()) {
        const std::array buffers{bytes};
        error_code ec;
        bytes = bytes.subspan(to.write_some(buffers, ec));
        if (ec && ec != asio::error::would_block && ec != asio::error::try_again) co_return lost(ec);
        if (!ec && !to.has_output()) continue;
        error_code waited;
        co_await to.async_wait_writable(asio::redirect_error(asio::use_awaitable, waited));
        if (waited) co_return lost(waited);
    }
    co_return proto::result<void>();
}

std::string frame_of(std::string_view envelope) {
    proto::frame_header head;
    head.envelope = static_cast<std::uint32_t>(envelope.size());
    const auto bytes = head.encode();
    std::string out(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return out.append(envelope);
}

/// Frames of the opening have no body. Nothing behind it is read.
asio::awaitable<proto::result<std::string>> read_envelope(net::transport& from) {
    constexpr std::uint32_t longest = 4096;
    std::array<std::byte, proto::frame_header::size> bytes{};
    const auto read = co_await read_exactly(from, bytes);
    if (!read) co_return read.error();
    const auto head = proto::frame_header::decode(bytes);
    if (head.envelope == 0 || head.envelope > longest || head.body != 0)
        co_return failure(errc::protocol_violation, "no tugd answers there");
    std::string envelope(head.envelope, '\0');
    const auto rest = co_await read_exactly(from, std::as_writable_bytes(std::span(envelope)));
    if (!rest) co_return rest.error();
    co_return envelope;
}

proto::result<boost::json::value> result_of(const std::string& envelope, proto::json_reader& reader) {
    const auto parsed = reader.parse(envelope);
    if (!parsed) return parsed.error();
    const auto m = proto::classify(**parsed);
    if (!m) return m.error().why;
    if (m->error != nullptr) return proto::decode_error(*m->error);
    if (m->method == "rpc.hello" && m->params != nullptr) return *m->params;
    if (m->result == nullptr) return failure(errc::protocol_violation, "the opening of the server is not known");
    return *m->result;
}

/// What the program behind the relay is greeted with.
std::string greeting_of(proto::hello hello, const std::optional<std::vector<std::string>>& permissions) {
    hello.auth.clear();
    hello.binding.clear();
    auto params = hello.to_json();
    if (permissions) {
        boost::json::array all;
        for (const auto& one : *permissions) all.emplace_back(one);
        params["permissions"] = std::move(all);
    }
    std::string envelope;
    proto::append_notification(envelope, "rpc.hello", params);
    return frame_of(envelope);
}

asio::awaitable<proto::result<std::string>> open(net::transport& stream, const std::optional<credentials>& who) {
    proto::json_reader reader;
    const auto greeting = co_await read_envelope(stream);
    if (!greeting) co_return greeting.error();
    const auto params = result_of(*greeting, reader);
    if (!params) co_return params.error();
    if (!params->is_object()) co_return failure(errc::protocol_violation, "no tugd answers there");
    const auto hello = proto::hello::parse(params->as_object());
    if (!hello) co_return hello.error();
    const auto begun = detail::begin_login(*hello, *greeting, stream, who);
    if (!begun) co_return begun.error();
    if (!*begun) co_return greeting_of(*hello, std::nullopt);
    std::string request;
    proto::append_request(request, proto::call_id(0), "rpc.authenticate", (*begun)->params.to_json());
    const auto frame = frame_of(request);
    const auto sent = co_await write_all(stream, std::as_bytes(std::span(frame)));
    if (!sent) co_return sent.error();
    const auto answer = co_await read_envelope(stream);
    if (!answer) co_return answer.error();
    const auto result = result_of(*answer, reader);
    if (!result) co_return result.error();
    auto permissions = detail::check_login(*result, *who, **begun);
    if (!permissions) co_return permissions.error();
    co_return greeting_of(*hello, std::move(*permissions));
}

struct opened {
    std::optional<net::transport> stream;
    std::string greeting;
};

asio::awaitable<proto::result<void>> attempt(asio::any_io_executor executor, tug::address to, connect_options how,
                                             std::shared_ptr<opened> out) {
    auto tls = detail::tls_for(to, how.tls());
    if (!tls) co_return tls.error();
    auto socket = co_await detail::dial(executor, to);
    if (!socket) co_return socket.error();
    auto stream = co_await detail::secure(std::move(*socket), std::move(*tls));
    if (!stream) co_return stream.error();
    out->stream.emplace(std::move(*stream));
    auto greeting = co_await open(*out->stream, how.credentials());
    if (!greeting) co_return greeting.error();
    out->greeting = std::move(*greeting);
    co_return proto::result<void>();
}

/// Cancels an attempt that takes too long; its handler may be queued when it goes.
struct deadline {
    asio::cancellation_signal stop;
    bool expired = false;
};

} // namespace

relay_connection::relay_connection(std::unique_ptr<impl> it) noexcept : impl_(std::move(it)) {}

relay_connection::relay_connection(relay_connection&&) noexcept = default;
relay_connection& relay_connection::operator=(relay_connection&&) noexcept = default;
relay_connection::~relay_connection() = default;

asio::awaitable<relay_connection> relay_connection::connect(destination to, connect_options how) {
    auto there = to.parse();
    if (!there) throw error(there.error());
    const auto executor = co_await asio::this_coro::executor;
    const auto limit = std::make_shared<deadline>();
    asio::steady_timer clock(executor, how.deadline());
    clock.async_wait([limit](error_code ec) {
        limit->expired = !ec;
        if (!ec) limit->stop.emit(asio::cancellation_type::terminal);
    });
    const auto outer = (co_await asio::this_coro::cancellation_state).slot();
    if (outer.is_connected())
        asio::cancellation_slot(outer).assign([limit](asio::cancellation_type type) { limit->stop.emit(type); });
    const auto out = std::make_shared<opened>();
    const auto named = there->to_string();
    auto work = attempt(executor, std::move(*there), how, out);
    proto::result<void> done;
    try {
        done = co_await asio::co_spawn(executor, std::move(work),
                                       asio::bind_cancellation_slot(limit->stop.slot(), asio::use_awaitable));
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) throw;
        done = failure(errc::cancelled); // between two steps
    }
    if (!done && limit->expired)
        throw error(failure(errc::connect_timed_out,
                            named + ": not connected within " + std::to_string(how.deadline().count()) + " ms"));
    if (!done) throw error(done.error());
    auto made = std::make_unique<impl>(std::move(*out->stream));
    made->greeting = std::move(out->greeting);
    co_return relay_connection(std::move(made));
}

std::string_view relay_connection::greeting() const noexcept {
    return impl_->greeting;
}

asio::awaitable<chunk> relay_connection::read(std::size_t most) {
    chunk out(most);
    const auto size = co_await read_some(impl_->stream, out.room());
    if (!size) throw error(size.error());
    out.commit(*size);
    co_return out;
}

asio::awaitable<void> relay_connection::write(chunk bytes) {
    const auto sent = co_await write_all(impl_->stream, bytes.bytes());
    if (!sent) throw error(sent.error());
}

void relay_connection::close() noexcept {
    impl_->stream.close();
}

} // namespace tug
