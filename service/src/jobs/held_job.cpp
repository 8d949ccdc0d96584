#include "jobs/held_job.hpp"

#include "tug/net/tokens.hpp"

#include "jobs/boot_id.hpp"
#include "jobs/file_spool.hpp"
#include "process/resource_limits.hpp"
#include "process/tag.hpp"
#include <tug/os/errno.hpp>

#include <tug/net/blocking.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <linux/fs.h>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using net::as_tuple;

/// How often a full disk is tried again, and a start that takes long is looked at.
constexpr auto between_checks = std::chrono::milliseconds(200);

constexpr const char* of_directory = "cannot make the directory of the job";

} // namespace

holder_tools::holder_tools(const std::string& cgroup) {
    cgroups = cgroup_home::open_beside(cgroup);
    // To make one takes long; it goes back, and is lent again.
    if (cgroups) static_cast<void>(cgroups->lend(false));
    static_cast<void>(boot_id());
    static_cast<void>(tag_family());
}

held_job::held_job(holder_tools& with, job_launch how, const holder_descriptors& given)
    : tools_(with),
      io_(with.io),
      how_(std::move(how)),
      owner_(given.owner),
      cwd_(given.cwd),
      child_{os::unique_fd(given.child_in), os::unique_fd(given.child_out), os::unique_fd(given.child_err)},
      ours_{os::unique_fd(given.in), os::unique_fd(given.out), os::unique_fd(given.err)},
      terminal_(given.terminal),
      record_(given.record),
      changed_(with.io.get_executor()),
      tasks_(with.io.get_executor()) {}

// --- the beginning ---------------------------------------------------------------------------------------------------

asio::awaitable<launch_outcome> held_job::start() {
    launch_outcome out;
    const auto fail = [&](proto::failure why) {
        forget_directory();
        out.why = std::move(why);
        return out;
    };
    if (auto made = make_directory(); !made) co_return fail(made.error());
    if (auto filled = fill_directory(); !filled) co_return fail(filled.error());
    if (const int err = give_name(); err != 0) {
        auto failed = fail(os::file_failure(err, "cannot give the job its name"));
        if (err == EEXIST) failed.what = launch_outcome::kind::exists;
        co_return failed;
    }
    // From here on there is a job of that name: who starts it again finds it, and it runs once.
    auto command = co_await start_command();
    if (!command) co_return fail(command.error());
    out.what = launch_outcome::kind::started;
    out.pid = command->process.pid();
    marks_.set(job_marks::mark::pid, static_cast<std::uint64_t>(out.pid));
    command_ = std::move(*command);
    co_return out;
}

proto::result<void> held_job::make_directory() {
    name_ = unnamed_job();
    if (::mkdirat(owner_.get(), name_.c_str(), 0700) != 0) return os::file_failure(errno, of_directory);
    directory_ = job_directory::open(owner_.get(), name_);
    if (!directory_) return os::file_failure(errno, of_directory);
    lock_ = directory_->open_file(job_file::lock, O_RDWR | O_CREAT | O_EXCL);
    // Not without waiting: who looks whether a holder lives has it for a moment.
    if (!lock_ || ::flock(lock_.get(), LOCK_EX) != 0) return os::file_failure(errno, of_directory);
    const auto words = directory_->open_file(job_file::words, O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
    if (!words || ::dup2(words.get(), STDERR_FILENO) < 0) return os::file_failure(errno, of_directory);
    return {};
}

proto::result<void> held_job::fill_directory() {
    const bool errors = static_cast<bool>(ours_[2]);
    for (const auto& [file, wanted, to] : {std::tuple(job_file::standard_output, true, &spools_[0]),
                                           std::tuple(job_file::standard_error, errors, &spools_[1])}) {
        if (!wanted) continue;
        *to = directory_->open_file(file, O_RDWR | O_CREAT | O_EXCL);
        if (!*to) return os::file_failure(errno, of_directory);
    }
    if (auto able = file_spool::check(spools_[0].get()); !able) return able;
    auto marks = directory_->open_file(job_file::marks, O_RDWR | O_CREAT | O_EXCL);
    if (!marks) return os::file_failure(errno, of_directory);
    marks_ = job_marks(std::move(marks));
    if (!marks_.prepare()) return os::file_failure(errno, of_directory);
    if (const int err = directory_->reserve(job_file::result)) return os::file_failure(err, of_directory);
    auto request = how_.request;
    request["boot"] = boot_id();
    request["family"] = tag_family();
    request["cgroup"] = how_.cgroup;
    request["stderr"] = errors;
    if (auto open = open_socket(); !open) return open;
    // Last: the flush takes along what was made before.
    if (const int err = directory_->write_first(job_file::request, request)) return os::file_failure(err, of_directory);
    return {};
}

proto::result<void> held_job::open_socket() {
    socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::strncpy(where.sun_path, directory_->socket_path().c_str(), sizeof where.sun_path - 1);
    if (!socket_ || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
        ::listen(socket_.get(), SOMAXCONN) != 0)
        return os::file_failure(errno, "cannot make the socket of the job");
    return {};
}

/// The name is on the disk before anything runs. 0 or the errno.
int held_job::give_name() {
    if (::syscall(SYS_renameat2, owner_.get(), name_.c_str(), owner_.get(), how_.name.c_str(), RENAME_NOREPLACE) != 0)
        return errno;
    name_ = how_.name;
    return ::fsync(owner_.get()) == 0 ? 0 : errno;
}

void held_job::forget_directory() noexcept {
    if (!directory_) return;
    static_cast<void>(remove_job(owner_.get(), name_));
}

asio::awaitable<proto::result<started_command>> held_job::start_command() {
    auto group = tools_.cgroups ? tools_.cgroups->lend(how_.keep_children) : cgroup_home::loan();
    auto& request = how_.command;
    request.cwd_fd = cwd_.get();
    request.stdin_fd = child_[0].get();
    request.stdout_fd = child_[1].get();
    request.stderr_fd = child_[2] ? child_[2].get() : child_[1].get();
    if (terminal_) request.stdin_fd = request.stdout_fd = request.stderr_fd = child_[0].get();
    if (group.get() != nullptr) request.cgroup_fd = group.get()->directory();
    asio::steady_timer clock(io_);
    net::task_group watching(io_.get_executor());
    watching.spawn(watch_starts(clock));
    const auto spawn = [&] { return spawn_within(tools_.processes, request, group.get(), how_.limits); };
    auto process = co_await net::run_blocking(tools_.threads, spawn);
    watching.cancel();
    co_await watching.join();
    cwd_.reset();
    if (!process) co_return process.error();
    contained_ = process->in_cgroup() && cgroup_holds(request);
    started_command out;
    if (terminal_) out.terminal = terminal_ends{std::move(terminal_), std::move(child_[0])};
    out.types = how_.typed;
    out.record = begin_recording();
    out.cpu_ms = how_.limits.cpu_ms;
    for (auto& end : child_) end.reset();
    out.process = std::move(*process);
    out.group = std::move(group);
    out.in = std::move(ours_[0]);
    out.out = std::move(ours_[1]);
    out.err = std::move(ours_[2]);
    co_return out;
}

/// Null where there is none.
std::shared_ptr<recording> held_job::begin_recording() {
    if (!how_.record) return nullptr;
    auto& begun = *how_.record;
    return std::make_shared<recording>(std::move(begun.name), std::move(record_), std::move(begun.header), begun.how,
                                       writers_.emplace(1));
}

bool held_job::cgroup_holds(const spawn_request& request) const {
    if (!request.run_as) return tools_.cgroups->holds(nullptr);
    account user;
    user.uid = request.run_as->uid;
    user.gid = request.run_as->gid;
    user.groups = request.run_as->groups;
    return tools_.cgroups->holds(&user);
}

asio::awaitable<void> held_job::watch_starts(asio::steady_timer& clock) {
    for (;;) {
        clock.expires_after(between_checks);
        const auto [ec] = co_await clock.async_wait(as_tuple);
        if (ec) co_return;
        tools_.processes.end_stuck(std::chrono::steady_clock::now());
    }
}

std::unique_ptr<spool> held_job::make_spool(bool of_errors) {
    using mark = job_marks::mark;
    const file_spool::marks_of marks{marks_, of_errors ? mark::err_kept_from : mark::out_kept_from,
                                     of_errors ? mark::err_stalled : mark::out_stalled};
    const auto overflow = how_.end_when_full ? proto::job_overflow::end : proto::job_overflow::drop;
    auto made = std::make_unique<file_spool>(std::move(spools_[of_errors ? 1 : 0]), how_.keep_bytes, overflow, marks,
                                             [this] { job_->end(proto::exec_reason::output_limit); });
    kept_[of_errors ? 1 : 0] = made.get();
    return made;
}

job_settings held_job::settings() {
    job_settings how;
    how.begun = begun_;
    how.keep_children = how_.keep_children;
    how.grace = std::chrono::milliseconds(how_.grace_ms);
    if (how_.output_limit > 0) how.output_limit = how_.output_limit;
    how.cpu_ms = how_.limits.cpu_ms;
    how.make_spool = [this](bool of_errors) { return make_spool(of_errors); };
    how.policy = when_full::drop_oldest;
    if (contained_) how.contained_by = proto::containment::cgroup;
    return how;
}

// --- the end ---------------------------------------------------------------------------------------------------------

asio::awaitable<void> held_job::run() {
    asio::steady_timer clock(io_);
    job_.emplace(io_.get_executor(), changed_, tools_.orphans, tools_.threads, settings(), std::move(command_));
    job_->start();
    if (how_.timeout_ms > 0) tasks_.spawn(end_at(clock));
    co_await job_->wait_finished();
    clock.cancel();
    job_->close();
    co_await job_->join();
    co_await empty_spools();
    write_result();
    done_ = true;
    changed_.notify_all();
    co_await tasks_.join();
}

asio::awaitable<void> held_job::end_at(asio::steady_timer& clock) {
    clock.expires_after(std::chrono::milliseconds(how_.timeout_ms));
    const auto [ec] = co_await clock.async_wait(as_tuple);
    if (!ec) job_->end(proto::exec_reason::timed_out);
}

/// What a full disk has not taken yet is waited for, unless the job was told to end.
asio::awaitable<void> held_job::empty_spools() {
    asio::steady_timer clock(io_);
    const auto waits = [](spool* one) { return one != nullptr && one->room() == 0; };
    while (!job_->told_to_end() && (waits(kept_[0]) || waits(kept_[1]))) {
        clock.expires_after(between_checks);
        co_await clock.async_wait(as_tuple);
    }
}

/// Where it cannot be written, the job is lost, as it is told to be: what is not on the disk did not happen.
void held_job::write_result() {
    if (directory_->write(job_file::result, describe_end()) == 0) ::unlinkat(directory_->fd(), job_file::words, 0);
}

json::object held_job::describe_end() {
    json::object out;
    using namespace std::chrono;
    out["ended_ms"] = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    const auto describe = [](const spool& kept) {
        return json::object{{"bytes", kept.written()}, {"kept_from", kept.kept_from()}};
    };
    out["stdout"] = describe(*kept_[0]);
    if (kept_[1] != nullptr) out["stderr"] = describe(*kept_[1]);
    out["stdin_bytes"] = input_bytes_;
    out["result"] = job_->result().to_json();
    return out;
}

void held_job::count_input(std::uint64_t bytes) {
    input_bytes_ += bytes;
    marks_.set(job_marks::mark::input, input_bytes_);
}

} // namespace tug::service
