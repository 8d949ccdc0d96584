#include "reconnecting_job.hpp"

#include <tug/error.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <random>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// Of each output, while the connection is lost or this side is slow.
constexpr std::uint64_t kept_bytes = std::uint64_t{256} << 20;

/// After the end of a job whose user does not come back.
constexpr std::chrono::hours kept_for{24};

/// How long the user who leaves waits for the end of the job.
constexpr std::chrono::seconds leave_time{4};

constexpr const char* hang_up = "HUP";

/// From its first byte on.
attach_options all_of(const command& what) {
    attach_options how;
    how.out = how.err = job_position(0);
    how.with_stdin = what.settings().with_stdin;
    how.reader_keeps_up = what.settings().reader_keeps_up;
    return how;
}

} // namespace

std::string new_job_name(const std::string& command) {
    std::random_device random;
    std::string out = command + "-";
    for (int n = 0; n < 8; ++n) out += "0123456789abcdefghijklmnopqrstuv"[random() % 32];
    return out;
}

reconnecting_job::reconnecting_job(client& on, const options& o, invocation& s, command what)
    : reconnecting_attachment(on, o, s, new_job_name(o.command), all_of(what)),
      options_(o),
      command_(std::move(what)),
      host_(o.host_text ? *o.host_text + " " : "") {}

job_options reconnecting_job::how() const {
    job_options out;
    out.name = name();
    out.keep_bytes = kept_bytes;
    out.keep_for = kept_for;
    return out;
}

/// Started again by its name it is the same job: no answer may mean that it runs.
asio::awaitable<void> reconnecting_job::start() {
    for (;;) {
        std::optional<failure> why;
        try {
            auto what = command_;
            auto options = how();
            co_await connection().get().jobs().start(std::move(what), std::move(options));
            break;
        } catch (const error& e) {
            why = e.failure();
        }
        if (!is_loss(why->code)) throw error(*why);
        co_await connection().come_back();
    }
    co_await attach();
}

void reconnecting_job::tell_missing(std::uint64_t bytes) const {
    if (options_.exec.terminal) return; // which is drawn again
    throw error(failure(errc::range_invalid, std::to_string(bytes) + " bytes of output are missing: the host kept them "
                                                                     "no longer when the connection was back"));
}

// --- what is asked of it ---------------------------------------------------------------------------------------------

asio::awaitable<void> reconnecting_job::beside() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (send_input() && obey());
}

void reconnecting_job::ask(std::string signal) {
    if (away()) {
        tell_that_it_goes_on();
        return connection().leave();
    }
    asked_ = std::move(signal);
    notify_change();
}

void reconnecting_job::stop_output() {
    discard_output();
    ask("PIPE");
}

void reconnecting_job::cancel() {
    ask("");
}

void reconnecting_job::give_up() {
    discard_output();
    cancel();
}

/// Passes on what was asked for, over one connection or the next.
asio::awaitable<void> reconnecting_job::obey() {
    for (;;) {
        while (!asked_ || away()) co_await change();
        const auto over = generation();
        const auto what = *asked_;
        bool lost = false;
        try {
            if (what.empty())
                co_await connection().get().jobs().cancel(name());
            else
                co_await connection().get().jobs().signal(name(), what);
        } catch (const error& e) {
            lost = is_loss(e.failure().code); // all else: it has ended
        }
        while (lost && over == generation()) co_await change();
        if (!lost && asked_ == what) asked_.reset();
    }
}

// --- its end ---------------------------------------------------------------------------------------------------------

asio::awaitable<void> reconnecting_job::finish() {
    try {
        co_await connection().get().jobs().remove(name());
    } catch (const error&) {
        co_return; // it is removed after kept_for
    }
}

asio::awaitable<void> reconnecting_job::end_it() {
    co_await connection().get().jobs().signal(name(), hang_up);
    co_await connection().get().jobs().cancel(name());
    co_await connection().get().jobs().remove(name());
}

asio::awaitable<void> reconnecting_job::leave(bool goes_on) {
    using namespace boost::asio::experimental::awaitable_operators;
    bool ended = false;
    if (!goes_on && !connection().left()) {
        asio::steady_timer clock(co_await asio::this_coro::executor, leave_time);
        try {
            const auto first = co_await (end_it() || clock.async_wait(asio::use_awaitable));
            ended = first.index() == 0;
        } catch (const error&) {
            ended = false; // it is not known
        }
    }
    if (!ended) tell_that_it_goes_on();
}

void reconnecting_job::tell_that_it_goes_on() {
    connection().say("the job goes on: tug job attach " + host_ + name());
}

} // namespace tug::cli
