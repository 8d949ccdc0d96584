#include "auth/command_rules.hpp"
#include "endpoints/endpoints.hpp"
#include "endpoints/exec_environment.hpp"
#include "endpoints/exec_streams.hpp"
#include "os/errno.hpp"
#include "process/child.hpp"
#include "process/signal_names.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/task_group.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::service {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

/// How long output of children is awaited that hold the pipe after the process itself has ended.
constexpr auto hold_time = std::chrono::seconds(1);

/// Indices of the streams, in the order in which the route declares them.
constexpr std::size_t in = 0;
constexpr std::size_t out = 0;
constexpr std::size_t err = 1;

struct pipe_ends {
    unique_fd read;
    unique_fd write;
};

proto::result<pipe_ends> make_pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) return file_failure(errno, "cannot make a pipe");
    return pipe_ends{unique_fd(fds[0]), unique_fd(fds[1])};
}

/// A program may open its own output anew, by /dev/stdout: as whoever it runs, the pipe has to be its own.
proto::result<pipe_ends> make_pipe_for(const std::optional<account>& owner) {
    auto made = make_pipe();
    if (made && owner && ::fchown(made->write.get(), owner->uid, owner->gid) != 0)
        return file_failure(errno, "cannot hand a pipe over");
    return made;
}

std::optional<rlimit> to_rlimit(const std::optional<file_limit>& l) {
    if (!l) return std::nullopt;
    return rlimit{l->soft, l->hard};
}

/// A started command and our ends of its pipes.
struct started {
    spawned process;
    unique_fd in;
    unique_fd out;
    unique_fd err;
};

/// On the blocking pool: opens the cwd, makes the pipes and starts the program.
proto::result<started> start(context& shared, const caller& who, const proto::exec_params& params) {
    auto cwd = in_root_of(shared.files, who,
                          [&](const root& files) { return files.open_directory(params.cwd.value_or("/")); });
    if (!cwd) return cwd.error();
    started s;
    pipe_ends input;
    if (params.with_stdin) {
        auto made = make_pipe_for(shared.runs_as);
        if (!made) return made.error();
        input = std::move(*made);
    }
    auto output = make_pipe_for(shared.runs_as);
    if (!output) return output.error();
    auto errors = make_pipe_for(shared.runs_as);
    if (!errors) return errors.error();

    spawn_request request;
    request.argv = params.shell ? std::vector<std::string>{"/bin/sh", "-c", *params.shell} : params.argv;
    request.env = environment_of(params, who.rules.get(), shared.runs_as ? &*shared.runs_as : nullptr);
    if (shared.runs_as) request.run_as = user{shared.runs_as->uid, shared.runs_as->gid, shared.runs_as->groups};
    request.cwd_fd = cwd->get();
    request.stdin_fd = input.read.get();
    request.stdout_fd = output->write.get();
    request.stderr_fd = errors->write.get();
    request.open_files = to_rlimit(shared.settings.child_open_files);
    request.core_size = to_rlimit(shared.settings.child_core_size);
    auto process = shared.processes.spawn(request);
    if (!process) return process.error();
    return started{std::move(*process), std::move(input.write), std::move(output->read), std::move(errors->read)};
}

/// One command from its start to the end of its tree.
class execution {
public:
    execution(context& shared, call& c, const proto::exec_params& params, clock::time_point begin, started s)
        : shared_(shared),
          call_(c),
          keep_children_(params.keep_children),
          budget_{params.output_limit, false},
          started_at_(begin),
          ended_at_(begin),
          child_(c.get_executor(), std::move(s.process)),
          out_(c, out, std::move(s.out), budget_),
          err_(c, err, std::move(s.err), budget_),
          tasks_(c.get_executor()) {
        if (s.in) in_.emplace(c, in, std::move(s.in));
    }

    asio::awaitable<proto::exec_result> run() {
        tasks_.spawn(out_.run());
        tasks_.spawn(err_.run());
        if (in_) tasks_.spawn(in_->run());
        tasks_.spawn(watch_exit());
        call_.on_signal = [this](int number) { return signal(number); };

        co_await until([this] { return exit_.has_value() || must_end(); });
        if (!must_end()) co_await collect_output();
        // Whatever ended it: of its tree nothing stays, but for those that were to be kept.
        const bool by_itself = exit_.has_value() && !must_end();
        if (!(by_itself && keep_children_)) co_await end_tree();
        if (by_itself) co_await deliver_the_rest();

        call_.on_signal = nullptr;
        co_await let_go();
        child_.reap();
        co_return summary();
    }

private:
    [[nodiscard]] bool must_end() const noexcept { return call_.why_ending() != ending::none || budget_.exceeded; }

    [[nodiscard]] bool outputs_done() const noexcept { return out_.done() && err_.done(); }

    /// Waits for a condition; all that may make it true notifies call::changed().
    template <class Condition>
    asio::awaitable<void> until(Condition condition) {
        for (;;) {
            close_what_was_stopped();
            if (condition()) co_return;
            co_await call_.changed().async_wait(as_tuple);
        }
    }

    void close_what_was_stopped() {
        const auto& streams = call_.io().call().outbound;
        if (streams[out].stopped()) out_.close();
        if (streams[err].stopped()) err_.close();
    }

    asio::awaitable<void> watch_exit() {
        exit_ = co_await child_.wait();
        ended_at_ = clock::now();
        call_.changed().notify_all();
    }

    /// After the process ended by itself: what it wrote is delivered, however slowly credit comes. A child that holds a
    /// pipe is waited for, but not for ever.
    asio::awaitable<void> collect_output() {
        if (outputs_done()) co_return;
        asio::steady_timer hold(call_.get_executor(), hold_time);
        net::task_group waiting(call_.get_executor());
        bool over = false;
        const auto expire = [](asio::steady_timer& timer, bool& flag, call& c) -> asio::awaitable<void> {
            co_await timer.async_wait(as_tuple);
            flag = true;
            c.changed().notify_all();
        };
        waiting.spawn(expire(hold, over, call_));
        co_await until([&] { return outputs_done() || over || must_end(); });
        hold.cancel();
        co_await waiting.join();
    }

    /// Of the tree nobody writes any more, or is not waited for; nor is a stranger who has got hold of a pipe.
    asio::awaitable<void> deliver_the_rest() {
        out_.finish_with_what_is_there();
        err_.finish_with_what_is_there();
        co_await until([this] { return outputs_done() || must_end(); });
    }

    asio::awaitable<void> end_tree() {
        if (!co_await child_.end_tree(shared_.pool)) shared_.logger->warning("survivors", {{"peer", call_.who().peer}});
        // The root is dead at the latest now.
        if (!exit_) co_await until([this] { return exit_.has_value(); });
    }

    /// Ends what still runs of ours. What could not be sent for want of credit is dropped.
    asio::awaitable<void> let_go() {
        if (!outputs_done()) {
            call_.io().interrupt(proto::failure(proto::errc::cancelled));
            if (call_.why_ending() != ending::gone && !budget_.exceeded) {
                out_.send_rest();
                err_.send_rest();
            }
            out_.close();
            err_.close();
        }
        if (in_) {
            // Its wait for the client is over, too.
            call_.io().stop(in);
            in_->close();
        }
        co_await tasks_.join();
    }

    answer signal(int number) {
        if (!child_.signal(number)) return proto::failure(proto::errc::not_found, "the command has ended already");
        return boost::json::value(boost::json::object());
    }

    proto::exec_reason reason() const {
        if (budget_.exceeded) return proto::exec_reason::output_limit;
        switch (call_.why_ending()) {
        case ending::timed_out: return proto::exec_reason::timed_out;
        case ending::cancelled:
        case ending::shutting_down:
        case ending::gone: return proto::exec_reason::cancelled;
        case ending::none: break;
        }
        return exit_->signaled ? proto::exec_reason::signaled : proto::exec_reason::exited;
    }

    proto::exec_result summary() {
        proto::exec_result r;
        r.reason = reason();
        if (exit_->signaled)
            r.signal = signal_name(exit_->code_or_signal);
        else
            r.exit_code = exit_->code_or_signal;
        r.standard_output = out_.summary();
        r.standard_error = err_.summary();
        r.usage = {static_cast<std::uint64_t>(exit_->user_us), static_cast<std::uint64_t>(exit_->system_us),
                   static_cast<std::uint64_t>(exit_->max_rss_bytes)};
        r.wall_us = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(ended_at_ - started_at_).count());
        return r;
    }

    context& shared_;
    call& call_;
    bool keep_children_;
    output_budget budget_;
    clock::time_point started_at_;
    clock::time_point ended_at_;
    child child_;
    std::optional<exit_info> exit_;
    std::optional<input_pump> in_;
    output_pump out_;
    output_pump err_;
    net::task_group tasks_;
};

} // namespace

asio::awaitable<answer> exec(context& shared, call& c, proto::exec_params params) {
    if (auto refused = refuse_command(c.who(), params)) co_return std::move(*refused);
    if (!shared.commands.take())
        co_return proto::failure(proto::errc::busy, std::to_string(shared.commands.most()) + " commands are running");
    const std::shared_ptr<void> place(nullptr, [&shared](void*) { shared.commands.give_back(); });
    c.end_by_hand();
    const auto begin = clock::now();
    const auto launch = [&] { return start(shared, c.who(), params); };
    auto s = co_await net::run_blocking(shared.pool, launch);
    if (!s) co_return c.why_ending() == ending::none ? s.error() : failure_of(c.why_ending());
    execution running(shared, c, params, begin, std::move(*s));
    const auto result = co_await running.run();
    co_return boost::json::value(result.to_json());
}

} // namespace tug::service
