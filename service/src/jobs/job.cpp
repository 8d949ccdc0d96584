#include "jobs/job.hpp"

#include "tug/net/tokens.hpp"

#include <tug/proto/signal_names.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

using net::as_tuple;

/// How long output of children is awaited that hold the pipe after the process itself has ended.
constexpr auto hold_time = std::chrono::seconds(1);

/// How long the end of a root is awaited that even SIGKILL has not ended.
constexpr auto stuck_time = std::chrono::seconds(1);

} // namespace

job::job(asio::any_io_executor executor, net::condition& changed, const orphan_list& orphans,
         net::blocking_pool& enders, const job_settings& how, started_command command)
    : changed_(changed),
      orphans_(orphans),
      enders_(enders),
      how_(how),
      ended_at_(how.begun),
      budget_(how.output_limit, [this] { end(proto::exec_reason::output_limit); }),
      child_(executor, std::move(command.process), std::move(command.group)),
      tasks_(executor) {
    const auto kept = [&](bool of_errors) -> std::unique_ptr<spool> {
        if (how.make_spool) return how.make_spool(of_errors);
        return std::make_unique<memory_spool>(how.kept_bytes, how.policy);
    };
    if (command.terminal) {
        terminal_.emplace(executor, std::move(*command.terminal), std::move(command.record));
        out_.emplace(*terminal_, kept(false), budget_, changed);
        if (command.types) in_.emplace(*terminal_);
        return;
    }
    out_.emplace(executor, std::move(command.out), kept(false), budget_, changed);
    if (command.err) err_.emplace(executor, std::move(command.err), kept(true), budget_, changed);
    if (command.in) in_.emplace(executor, std::move(command.in));
}

job::~job() {
    if (finished() && exit_) child_.reap(); // else it kills what runs
}

void job::start() {
    tasks_.spawn(live());
    if (how_.policy == when_full::drop_oldest) for_each_output([this](output& o) { tasks_.spawn(o.collect()); });
}

void job::end(proto::exec_reason why, std::chrono::milliseconds most_grace) {
    if (must_end()) return;
    why_ = why;
    how_.grace = std::min(how_.grace, most_grace);
    changed_.notify_all();
    if (stage_ == stage::running) tasks_.spawn(end_tree()); // live() waits for the root
}

/// Waits for a condition; all that may make it true notifies changed_.
template <class Condition>
asio::awaitable<void> job::until(Condition condition) {
    while (!condition()) co_await changed_.async_wait(as_tuple);
}

asio::awaitable<void> job::wait_finished() {
    return until([this] { return finished(); });
}

asio::awaitable<void> job::live() {
    exit_ = co_await child_.wait(); // nothing where end_tree() could not end it
    ended_at_ = clock::now();
    stage_ = stage::root_ended;
    if (terminal_) terminal_->command_ended();
    if (!must_end()) co_await collect_output();
    stage_ = stage::output_collected;
    // Whatever ended it: of its tree nothing stays, but for those that are to be kept.
    const bool by_itself = !must_end();
    const bool spared = by_itself && how_.keep_children;
    if (tree_ == tree::ending) co_await until([this] { return tree_ == tree::ended; });
    if (tree_ == tree::alive && !spared && !child_.alone(orphans_)) co_await end_tree();
    stage_ = stage::tree_ended;
    if (by_itself) co_await deliver_the_rest();
    stage_ = stage::finished;
    changed_.notify_all();
}

/// After the process ended by itself: what it wrote is read, however slowly its readers take it. A child that holds a
/// pipe is waited for, but not for ever.
asio::awaitable<void> job::collect_output() {
    // Behind what else has happened by now: the pipes mostly end with the process, and then there is no timer to set.
    const auto executor = co_await asio::this_coro::executor;
    if (!outputs_ended()) co_await asio::post(executor, asio::use_awaitable);
    if (outputs_ended() || must_end()) co_return;
    hold_.emplace(executor, hold_time);
    tasks_.spawn(watch_hold());
    co_await until([this] { return outputs_ended() || held_enough_ || must_end(); });
    hold_->cancel();
}

asio::awaitable<void> job::watch_hold() {
    co_await hold_->async_wait(as_tuple);
    held_enough_ = true;
    changed_.notify_all();
}

asio::awaitable<void> job::end_tree() {
    tree_ = tree::ending;
    survivors_ = co_await child_.end_tree(enders_, how_.grace, terminal_.has_value());
    // The root is dead now, unless the kernel holds it, for a time that is not known.
    if (!exit_) co_await child_.wait_until(clock::now() + stuck_time);
    tree_ = tree::ended;
    changed_.notify_all();
    if (!child_.ended()) tasks_.cancel(); // live() waits for the root no longer
}

/// The tree is gone, or is not waited for; nor is a process outside of it that has got hold of a pipe.
asio::awaitable<void> job::deliver_the_rest() {
    for_each_output([](output& o) { o.finish_with_what_is_there(); });
    co_await until([this] { return outputs_ended() || must_end(); });
}

void job::close() {
    for_each_output([](output& o) {
        if (!o.ended()) o.close();
    });
    if (in_) in_->close();
    if (terminal_) terminal_->close();
}

std::optional<spawned> job::give_up_root() {
    if (exit_) return std::nullopt;
    return child_.give_up();
}

/// Whether the kernel ended it, because of a limit that it was given.
std::optional<proto::exec_reason> job::limit_that_ended_it() const {
    if (!exit_->signaled) return std::nullopt;
    const bool killed = exit_->code_or_signal == SIGKILL;
    const auto used_ms = static_cast<std::uint64_t>(exit_->user_us + exit_->system_us) / 1000;
    if (how_.cpu_ms && (exit_->code_or_signal == SIGXCPU || (killed && used_ms >= *how_.cpu_ms)))
        return proto::exec_reason::cpu_limit;
    const auto* const group = child_.group();
    if (killed && group != nullptr && group->number("memory.events", "oom_kill").value_or(0) > 0)
        return proto::exec_reason::memory_limit;
    return std::nullopt;
}

proto::exec_reason job::reason() const {
    if (budget_.exceeded()) return proto::exec_reason::output_limit;
    if (why_) return *why_;
    if (const auto limit = limit_that_ended_it()) return *limit;
    return exit_->signaled ? proto::exec_reason::signaled : proto::exec_reason::exited;
}

proto::exec_result job::result() {
    proto::exec_result r;
    r.reason = reason();
    // SIGKILL is what a root will end by that could not be ended yet.
    const auto end = exit_.value_or(exit_info{true, SIGKILL});
    if (end.signaled)
        r.signal = proto::signal_name(end.code_or_signal);
    else
        r.exit_code = end.code_or_signal;
    r.standard_output = out_->kept().summary();
    if (err_) r.standard_error = err_->kept().summary();
    r.usage.user_us = static_cast<std::uint64_t>(end.user_us);
    r.usage.system_us = static_cast<std::uint64_t>(end.system_us);
    r.usage.max_rss_bytes = static_cast<std::uint64_t>(end.max_rss_bytes);
    if (const auto* const group = child_.group()) {
        r.usage.memory_peak_bytes = group->number("memory.peak");
        r.usage.read_bytes = group->number("io.stat", "rbytes");
        r.usage.written_bytes = group->number("io.stat", "wbytes");
    }
    r.contained_by = how_.contained_by;
    r.survivors = survivors_;
    r.wall_us = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(ended_at_ - how_.begun).count());
    return r;
}

} // namespace tug::service
