#include "tug/net/link.hpp"

#include "tug/net/steady_now.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tug::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Deferred: a wait costs no coroutine frame of its own.
constexpr auto deferred_tuple = asio::as_tuple(asio::deferred);
constexpr std::size_t linger_bytes = 1024 * 1024;
constexpr auto linger_time = std::chrono::seconds(1);
constexpr std::size_t gather_most = 64;

/// Read behind the end of a large body: the envelope of the next one, and little of its bytes, which are copied.
constexpr std::size_t bulk_read_ahead = 4096;

/// Sets a flag for as long as its scope lasts, also where that is left by a throw.
class set_meanwhile {
public:
    explicit set_meanwhile(bool& flag) noexcept : flag_(flag) { flag_ = true; }

    set_meanwhile(const set_meanwhile&) = delete;
    set_meanwhile& operator=(const set_meanwhile&) = delete;

    ~set_meanwhile() { flag_ = false; }

private:
    bool& flag_;
};

} // namespace

link::link(transport t, proto::role side, const proto::limits& sizes, proto::json_reader& reader,
           std::span<std::byte> scratch, const timeouts& waits)
    : side_(side),
      transport_(std::move(t)),
      protocol_(side, sizes, reader),
      scratch_(scratch),
      timeouts_(waits),
      room_(transport_.get_executor()),
      writer_(transport_.get_executor()) {
    transport_.outlast(timeouts_.write);
}

// --- reading ---------------------------------------------------------------------------------------------------------

asio::awaitable<error_code> link::read(owner& to) {
    while (!stop_ && transport_.is_open()) {
        if (crowded()) {
            const auto [ec] = co_await room_.async_wait(deferred_tuple);
            if (ec) co_return ec;
            continue;
        }
        if (!held_.empty()) {
            resume(to);
            continue;
        }
        if (!transport_.has_input()) {
            const auto [ec] = co_await transport_.async_wait_readable(deferred_tuple);
            if (ec) co_return ec;
        }
        if (stop_ || !transport_.is_open()) break;
        if (const auto end = pump(to)) co_return end;
    }
    co_return error_code();
}

/// Nothing more is taken from the client until it has read some of what waits for it.
bool link::crowded() noexcept {
    return side_ == proto::role::server && protocol_.output().size() > output_high_water;
}

void link::stop_reading() noexcept {
    // Once is enough, and later waits are not those of read().
    if (std::exchange(stop_, true)) return;
    boost::system::error_code ignored;
    // The read loop waits for the peer, or for room: both end now. A writer that waits as well starts over.
    if (!reading_) transport_.socket().cancel(ignored);
    room_.notify_all();
}

/// Reads once and handles all that became whole. No suspension: the scratch memory is shared.
error_code link::pump(owner& to) {
    const auto ahead = protocol_.bulk() ? scratch_.first(std::min(scratch_.size(), bulk_read_ahead)) : scratch_;
    const std::array<std::span<std::byte>, 2> buffers{protocol_.body_room(), ahead};
    error_code ec;
    const auto n = transport_.read_some(buffers, ec);
    if (ec == asio::error::would_block) return {};
    to.on_input();
    protocol_.set_time(steady_now());
    if (ec) {
        protocol_.end_of_input();
    } else {
        received_ += n;
        const auto direct = std::min(n, buffers[0].size());
        protocol_.commit_body(direct);
        protocol_.feed(scratch_.first(n - direct));
    }
    deliver(to);
    return ec;
}

void link::resume(owner& to) {
    const auto bytes = std::exchange(held_, {});
    protocol_.set_time(steady_now());
    protocol_.feed(bytes);
    deliver(to);
}

/// Hands on what came of the bytes that were fed. The owner may have had enough in the middle of it; and where answers
/// are larger than what asks for them the rest waits until they are read, as a copy, since the scratch memory is
/// shared.
void link::deliver(owner& to) {
    {
        const set_meanwhile reading(reading_);
        while (!stop_) {
            if (crowded() && !protocol_.rest().empty()) {
                held_.assign(protocol_.rest().begin(), protocol_.rest().end());
                protocol_.feed({});
                break;
            }
            auto e = protocol_.next();
            if (e.kind == proto::event::type::need_more) break;
            dispatch(e, to);
        }
    }
    flush();
}

void link::dispatch(proto::event& e, owner& to) {
    auto* const sink = e.call ? e.call->sink : nullptr;
    switch (e.kind) {
    case proto::event::type::data:
        if (sink) sink->on_data(e.stream);
        break;
    case proto::event::type::credit:
        if (sink) sink->on_credit(e.stream);
        break;
    case proto::event::type::stopped:
        if (sink) sink->on_stopped(e.stream);
        break;
    case proto::event::type::started:
        if (sink) sink->on_started();
        break;
    case proto::event::type::cancelled:
        if (sink) sink->on_cancelled();
        break;
    default: to.on_event(e);
    }
}

// --- writing ---------------------------------------------------------------------------------------------------------

void link::flush_soon() {
    if (reading_ || flush_posted_) return;
    flush_posted_ = true;
    asio::post(get_executor(), [self = shared_from_this()] {
        self->flush_posted_ = false;
        self->flush();
    });
}

void link::flush() {
    // The writer has the socket until all is out.
    if (!writer_.empty() || !transport_.is_open()) return;
    if (write_now() == asio::error::would_block) writer_.spawn(write_rest());
}

/// Writes until nothing waits or the socket takes no more. A peer that cannot be written to is gone.
error_code link::write_now() {
    auto& out = protocol_.output();
    while (!out.empty() || transport_.has_output()) {
        gathered_.clear();
        out.gather(gathered_, gather_most);
        error_code ec;
        const auto n = transport_.write_some(gathered_, ec);
        if (ec) {
            if (ec != asio::error::would_block) close();
            return ec;
        }
        written_ += n;
        out.consume(n);
    }
    if (has_room()) room_.notify_all();
    return {};
}

asio::awaitable<void> link::write_rest() {
    for (;;) {
        const auto [ec] = co_await transport_.async_wait_writable(deferred_tuple);
        if (!transport_.is_open()) break;
        // stop_reading() cancels every wait of the socket; what waits for the peer still goes out.
        if (ec && ec != asio::error::operation_aborted) break;
        const auto written = write_now();
        if (written != asio::error::would_block) break;
        if (has_room()) room_.notify_all();
    }
}

// --- time ------------------------------------------------------------------------------------------------------------

bool link::watch::stuck(std::uint64_t now_at, std::chrono::steady_clock::time_point now,
                        std::chrono::milliseconds limit) {
    if (mark != now_at || since == std::chrono::steady_clock::time_point()) {
        mark = now_at;
        since = now;
    }
    return now - since >= limit;
}

bool link::tick(std::chrono::steady_clock::time_point now) {
    if (!transport_.is_open()) return true;
    if (side_ == proto::role::client && protocol_.output().size() > client_output_limit) {
        close();
        return false;
    }
    if (protocol_.output().empty() && !transport_.has_output()) {
        write_ = {};
    } else if (write_.stuck(written_ - transport_.unsent(), now, timeouts_.write)) {
        close();
        return false;
    }
    // While we do not read, the peer cannot go on.
    const bool waiting = !stop_ && !crowded();
    if (!waiting || !protocol_.inside_envelope()) {
        envelope_ = {};
    } else if (envelope_.stuck(protocol_.envelopes(), now, timeouts_.envelope)) {
        protocol_.fail({proto::errc::timed_out, "the envelope was not complete in time"});
    }
    if (!waiting || !protocol_.inside_body()) {
        body_ = {};
    } else if (body_.stuck(received_, now, timeouts_.body)) {
        protocol_.fail({proto::errc::timed_out, "the body paused for too long"});
    }
    if (!protocol_.over()) return true;
    flush();
    return false;
}

bool link::at_rest() {
    const bool reads = transport_.is_open() && !stop_ && held_.empty() && !protocol_.over();
    const bool all_written = protocol_.output().empty() && !transport_.has_output();
    return reads && all_written && !protocol_.inside_envelope() && !protocol_.inside_body();
}

// --- ending ----------------------------------------------------------------------------------------------------------

asio::awaitable<void> link::linger() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    flush();
    // Who reads slowly gets all of it; tick() sees to who does not read.
    co_await writer_.join();
    while (transport_.is_open() && !transport_.shutdown_send())
        static_cast<void>(co_await transport_.async_wait_writable(deferred_tuple));
    asio::steady_timer clock(get_executor(), linger_time);
    task_group limit(get_executor());
    limit.spawn(close_at(clock));
    for (std::size_t dropped = 0; transport_.is_open() && dropped < linger_bytes;) {
        if (!transport_.has_input()) {
            const auto [wait_error] = co_await transport_.async_wait_readable(deferred_tuple);
            if (wait_error) break;
        }
        error_code ec;
        const std::array<std::span<std::byte>, 1> buffer{scratch_};
        dropped += transport_.read_some(buffer, ec);
        if (ec && ec != asio::error::would_block) break;
    }
    clock.cancel();
    co_await limit.join();
    close();
}

/// A peer that has not closed within a second of our last word may not go on sending.
asio::awaitable<void> link::close_at(asio::steady_timer& clock) {
    const auto [ec] = co_await clock.async_wait(deferred_tuple);
    if (!ec) close();
}

void link::close() noexcept {
    transport_.close();
    protocol_.output().clear();
    room_.notify_all();
}

asio::awaitable<void> link::join() {
    co_await writer_.join();
}

} // namespace tug::net
