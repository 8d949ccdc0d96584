#pragma once

#include "jobs/input.hpp"
#include "jobs/output.hpp"
#include "jobs/output_budget.hpp"
#include "jobs/spool.hpp"
#include "jobs/started_command.hpp"
#include "jobs/terminal.hpp"
#include "process/child.hpp"
#include "process/orphans.hpp"

#include <tug/net/blocking_pool.hpp>
#include <tug/net/condition.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/exec_messages.hpp>
#include <tug/proto/limits.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace tug::service {

/// What an output keeps that holds its writer: what a reader asks for and takes at once, see output.
inline constexpr std::size_t held_bytes = proto::piece_size;

/// How a job is to run.
struct job_settings {
    bool keep_children = false;                               ///< Spare what outlives a command that ended by itself.
    std::chrono::milliseconds grace{proto::default_grace_ms}; ///< Between SIGTERM and SIGKILL.
    std::optional<std::uint64_t> output_limit;                ///< Bytes of all outputs together.
    std::optional<std::uint64_t> cpu_ms;                      ///< The limit that its processes have.
    proto::containment contained_by = proto::containment::session;
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    when_full policy = when_full::hold_writer;
    std::size_t kept_bytes = held_bytes; ///< Of each output, at most.
    /// Makes the spool of an output (of stderr: true), of that policy. Empty: one in memory.
    std::function<std::unique_ptr<spool>(bool)> make_spool;
};

/// A command from its start to the end of its tree: the process, its pipes or its terminal, what it wrote, how it
/// ended. It knows nothing of who started it and who listens; see attachment for that.
///
/// It goes through its stages in their order. A job that was told to end before its command ended by itself does not
/// wait for output, and delivers none: what is left of that is for its readers to take before close().
///
/// Thread safety: none; use it on its executor. join() must have completed before the job is destroyed. What still runs
/// of its tree then, and was not to be kept, is killed.
class job {
public:
    enum class stage {
        running,
        root_ended,       ///< The process has ended. Children may hold its pipes; they are awaited for a second.
        output_collected, ///< Every pipe has ended, or is awaited no more. What is left of the tree is ended.
        tree_ended,       ///< What is in the pipes is still read.
        finished,
    };

    /// `changed` is the event of the job's owner, who may wait for other things with it: it is notified when an output
    /// has something new or has ended, when the job is to end, and when it has finished. `orphans` and `enders` outlive
    /// the job; on `enders` trees are ended.
    job(boost::asio::any_io_executor executor, net::condition& changed, const orphan_list& orphans,
        net::blocking_pool& enders, const job_settings& how, started_command command);
    ~job();
    job(const job&) = delete;
    job& operator=(const job&) = delete;

    /// Watches the command from now on, and reads its outputs where their spools drop the oldest. Call it once.
    void start();

    /// Signals the command's process group. False where the command has ended.
    bool signal(int number) { return child_.signal(number); }

    /// Gives the terminal another size. False where there is none, or the command has ended.
    bool resize(std::uint16_t rows, std::uint16_t cols) {
        return terminal_ && !child_.ended() && terminal_->resize(rows, cols);
    }

    /// Null where the command has none.
    [[nodiscard]] service::terminal* terminal() noexcept { return terminal_ ? &*terminal_ : nullptr; }

    /// The job shall end, with that reason in its result, and with no more grace than `most_grace`. Only the first
    /// reason counts. Precondition: start() was called.
    void end(proto::exec_reason why, std::chrono::milliseconds most_grace = std::chrono::milliseconds::max());

    [[nodiscard]] stage now() const noexcept { return stage_; }

    [[nodiscard]] bool finished() const noexcept { return stage_ == stage::finished; }

    /// Waits until the job has finished.
    [[nodiscard]] boost::asio::awaitable<void> wait_finished();

    [[nodiscard]] bool outputs_ended() const noexcept { return out_->ended() && (!err_ || err_->ended()); }

    /// It was told to end, or to end with its output limit.
    [[nodiscard]] bool told_to_end() const noexcept { return must_end(); }

    [[nodiscard]] bool over_limit() const noexcept { return budget_.exceeded(); }

    /// Closes stdin, the terminal and what outputs have not ended, so that no reader waits for more. Precondition:
    /// finished().
    void close();

    /// Waits until no coroutine of the job is left. Precondition: finished().
    [[nodiscard]] boost::asio::awaitable<void> join() { return tasks_.join(); }

    /// How it went, with counts and digests of what was written. Call it once. Precondition: finished().
    [[nodiscard]] proto::exec_result result();

    /// Processes of the tree that could not be ended; nothing where that cannot be found out.
    [[nodiscard]] std::optional<std::size_t> survivors() const noexcept { return survivors_; }

    /// The root where it could not be ended, to be reaped whenever it ends. Precondition: finished().
    [[nodiscard]] std::optional<spawned> give_up_root();

    /// Null without stdin.
    [[nodiscard]] input* standard_input() noexcept { return in_ ? &*in_ : nullptr; }

    [[nodiscard]] output& standard_output() noexcept { return *out_; }

    /// Null where stderr goes where stdout goes.
    [[nodiscard]] output* standard_error() noexcept { return err_ ? &*err_ : nullptr; }

private:
    enum class tree { alive, ending, ended };

    template <class Function>
    void for_each_output(Function f) {
        f(*out_);
        if (err_) f(*err_);
    }

    template <class Condition>
    boost::asio::awaitable<void> until(Condition condition);

    boost::asio::awaitable<void> live();
    boost::asio::awaitable<void> collect_output();
    boost::asio::awaitable<void> watch_hold();
    boost::asio::awaitable<void> end_tree();
    boost::asio::awaitable<void> deliver_the_rest();

    [[nodiscard]] bool must_end() const noexcept { return why_.has_value(); }

    [[nodiscard]] proto::exec_reason reason() const;
    [[nodiscard]] std::optional<proto::exec_reason> limit_that_ended_it() const;

    net::condition& changed_;
    const orphan_list& orphans_;
    net::blocking_pool& enders_;
    job_settings how_;
    stage stage_ = stage::running;
    tree tree_ = tree::alive;
    std::optional<proto::exec_reason> why_; ///< Why it is to end, where that is not the command's own doing.
    std::optional<exit_info> exit_;
    std::optional<std::size_t> survivors_ = 0;
    std::chrono::steady_clock::time_point ended_at_;
    output_budget budget_;
    child child_;
    std::optional<boost::asio::steady_timer> hold_;
    bool held_enough_ = false;
    std::optional<service::terminal> terminal_;
    std::optional<input> in_;
    std::optional<output> out_;
    std::optional<output> err_;
    net::task_group tasks_;
};

} // namespace tug::service
