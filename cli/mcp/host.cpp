#include "host.hpp"

#include <tug/error.hpp>
#include <tug/os/random.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli::mcp {

namespace {

/// The trace that the environment names, else one of its own.
trace_ids trace_of_session() {
    trace_ids out;
    out.parent = environment("TRACEPARENT").value_or("");
    if (out.parent.empty()) out.parent = "00-" + random_hex(16) + "-" + random_hex(8) + "-01";
    return out;
}

/// The only way to learn it is to ask.
asio::awaitable<bool> has_jobs(client& on) {
    try {
        auto listing = co_await on.jobs().list();
        (void)co_await listing.next();
        co_return true;
    } catch (const error& e) {
        if (e.code() != errc::unsupported && e.code() != errc::permission_denied) throw;
    }
    co_return false;
}

} // namespace

std::string random_hex(std::size_t bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::byte, 64> raw{};
    const auto some = std::span(raw).first(std::min(bytes, raw.size()));
    if (!os::fill_random(some)) throw error(failure(errc::internal_error, "this system gives no random bytes"));
    std::string out;
    for (const auto b : some) {
        out += digits[std::to_integer<unsigned>(b) >> 4U];
        out += digits[std::to_integer<unsigned>(b) & 15U];
    }
    return out;
}

std::string trace_value(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 64)) out += c > ' ' && c < 0x7f && c != ',' && c != '=' ? c : '_';
    return out;
}

host::host(const options& o, invocation& s)
    : options_(o),
      invocation_(s),
      address_(address_of(o)),
      trace_(trace_of_session()),
      connected_(s.ctl.get_executor(), asio::steady_timer::time_point::max()) {}

void host::introduce(std::string_view agent) {
    auto state = "tug-mcp=" + trace_value(agent);
    const auto others = environment("TRACESTATE");
    trace_.state = others ? state + "," + *others : std::move(state);
}

bool host::allows(std::string_view permission) const {
    return permission.empty() || permissions_.empty() ||
           std::ranges::find(permissions_, permission) != permissions_.end();
}

asio::awaitable<std::shared_ptr<client>> host::get() {
    while (connecting_) {
        boost::system::error_code ec;
        co_await connected_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            throw boost::system::system_error(asio::error::operation_aborted);
    }
    if (!client_ || !client_->is_open()) co_await connect_anew();
    co_return client_;
}

asio::awaitable<std::shared_ptr<client>> host::get_again() {
    using namespace std::chrono_literals;
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    asio::steady_timer pause(connected_.get_executor());
    for (auto wait = 100ms;; wait = std::min<std::chrono::milliseconds>(2 * wait, 2s)) {
        try {
            co_return co_await get();
        } catch (const error& e) {
            const bool may_come = e.code() == errc::connect_failed || e.code() == errc::connection_lost ||
                                  e.code() == errc::connect_timed_out || e.code() == errc::busy;
            if (!may_come || std::chrono::steady_clock::now() + wait > give_up) throw;
        }
        pause.expires_after(wait);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> host::connect_anew() {
    struct turn {
        host& of;

        ~turn() {
            of.connecting_ = false;
            of.connected_.cancel();
        }
    };

    connecting_ = true;
    const turn until_done{*this};
    client_.reset(); // what still uses it holds it
    keys_read keys;
    auto to = co_await connection_to(options_, invocation_, address_, keys);
    co_await invocation_.jumps.reach(to);
    to.how.trace(trace_.parent, trace_.state);
    auto made = co_await client::connect(std::move(to.address), std::move(to.how));
    const auto fresh = std::make_shared<client>(std::move(made));
    permissions_ = fresh->permissions();
    const auto jobs = co_await has_jobs(*fresh);
    keeps_jobs_ = jobs;
    client_ = fresh;
}

} // namespace tug::cli::mcp
