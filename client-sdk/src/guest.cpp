#include "guest.hpp"

#include "tug/net/tokens.hpp"

#include "whole_frames.hpp"

#include <tug/proto/hello.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;
using proto::errc;

namespace {

/// Marked ids make an envelope longer: `after` has 256 of them, each with 10 digits more.
constexpr std::uint32_t longer_by = 4096;
using net::as_tuple;

} // namespace

void guest::send(std::string_view bytes) {
    out += bytes;
    changed.notify_all();
}

void guest::says_bye() {
    leaving = true;
    changed.notify_all();
}

void guest::finish() {
    in_flight.clear();
    says_bye();
}

void guest::leave() {
    error_code ignored;
    gone = true;
    socket.close(ignored);
    changed.notify_all();
}

asio::awaitable<void> write_to(std::shared_ptr<guest> one) {
    std::string going;
    for (;;) {
        while (one->out.empty() && !one->is_served()) co_await one->changed.async_wait(as_tuple);
        if (one->out.empty() || one->gone) break;
        going.clear();
        std::swap(going, one->out);
        const auto [ec, size] = co_await asio::async_write(one->socket, asio::buffer(going), as_tuple);
        if (ec) break;
    }
    error_code ignored;
    one->socket.close(ignored);
}

bool is_own_user(local::socket& s) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(s.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

std::optional<json::object> parse_envelope(std::string_view text) {
    error_code ec;
    auto value = json::parse(json::string_view(text), ec);
    if (ec || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

proto::result<std::string> greeting_for_guests(std::string_view greeting, proto::limits& sizes) {
    whole_frames in(sizes);
    in.feed(proto::chunk::copy_of(greeting));
    auto message = in.next() ? parse_envelope(in.envelope()) : std::nullopt;
    const auto hello = message ? proto::hello::parse(message->at("params").as_object())
                               : proto::failure(errc::protocol_violation, "no rpc.hello");
    if (!hello) return hello.error();
    sizes = hello->limits;
    auto& told = message->at("params").at("limits").as_object();
    told["envelope"] = sizes.envelope - std::min(longer_by, sizes.envelope / 2);
    told["in_flight"] = std::max<std::uint32_t>(1, sizes.in_flight / most_guests);
    told["long_in_flight"] = std::max<std::uint32_t>(1, sizes.long_in_flight / most_guests);
    return frame_of(json::serialize(*message));
}

} // namespace tug::detail
