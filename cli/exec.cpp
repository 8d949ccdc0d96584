#include "commands.hpp"
#include "end_by_signal.hpp"
#include "exec_output.hpp"
#include "exit_codes.hpp"
#include "report.hpp"

#include <tug/signals.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

using clock = std::chrono::steady_clock;

command command_for(const options& o) {
    auto what = o.exec.shell ? command::shell(*o.exec.shell) : command(o.exec.argv);
    if (o.exec.cwd) what.in(*o.exec.cwd);
    for (const auto& [name, value] : o.exec.env) what.env(name, value);
    what.clear_env(o.exec.clear_env).keep_children(o.exec.keep_children).with_stdin(o.exec.with_stdin);
    what.merge(o.exec.merge);
    if (o.exec.grace) what.grace(*o.exec.grace);
    if (o.timeout) what.timeout(*o.timeout);
    if (o.exec.output_limit) what.output_limit(*o.exec.output_limit);
    if (o.json && !o.exec.output_limit) what.output_limit(exec_output::default_limit);
    return what;
}

/// One command on its way: its output, its input and its end.
class running {
public:
    /// `grace`: that of the command.
    running(process p, const options& o, invocation& s, std::chrono::milliseconds grace)
        : process_(std::move(p)),
          invocation_(s),
          output_(o, s.output),
          margin_(answer_margin + grace),
          ends_by_(o.timeout ? std::optional(clock::now() + *o.timeout + margin_) : std::nullopt) {}

    running(const running&) = delete;
    running& operator=(const running&) = delete;

    /// Until it has ended. Ctrl-C asks tugd to end it; what it still writes is passed on.
    asio::awaitable<exec_result> to_the_end(bool with_stdin) {
        using namespace asio::experimental::awaitable_operators;
        const control::gentle on_signal(invocation_.ctl, [this] { process_.cancel(); }, margin_);
        if (with_stdin) {
            co_await (drain() && feed_until_ended());
        } else {
            co_await drain();
        }
        if (failed_) std::rethrow_exception(failed_);
        co_return std::move(result_);
    }

    [[nodiscard]] const exec_output& output() const noexcept { return output_; }

private:
    /// Passes the output on and takes the result; then nothing more is fed.
    asio::awaitable<void> drain() {
        struct end {
            asio::cancellation_signal& stop;

            ~end() { stop.emit(asio::cancellation_type::terminal); }
        };

        const end at_end{ended_};
        for (;;) {
            expect();
            auto piece = co_await process_.read();
            invocation_.ctl.set_deadline(std::nullopt); // writing may take any time
            if (piece.end()) break;
            co_await pass_on(std::move(piece));
        }
        expect();
        result_ = co_await process_.wait();
    }

    asio::awaitable<void> pass_on(tug::output piece) {
        try {
            if (!co_await output_.take(std::move(piece))) process_.stop_output();
        } catch (const error&) {
            give_up();
        }
    }

    /// A local failure: the command is ended and the failure thrown when it is over.
    void give_up() {
        failed_ = std::current_exception();
        process_.discard_output();
        process_.cancel();
    }

    /// tugd ends the command in time and then has some seconds to say so, unless it is gone in silence.
    void expect() {
        if (ends_by_) invocation_.ctl.set_deadline(std::max(*ends_by_, clock::now() + margin_));
    }

    /// Cancelled by drain() alone: it outlives the feeding in any case.
    asio::awaitable<void> feed_until_ended() {
        const auto executor = co_await asio::this_coro::executor;
        co_await asio::co_spawn(executor, feed(), asio::bind_cancellation_slot(ended_.slot(), asio::use_awaitable));
    }

    asio::awaitable<void> feed() {
        constexpr std::size_t most = 64 * 1024;
        const auto from = std::make_shared<const descriptor>(STDIN_FILENO);
        try {
            for (;;) {
                auto piece = co_await read_piece(invocation_.input, from, most);
                if (piece.empty()) break;
                if (!co_await process_.write(std::move(piece))) co_return;
            }
            process_.close_stdin();
        } catch (const error& e) {
            // Input that could not be read must not look like its end. All else ends the output too, and is told there.
            if (e.failure().code == errc::local_io) give_up();
        } catch (const boost::system::system_error&) {
            co_return; // the read was abandoned: the command has ended
        }
    }

    process process_;
    invocation& invocation_;
    exec_output output_;
    std::chrono::milliseconds margin_; ///< How much later than its end tugd may say so.
    std::optional<clock::time_point> ends_by_;
    asio::cancellation_signal ended_;
    std::exception_ptr failed_;
    exec_result result_;
};

int exit_code_of(const exec_result& r) {
    switch (r.reason) {
    case exec_reason::timed_out: return exit_code::exec_timed_out;
    case exec_reason::cancelled: return exit_code::exec_cancelled;
    case exec_reason::output_limit:
    case exec_reason::memory_limit:
    case exec_reason::cpu_limit: return exit_code::exec_tug_failed;
    case exec_reason::exited:
    case exec_reason::signaled: break;
    }
    if (r.signal) {
        const auto number = signal_number(*r.signal);
        return number ? exit_code::exec_signal_base + *number : exit_code::exec_tug_failed;
    }
    return r.exit_code.value_or(exit_code::exec_tug_failed);
}

/// Says that something of the command is still there.
void tell_survivors(exec_reason reason, std::uint64_t survivors) {
    std::string line(name_of(reason));
    line.append(": ").append(std::to_string(survivors));
    line.append(survivors == 1 ? " process" : " processes").append(" of the command could not be ended");
    print_error(line, "the kernel holds what is left, or tugd lacks the privileges to signal it");
}

/// What a command that was ended by tug, or that left processes, leaves unsaid. Where it ended by itself, the object of
/// --json has the survivors, and nothing has failed.
void explain(const exec_result& r, bool json) {
    const bool by_itself = r.reason == exec_reason::exited || r.reason == exec_reason::signaled;
    if (r.survivors.value_or(0) > 0) {
        if (!by_itself || !json) tell_survivors(r.reason, *r.survivors);
        return;
    }
    const auto* const line = r.reason == exec_reason::timed_out   ? "timed_out: the command was ended"
                             : r.reason == exec_reason::cancelled ? "cancelled: the command was ended"
                             : r.reason == exec_reason::output_limit
                                 ? "output_limit: the command wrote more and was ended"
                                 : nullptr;
    if (line == nullptr) return;
    print_error(line, r.reason == exec_reason::timed_out      ? "allow more time with --timeout"
                      : r.reason == exec_reason::output_limit ? "allow more with --output-limit"
                      : r.survivors                           ? "nothing to do, its whole process tree is gone"
                                    : "tugd does not say whether its whole process tree is gone: see `ps` there");
}

} // namespace

asio::awaitable<int> exec(client& on, const options& o, invocation& s) {
    auto what = command_for(o);
    const auto grace = what.settings().grace.value_or(command::default_grace);
    running r(co_await on.start(std::move(what)), o, s, grace);
    const auto result = co_await r.to_the_end(o.exec.with_stdin);
    explain(result, o.json);
    if (o.json && !print_json(r.output().to_json(result))) co_return exit_code::exec_tug_failed;
    const int code = exit_code_of(result);
    // SIGPIPE, itself or as a shell passes it on, ended the command in our place.
    if (r.output().reader_left() && code == exit_code::exec_signal_base + SIGPIPE) die_by_sigpipe();
    co_return code;
}

} // namespace tug::cli
