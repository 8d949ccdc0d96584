#include "auth/command_rules.hpp"
#include "endpoints/early_signals.hpp"
#include "endpoints/endpoints.hpp"
#include "endpoints/exec_start.hpp"
#include "endpoints/exec_streams.hpp"
#include "process/child.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/signal_names.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

/// How long output of children is awaited that hold the pipe after the process itself has ended.
constexpr auto hold_time = std::chrono::seconds(1);

/// How long the end of a root is awaited that even SIGKILL has not ended.
constexpr auto stuck_time = std::chrono::seconds(1);

/// Indices of the streams, in the order in which the route declares them.
constexpr std::size_t in = 0;
constexpr std::size_t out = 0;
constexpr std::size_t err = 1;

/// One command from its start to the end of its tree.
class execution {
public:
    execution(context& shared, call& c, const proto::exec_params& params, clock::time_point begin, started_command s)
        : shared_(shared),
          call_(c),
          keep_children_(params.keep_children),
          grace_(params.grace_ms.value_or(proto::default_grace_ms)),
          budget_{params.output_limit, false},
          started_at_(begin),
          ended_at_(begin),
          containment_(s.process.in_cgroup() && shared.cgroups_hold ? proto::containment::cgroup
                                                                    : proto::containment::session),
          child_(c.get_executor(), std::move(s.process), std::move(s.group)),
          out_(c, out, std::move(s.out), budget_),
          tasks_(c.get_executor()) {
        if (s.err) err_.emplace(c, err, std::move(s.err), budget_);
        if (s.in) in_.emplace(c, in, std::move(s.in));
    }

    ~execution() {
        if (over_) child_.reap(); // else it kills what runs
    }

    execution(const execution&) = delete;
    execution& operator=(const execution&) = delete;

    /// After run(), where the root could not be ended: it counts as a running command until it ends.
    void leave_root(std::shared_ptr<void> place) {
        if (!over_) shared_.strays.add(child_.give_up(), std::move(place));
    }

    /// What it throws, for want of memory, it throws when nothing of the command runs any more.
    asio::awaitable<proto::exec_result> run(const signal_set& early) {
        std::exception_ptr failed;
        try {
            co_await accompany(early);
        } catch (...) {
            failed = std::current_exception();
        }
        if (failed) {
            co_await end_tree_in_need();
            tasks_.cancel();
        }
        call_.on_signal = nullptr;
        co_await let_go();
        over_ = exit_.has_value();
        if (failed) std::rethrow_exception(failed);
        co_return summary();
    }

private:
    [[nodiscard]] bool must_end() const noexcept { return call_.why_ending() != ending::none || budget_.exceeded; }

    [[nodiscard]] bool outputs_done() const noexcept { return out_.done() && (!err_ || err_->done()); }

    template <class Function>
    void for_each_output(Function f) {
        f(out_);
        if (err_) f(*err_);
    }

    /// What the command may take from SIGTERM to SIGKILL. A server that ends waits for none longer than is usual.
    [[nodiscard]] std::chrono::milliseconds grace() const noexcept {
        const std::chrono::milliseconds usual(proto::default_grace_ms);
        return call_.why_ending() == ending::shutting_down ? std::min(grace_, usual) : grace_;
    }

    /// From the start until of its tree nothing is left that is to end.
    asio::awaitable<void> accompany(const signal_set& early) {
        for_each_output([this](output_pump& o) { tasks_.spawn(guarded(o.run())); });
        if (in_) tasks_.spawn(guarded(in_->run()));
        tasks_.spawn(guarded(watch_exit()));
        call_.on_signal = [this](int number) { return signal(number); };
        for (int number = 1; number < _NSIG; ++number)
            if (early.test(static_cast<std::size_t>(number))) child_.signal(number);

        co_await until([this] { return exit_.has_value() || must_end(); });
        if (!must_end()) co_await collect_output();
        // Whatever ended it: of its tree nothing stays, but for those that were to be kept.
        const bool by_itself = exit_.has_value() && !must_end();
        if (!(by_itself && keep_children_) && !child_.alone(shared_.orphans)) co_await end_tree();
        if (by_itself) co_await deliver_the_rest();
    }

    /// One of the tasks. Where it fails, which it does for want of memory alone, what it was to do will not come about.
    asio::awaitable<void> guarded(asio::awaitable<void> task) {
        try {
            co_await std::move(task);
        } catch (...) {
            broken_ = std::current_exception();
            call_.changed().notify_all();
        }
    }

    /// Waits for a condition; all that may make it true notifies call::changed(). Throws what a task has thrown.
    template <class Condition>
    asio::awaitable<void> until(Condition condition) {
        for (;;) {
            if (broken_) std::rethrow_exception(broken_);
            close_what_was_stopped();
            if (condition()) co_return;
            co_await call_.changed().async_wait(as_tuple);
        }
    }

    void close_what_was_stopped() {
        const auto& streams = call_.io().call().outbound;
        if (streams[out].stopped()) out_.close();
        if (err_ && streams[err].stopped()) err_->close();
    }

    asio::awaitable<void> watch_exit() {
        const auto ended = co_await child_.wait();
        if (ended) exit_ = ended;
        ended_at_ = clock::now();
        call_.changed().notify_all();
    }

    /// After the process ended by itself: what it wrote is delivered, however slowly credit comes. A child that holds a
    /// pipe is waited for, but not for ever.
    asio::awaitable<void> collect_output() {
        if (outputs_done()) co_return;
        hold_.emplace(call_.get_executor(), hold_time);
        tasks_.spawn(guarded(watch_hold()));
        co_await until([this] { return outputs_done() || held_enough_ || must_end(); });
        hold_->cancel();
    }

    asio::awaitable<void> watch_hold() {
        co_await hold_->async_wait(as_tuple);
        held_enough_ = true;
        call_.changed().notify_all();
    }

    /// Of the tree nobody writes any more, or is not waited for; nor is a stranger who has got hold of a pipe.
    asio::awaitable<void> deliver_the_rest() {
        for_each_output([](output_pump& o) { o.finish_with_what_is_there(); });
        co_await until([this] { return outputs_done() || must_end(); });
    }

    asio::awaitable<void> end_tree() {
        survivors_ = co_await child_.end_tree(shared_.enders, grace());
        if (survivors_ != 0U) {
            const auto count = survivors_ ? std::to_string(*survivors_) : "unknown";
            shared_.logger->warning("survivors", {{"peer", call_.who().peer}, {"count", count}});
        }
        if (exit_) co_return;
        // The root is dead now, unless the kernel holds it; then nobody knows until when.
        co_await child_.wait_until(clock::now() + stuck_time);
        exit_ = child_.ended();
        if (!exit_) tasks_.cancel();
    }

    /// There may be no memory to look for the tree with; there is soon, as other calls end. Else the child's destructor
    /// does what can be done.
    asio::awaitable<void> end_tree_in_need() {
        constexpr auto pause = std::chrono::milliseconds(100);
        child_.signal(SIGKILL);
        for (int attempts = 0; attempts < 50; ++attempts) {
            bool starved = false;
            try {
                co_await end_tree();
            } catch (const std::bad_alloc&) {
                starved = true;
            }
            if (!starved) co_return;
            asio::steady_timer timer(call_.get_executor(), pause);
            co_await timer.async_wait(as_tuple);
        }
    }

    /// As much as there is memory for: the tasks have to be joined whatever happens.
    void send_rest() {
        try {
            for_each_output([](output_pump& o) { o.send_rest(); });
        } catch (const std::bad_alloc&) {
            return;
        }
    }

    /// Ends what still runs of ours. What could not be sent for want of credit is dropped.
    asio::awaitable<void> let_go() {
        if (!outputs_done()) {
            call_.io().interrupt(proto::failure(proto::errc::cancelled));
            if (call_.why_ending() != ending::gone && !budget_.exceeded) send_rest();
            for_each_output([](output_pump& o) { o.close(); });
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
        // SIGKILL is what a root will end by that could not be ended yet.
        const auto end = exit_.value_or(exit_info{true, SIGKILL});
        if (end.signaled)
            r.signal = proto::signal_name(end.code_or_signal);
        else
            r.exit_code = end.code_or_signal;
        r.standard_output = out_.summary();
        if (err_) r.standard_error = err_->summary();
        r.usage = {static_cast<std::uint64_t>(end.user_us), static_cast<std::uint64_t>(end.system_us),
                   static_cast<std::uint64_t>(end.max_rss_bytes)};
        r.contained_by = containment_;
        r.survivors = survivors_;
        r.wall_us = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(ended_at_ - started_at_).count());
        return r;
    }

    context& shared_;
    call& call_;
    bool keep_children_;
    std::chrono::milliseconds grace_;
    output_budget budget_;
    clock::time_point started_at_;
    clock::time_point ended_at_;
    proto::containment containment_;
    std::optional<std::size_t> survivors_ = 0; ///< Nothing where that cannot be found out.
    child child_;
    std::optional<exit_info> exit_;
    std::exception_ptr broken_; ///< What a task has thrown.
    bool over_ = false;         ///< The root has ended, and of the rest nothing is left, or what is left is to be kept.
    std::optional<asio::steady_timer> hold_;
    bool held_enough_ = false;
    std::optional<input_pump> in_;
    output_pump out_;
    std::optional<output_pump> err_; ///< None where stderr goes where stdout goes.
    net::task_group tasks_;
};

} // namespace

asio::awaitable<answer> exec(context& shared, call& c, proto::exec_params params) {
    shared.strays.reap(); // gives their places back
    if (auto refused = refuse_command(c.who(), params)) co_return std::move(*refused);
    if (!shared.commands.take())
        co_return proto::failure(proto::errc::busy, std::to_string(shared.commands.most()) + " commands are running");
    const std::shared_ptr<void> place(nullptr, [&shared](void*) { shared.commands.give_back(); });
    c.end_by_hand();
    const auto begin = clock::now();
    const early_signals early(c);
    const auto given_up = [&c] { return c.why_ending() != ending::none; };
    const auto launch = [&] { return start_command(shared, c.who(), params, given_up); };
    // Behind what else has come with the request: a cancel that came with it is known before anything starts.
    co_await asio::post(c.get_executor(), asio::use_awaitable);
    auto s = co_await net::run_blocking(c.starts(), launch);
    if (!s) co_return c.why_ending() == ending::none ? s.error() : failure_of(c.why_ending());
    // Pipes are closed and the zombie is reaped while the client reads its answer.
    const auto running = std::make_shared<execution>(shared, c, params, begin, std::move(*s));
    c.keep_until_answered(running);
    const auto result = co_await running->run(early.kept());
    running->leave_root(place);
    co_return boost::json::value(result.to_json());
}

} // namespace tug::service
