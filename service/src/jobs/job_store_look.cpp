#include "jobs/boot_id.hpp"
#include "jobs/holder_client.hpp"
#include "jobs/job_store.hpp"
#include "jobs/last_words.hpp"
#include "process/cgroup_home.hpp"
#include "process/process_tree.hpp"
#include "process/tag.hpp"

#include <tug/net/task_group.hpp>
#include <tug/os/directory_stream.hpp>
#include <tug/os/errno.hpp>
#include <tug/proto/bytes.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

// How a job is, and what becomes of it.

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using mark = job_marks::mark;
using proto::job_state;

std::uint64_t now_in_ms() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

std::uint64_t number_in(const json::object& from, std::string_view name) {
    const auto* v = from.if_contains(name);
    boost::system::error_code ec;
    const auto n = v ? v->to_number<std::uint64_t>(ec) : 0;
    return ec ? 0 : n;
}

std::string text_in(const json::object& from, std::string_view name) {
    const auto* v = from.if_contains(name);
    return v && v->is_string() ? std::string(v->get_string()) : std::string();
}

bool flag_in(const json::object& from, std::string_view name) {
    const auto* v = from.if_contains(name);
    return v && v->is_bool() && v->get_bool();
}

/// What the files of a job say of an output.
proto::job_output output_of(const job_directory& in, const job_marks& marks, const char* file, mark from,
                            mark stalled) {
    proto::job_output out;
    out.kept_from = marks.get(from);
    struct stat now{};
    if (::fstatat(in.fd(), file, &now, AT_SYMLINK_NOFOLLOW) == 0) out.bytes = static_cast<std::uint64_t>(now.st_size);
    out.bytes = std::max(out.bytes, out.kept_from);
    if (const auto err = marks.get(stalled); err != 0) out.stalled = os::errno_name(static_cast<int>(err));
    return out;
}

/// Fails where they cannot be known.
proto::result<void> add_live_numbers(proto::job_info& to, const job_directory& in) {
    const auto marks = in.marks();
    if (!marks) return marks.error();
    to.pid = static_cast<std::int64_t>(marks->get(mark::pid));
    to.input_bytes = marks->get(mark::input);
    to.standard_output = output_of(in, *marks, job_file::standard_output, mark::out_kept_from, mark::out_stalled);
    if (to.standard_error)
        to.standard_error = output_of(in, *marks, job_file::standard_error, mark::err_kept_from, mark::err_stalled);
    return {};
}

/// Adds what `result` says. False where there is none yet. Fails where that cannot be known.
proto::result<bool> add_end(proto::job_info& to, const job_directory& in) {
    const auto found = in.find(job_file::result);
    if (!found) return found.error();
    const auto& end = *found;
    const auto* members = end ? end->if_contains("result") : nullptr;
    auto result = members && members->is_object() ? proto::exec_result::parse(members->get_object())
                                                  : proto::result<proto::exec_result>(proto::errc::not_found);
    if (!result) return false;
    if (auto added = add_live_numbers(to, in); !added) return added.error();
    to.state = job_state::ended;
    to.ended_ms = number_in(*end, "ended_ms");
    to.input_bytes = number_in(*end, "stdin_bytes");
    const auto take = [&](proto::job_output& output, const char* name) {
        const auto* said = end->if_contains(name);
        if (said == nullptr || !said->is_object()) return;
        output.bytes = number_in(said->get_object(), "bytes");
        output.kept_from = number_in(said->get_object(), "kept_from");
        output.stalled.clear();
    };
    take(to.standard_output, "stdout");
    if (to.standard_error) take(*to.standard_error, "stderr");
    to.result = std::move(*result);
    return true;
}

/// How a job is that ran when it was looked at last; adds its end, where it has ended.
proto::result<job_state> find_state(proto::job_info& to, const job_directory& in) {
    const auto first = add_end(to, in);
    if (!first) return first.error();
    if (*first) return job_state::ended;
    // In this order: a holder writes the result while it has the lock.
    const bool held = in.is_held();
    const auto second = add_end(to, in);
    if (!second) return second.error();
    return *second ? job_state::ended : held ? job_state::running : job_state::lost;
}

/// Tells a holder to end its job, and waits until it has.
asio::awaitable<void> end_job(asio::any_io_executor executor, const job_directory& job) {
    holder_client holder(executor);
    const auto there = co_await holder.connect(job);
    if (there && *there && holder.start("end", {})) co_await holder.wait_gone();
    co_await holder.close();
}

} // namespace

std::uint64_t job_store::entry::bytes() const noexcept {
    if (info.state == job_state::running) return keep_bytes;
    const auto kept = [](const proto::job_output& o) { return o.bytes - std::min(o.bytes, o.kept_from); };
    return kept(info.standard_output) + (info.standard_error ? kept(*info.standard_error) : 0);
}

std::optional<job_store::entry> job_store::known(const found_job& job) const {
    const std::lock_guard lock(mutex_);
    const auto at = known_.find({job.owner, job.name});
    if (at == known_.end() || at->second.inode != job.inode) return std::nullopt;
    return at->second;
}

void job_store::remember(const found_job& job, entry e) {
    const std::lock_guard lock(mutex_);
    known_.insert_or_assign({job.owner, job.name}, std::move(e));
}

proto::result<job_store::entry> job_store::load(const found_job& job, const job_directory& in) {
    const auto found = in.find(job_file::request);
    if (!found) return found.error();
    const auto& request = *found;
    if (!request) return proto::failure(proto::errc::io_error, "the request of the job cannot be read");
    entry out;
    out.inode = job.inode;
    out.keep_bytes = number_in(*request, "keep_bytes");
    out.keep_ms = number_in(*request, "keep_ms");
    out.family = number_in(*request, "family");
    out.boot = text_in(*request, "boot");
    out.cgroup = text_in(*request, "cgroup");
    auto& info = out.info;
    info.job = job.name;
    info.owner = text_in(*request, "owner");
    info.started_ms = number_in(*request, "started_ms");
    info.terminal = flag_in(*request, "pty");
    if (flag_in(*request, "stderr")) info.standard_error.emplace();
    if (const auto* argv = request->if_contains("argv"); argv && argv->is_array())
        for (const auto& one : argv->get_array())
            info.argv.push_back(proto::bytes_from_json(one).value_or(std::string()));
    const auto lost = in.read(job_file::lost);
    const auto result = in.find(job_file::result);
    if (lost && result && !*result) { // a result says more than who found none at some time
        if (auto added = add_live_numbers(info, in); !added) return added.error();
        info.state = job_state::lost;
        info.ended_ms = number_in(*lost, "ended_ms");
        info.why = text_in(*lost, "why");
    }
    return out;
}

proto::result<proto::job_info> job_store::look_at(const found_job& job) {
    auto e = known(job);
    if (e && e->info.state != job_state::running) return std::move(e->info);
    const auto directory = directory_of(job);
    if (!directory) return directory.error();
    if (!e) {
        auto loaded = load(job, *directory);
        if (!loaded) return loaded.error();
        e = std::move(*loaded);
    }
    if (e->info.state == job_state::running) {
        const auto state = find_state(e->info, *directory);
        if (!state) return state.error();
        if (*state == job_state::lost) return lose(job, std::move(*e), *directory);
        auto added = *state == job_state::running ? add_live_numbers(e->info, *directory) : proto::result<void>();
        if (!added) return added.error();
    }
    remember(job, *e);
    return std::move(e->info);
}

/// What is over does not change any more: to make its line takes longer than all else of a listing.
proto::result<void> job_store::add_line(const found_job& job, std::string& to) {
    {
        const std::lock_guard lock(mutex_);
        const auto at = known_.find({job.owner, job.name});
        if (at != known_.end() && at->second.inode == job.inode && at->second.line) {
            to += *at->second.line;
            return {};
        }
    }
    const auto info = look_at(job);
    if (!info)
        return info.error().code == proto::errc::busy ? proto::result<void>(info.error()) : proto::result<void>();
    auto line = std::make_shared<const std::string>(json::serialize(info->to_json()) + "\n");
    to += *line;
    if (info->state == job_state::running) return {};
    const std::lock_guard lock(mutex_);
    const auto at = known_.find({job.owner, job.name});
    if (at != known_.end() && at->second.inode == job.inode) at->second.line = std::move(line);
    return {};
}

/// Nothing is known of how it ended: that is told, and what is left of its tree has no one who would end it.
proto::result<proto::job_info> job_store::lose(const found_job& job, entry of, const job_directory& in) {
    if (auto added = add_live_numbers(of.info, in); !added) return added.error();
    if (of.boot == boot_id() && of.family != 0) {
        static_cast<void>(cgroup_home::open(of.cgroup)); // which ends what is in cgroups of holders that are gone
        call_processes commands;
        commands.tag = of.family;
        commands.tag_bits = tag_family_bits;
        kill_all(commands);
    }
    of.info.state = job_state::lost;
    of.info.ended_ms = now_in_ms();
    of.info.why = why_lost(of, in);
    static_cast<void>(in.write(job_file::lost, {{"ended_ms", *of.info.ended_ms}, {"why", of.info.why}}));
    logger_->warning("job_lost", {{"job", job.name}, {"owner", of.info.owner}, {"why", of.info.why}});
    auto info = of.info;
    remember(job, std::move(of));
    return info;
}

/// As far as it is known: a holder that another daemon has started leaves its words alone.
std::string job_store::why_lost(const entry& of, const job_directory& in) const {
    if (of.boot != boot_id()) return "its host was started anew";
    return end_text(in.holder_words(), of.holder > 0 ? stock_->how_ended(of.holder) : std::string());
}

proto::result<void> job_store::remove(const found_job& job) {
    const auto info = look_at(job);
    if (!info) return info.error();
    if (info->state == job_state::running)
        return proto::failure(proto::errc::busy, "the job runs; cancel it first, or wait for its end");
    const auto owner = open_owner(job.owner);
    if (!owner) return owner.error();
    if (const int err = remove_job(owner->get(), job.name)) return os::file_failure(err, "cannot remove the job");
    const std::lock_guard lock(mutex_);
    known_.erase({job.owner, job.name});
    return {};
}

// --- what happens by itself ------------------------------------------------------------------------------------------

namespace {

/// How old a directory without a name is, at least, that is given up.
constexpr std::uint64_t unnamed_seconds = 60;

/// Directories without a name whose holder is gone: it died before its job began, or it was being removed.
void remove_unnamed(int jobs, const std::string& owner) {
    const os::unique_fd directory(::openat(jobs, owner.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const auto entries = directory ? os::open_stream(directory.get()) : nullptr;
    if (!entries) return;
    while (const dirent* e = ::readdir(entries.get())) { // NOLINT(concurrency-mt-unsafe): the stream is ours
        const std::string name(e->d_name);
        if (name.size() < 3 || name.front() != '.') continue;
        const auto one = job_directory::open(directory.get(), name);
        struct stat made{};
        if (!one || ::fstat(one->fd(), &made) != 0 || one->is_held()) continue;
        // It may be one that is being made at this moment, and has no lock yet.
        if (now_in_ms() / 1000 < static_cast<std::uint64_t>(made.st_mtim.tv_sec) + unnamed_seconds) continue;
        one->clear();
        ::unlinkat(directory.get(), name.c_str(), AT_REMOVEDIR);
    }
}

} // namespace

void job_store::tidy() {
    stock_->reap();
    const auto found = all();
    const auto owners = owners_for(caller());
    if (!found || !owners) return; // what could not be seen is not gone
    std::set<key> there;
    for (const auto& job : *found) {
        there.emplace(job.owner, job.name);
        const auto info = look_at(job);
        const auto e = known(job);
        if (info && e && info->state != job_state::running && now_in_ms() - info->ended_ms.value_or(0) >= e->keep_ms)
            static_cast<void>(remove(job));
    }
    for (const auto& owner : *owners) remove_unnamed(jobs_.get(), owner);
    const std::lock_guard lock(mutex_);
    // What was removed by another daemon, or by hand.
    std::erase_if(known_,
                  [&](const auto& one) { return !there.contains(one.first) && !starting_.contains(one.first); });
}

void job_store::end_all(std::chrono::milliseconds most) {
    const auto end = std::chrono::steady_clock::now() + most;
    std::vector<job_directory> running;
    const auto found = all();
    if (!found) return;
    for (const auto& job : *found) {
        const auto info = look_at(job);
        if (!info || info->state != job_state::running) continue;
        if (auto directory = directory_of(job)) running.push_back(std::move(*directory));
    }
    asio::io_context io(1);
    net::task_group tasks(io.get_executor());
    for (const auto& one : running) tasks.spawn(end_job(io.get_executor(), one));
    io.run_until(end);
}

} // namespace tug::service
