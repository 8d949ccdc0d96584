#pragma once

#include "jobs/job.hpp"
#include "jobs/job_directory.hpp"
#include "jobs/job_launch.hpp"
#include "jobs/job_marks.hpp"
#include "process/cgroup_home.hpp"
#include "process/orphans.hpp"
#include "process/spawn.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/net/blocking_pool.hpp>
#include <tug/net/condition.hpp>
#include <tug/net/task_group.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tug::service {

/// What a holder has before it has a job: one that is kept ready made it while no one waited.
struct holder_tools {
    /// `cgroup` is the directory in which that of the command is to be; empty: it gets none.
    explicit holder_tools(const std::string& cgroup);

    boost::asio::io_context io{1};
    orphan_list orphans;
    spawner processes{1};
    net::blocking_pool threads{1};        ///< The root is a child of this one thread.
    std::unique_ptr<cgroup_home> cgroups; ///< Null where there are none.
};

/// The job of a holder, from its directory to its result. Thread safety: none; on the main thread.
class held_job {
public:
    held_job(holder_tools& with, job_launch how, const holder_descriptors& given);
    held_job(const held_job&) = delete;
    held_job& operator=(const held_job&) = delete;

    /// Makes the directory, gives it the name of the job, and starts the command. Whatever does not bring `started`
    /// leaves nothing behind.
    [[nodiscard]] boost::asio::awaitable<launch_outcome> start();

    /// The socket that others connect to. Precondition: start() has brought `started`.
    [[nodiscard]] os::unique_fd take_socket() { return std::move(socket_); }

    /// Runs the job to its end and writes its result; that is then on the disk.
    [[nodiscard]] boost::asio::awaitable<void> run();

    /// Notified when an output has something new, and when done() comes.
    [[nodiscard]] net::condition& changed() noexcept { return changed_; }

    /// The result is written.
    [[nodiscard]] bool done() const noexcept { return done_; }

    /// Precondition: run() has begun.
    [[nodiscard]] job& work() noexcept { return *job_; }

    [[nodiscard]] const job_launch& launch() const noexcept { return how_; }

    /// The command was given that many bytes more.
    void count_input(std::uint64_t bytes);

    [[nodiscard]] std::uint64_t input_bytes() const noexcept { return input_bytes_; }

private:
    [[nodiscard]] proto::result<void> make_directory();
    [[nodiscard]] proto::result<void> fill_directory();
    [[nodiscard]] proto::result<void> open_socket();
    [[nodiscard]] int give_name();
    void forget_directory() noexcept;
    [[nodiscard]] boost::asio::awaitable<proto::result<started_command>> start_command();
    [[nodiscard]] bool cgroup_holds(const spawn_request& request) const;
    [[nodiscard]] std::unique_ptr<spool> make_spool(bool of_errors);
    [[nodiscard]] std::shared_ptr<recording> begin_recording();
    [[nodiscard]] job_settings settings();
    [[nodiscard]] boost::asio::awaitable<void> end_at(boost::asio::steady_timer& clock);
    [[nodiscard]] boost::asio::awaitable<void> watch_starts(boost::asio::steady_timer& clock);
    [[nodiscard]] boost::asio::awaitable<void> empty_spools();
    void write_result();
    [[nodiscard]] boost::json::object describe_end();

    holder_tools& tools_;
    boost::asio::io_context& io_;
    job_launch how_;
    os::unique_fd talk_;
    os::unique_fd owner_;
    os::unique_fd cwd_;
    std::array<os::unique_fd, 3> child_; ///< 0, 1 and 2 of the command.
    std::array<os::unique_fd, 3> ours_;
    os::unique_fd terminal_;
    os::unique_fd record_;
    std::string name_; ///< Of the directory.
    std::optional<job_directory> directory_;
    os::unique_fd lock_;
    os::unique_fd socket_;
    job_marks marks_;
    std::array<os::unique_fd, 2> spools_;
    net::condition changed_;
    net::task_group tasks_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::array<spool*, 2> kept_{};              ///< Of job_.
    std::optional<net::blocking_pool> writers_; ///< Of the recording, where there is one.
    started_command command_;                   ///< Until job_ has it.
    std::optional<job> job_;
    std::uint64_t input_bytes_ = 0;
    bool contained_ = false; ///< No process of it can leave its cgroup.
    bool done_ = false;
};

} // namespace tug::service
