#include "message_work.hpp"

#include "job_calls.hpp"
#include "on_thread.hpp"

#include <tug/os/random.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace tug::worker {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto short_pause = 500ms; ///< Before a call that failed is made again.
constexpr auto later = 2s;          ///< When a message that found no host comes again.

std::string new_owner() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::byte, 16> random{};
    if (!os::fill_random(random)) throw std::runtime_error("the system has no random bytes");
    std::string out;
    for (const auto byte : random) {
        out += digits[std::to_integer<std::size_t>(byte) >> 4U];
        out += digits[std::to_integer<std::size_t>(byte) & 15U];
    }
    return out;
}

/// What a message asks for; its name is that of the job.
result<job_request> request_of(const queue_message& message) {
    if (!is_queue_name(message.id()))
        return failure::bad_field("Nats-Msg-Id", "no name of a job: 1 to 64 of A-Za-z0-9._-");
    return read_request(message.text());
}

/// A message without a name has a record all the same, under one that no job has.
std::string key_of(const queue_message& message) {
    return is_queue_name(message.id()) ? message.id() : "refused=" + std::to_string(message.sequence());
}

} // namespace

message_work::message_work(surroundings with, queue_message& message)
    : with_(with),
      message_(message),
      name_(key_of(message)),
      core_({new_owner(), message.sequence(), with.lost_after}, request_of(message)) {}

asio::awaitable<void> message_work::run() {
    auto what = core_.begin();
    while (!answer(what)) what = co_await next(what);
    if (what == step::acknowledge && core_.may_forget()) co_await forget();
}

bool message_work::answer(step what) {
    switch (what) {
    case step::acknowledge: message_.acknowledge(); return true;
    case step::reject: message_.reject(); return true;
    case step::give_back: message_.give_back(later); return true;
    case step::leave: return true;
    default: return false;
    }
}

asio::awaitable<step> message_work::next(step what) {
    switch (what) {
    case step::read: co_return co_await read();
    case step::write: co_return co_await write();
    case step::choose: co_return core_.on_host(with_.hosts.choose(core_.tried()));
    case step::pause: co_await pause(); co_return core_.on_done();
    default: co_return co_await on_host(what);
    }
}

// --- NATS ------------------------------------------------------------------------------------------------------------

/// Again and again while NATS does not answer.
template <class R>
asio::awaitable<R> message_work::with_nats(std::function<R()> work) {
    for (;;) {
        try {
            co_return co_await on_thread<R>(with_.threads, work);
        } catch (const nats_error& e) {
            if (e.what_kind() != nats_error::kind::unavailable) throw;
        }
        co_await pause();
    }
}

asio::awaitable<step> message_work::read() {
    std::function<std::optional<stored_record>()> look = [&queue = with_.queue, name = name_] {
        return queue.record(name);
    };
    auto found = co_await with_nats(std::move(look));
    co_return core_.on_record(std::move(found));
}

asio::awaitable<step> message_work::write() {
    std::function<std::uint64_t()> put = [&queue = with_.queue, name = name_, what = core_.record(),
                                          over = core_.revision()]() -> std::uint64_t {
        try {
            return queue.write(name, what, over);
        } catch (const nats_error& e) {
            if (e.what_kind() == nats_error::kind::conflict) return 0;
            throw;
        }
    };
    const auto revision = co_await with_nats(std::move(put));
    co_return revision == 0 ? core_.on_conflict() : core_.on_written(revision);
}

asio::awaitable<void> message_work::pause() {
    asio::steady_timer timer(co_await asio::this_coro::executor, short_pause);
    co_await timer.async_wait(asio::use_awaitable);
}

// --- the host --------------------------------------------------------------------------------------------------------

asio::awaitable<step> message_work::on_host(step what) {
    bool sent = false;
    failure why;
    try {
        const auto held = co_await with_.hosts.lease(core_.record().host);
        sent = true;
        co_return co_await ask_host(what, *held);
    } catch (const error& e) {
        why = e.failure();
    }
    if (why.code == errc::cancelled) throw error(why); // by this side
    co_return core_.on_failure(why, sent, std::chrono::steady_clock::now());
}

asio::awaitable<step> message_work::ask_host(step what, client& on) {
    const auto& request = core_.request();
    switch (what) {
    case step::look: co_return core_.on_look(co_await knows_job(on, name_));
    case step::send: co_await send_files(on, request, with_.queue, with_.threads); co_return core_.on_done();
    case step::start: co_await start_job(on, request, name_); co_return core_.on_done();
    case step::wait: co_return core_.on_ended(co_await end_of_job(on, name_));
    default: break;
    }
    auto more = co_await collect(on, request, name_, with_.tail, with_.queue, with_.threads);
    co_return core_.on_collected(std::move(more));
}

/// The room of the job on its host is free at once. Where that fails its tugd drops it in its own time.
asio::awaitable<void> message_work::forget() {
    try {
        const auto held = co_await with_.hosts.lease(core_.record().host);
        co_await held->jobs().remove(name_);
    } catch (const error&) {
        co_return;
    }
}

} // namespace tug::worker
