#include "jobs/job_store.hpp"

#include "jobs/boot_id.hpp"
#include "jobs/hand_over.hpp"
#include "jobs/last_words.hpp"
#include <tug/os/errno.hpp>

#include <tug/os/directory_stream.hpp>
#include <tug/proto/bytes.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

// The beginning of a job; how it goes on is in job_store_look.cpp.

namespace tug::service {

namespace json = boost::json;

namespace {

/// How long a holder may take to say what came of a launch; a program may take 10 s to start.
constexpr auto launch_time = std::chrono::seconds(30);
constexpr auto between_looks = std::chrono::milliseconds(50);

constexpr const char* cannot_use = "cannot use the state directory";

/// The name of the directory of a key's jobs. An id may hold what a name may not.
std::string directory_for(const std::string& key_id) {
    if (key_id.empty()) return "no-key";
    if (proto::is_job_name(key_id)) return "key-" + key_id;
    std::string out = "hex-";
    for (const char c : key_id) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
        out += two;
    }
    return out;
}

json::object without_name(const proto::job_start_params& params) {
    auto out = params.to_json();
    out.erase("job");
    return out;
}

proto::failure no_such_job() {
    return {proto::errc::not_found, "there is no job of that name"};
}

/// The first of argv, as a listing shows it.
json::array shown(const std::vector<std::string>& argv) {
    json::array out;
    std::size_t size = 0;
    for (const auto& one : argv) {
        size += one.size();
        if (size > proto::max_shown_argv) break;
        out.push_back(proto::bytes_to_json(one));
    }
    return out;
}

std::uint64_t now_ms() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

/// What comes until the other side closes; nothing where that takes too long, or the caller has given up.
std::optional<std::string> receive_all(int socket, const std::function<bool()>& given_up) {
    const auto end = std::chrono::steady_clock::now() + launch_time;
    std::string out;
    while (std::chrono::steady_clock::now() < end && !given_up()) {
        pollfd p{socket, POLLIN, 0};
        if (::poll(&p, 1, static_cast<int>(between_looks.count())) <= 0) continue;
        char piece[1024];
        const auto n = ::read(socket, piece, sizeof piece);
        if (n == 0) return out;
        if (n > 0) out.append(piece, static_cast<std::size_t>(n));
    }
    return std::nullopt;
}

} // namespace

proto::result<std::unique_ptr<job_store>> job_store::open(const std::string& path, const job_limits& most,
                                                          std::string program, std::string cgroup,
                                                          std::shared_ptr<const log> logger) {
    const auto fail = [&](int err) { return os::file_failure(err, "the state directory " + path + " cannot be used"); };
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail(errno);
    const os::unique_fd state(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat of_state{};
    if (!state || ::fstat(state.get(), &of_state) != 0) return fail(errno);
    if (of_state.st_uid != ::geteuid() || (of_state.st_mode & 022U) != 0)
        return proto::failure(proto::errc::permission_denied,
                              "the state directory " + path +
                                  " must belong to the user of tugd and be writable for no other: it holds what jobs "
                                  "run as, and what they wrote");
    if (::mkdirat(state.get(), "jobs", 0700) != 0 && errno != EEXIST) return fail(errno);
    std::unique_ptr<job_store> store(new job_store);
    store->jobs_.reset(::openat(state.get(), "jobs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!store->jobs_) return fail(errno);
    store->most_ = most;
    store->stock_ = std::make_unique<holder_stock>(std::move(program), cgroup, logger);
    store->cgroup_ = std::move(cgroup);
    store->logger_ = std::move(logger);
    store->tidy();
    return store;
}

proto::result<os::unique_fd> job_store::open_owner(const std::string& owner) const {
    if (::mkdirat(jobs_.get(), owner.c_str(), 0700) != 0 && errno != EEXIST) return os::file_failure(errno, cannot_use);
    os::unique_fd out(::openat(jobs_.get(), owner.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!out) return os::file_failure(errno, cannot_use);
    return out;
}

proto::result<proto::job_start_result>
job_store::start(const caller& who, proto::job_start_params params,
                 const std::function<proto::result<void>(job_launch&, holder_descriptors&)>& prepare,
                 const std::function<bool()>& given_up) {
    if (params.job.empty()) params.job = "job-" + unnamed_job().substr(1);
    const key k(directory_for(who.key_id), params.job);
    // One start of a name at a time: a second one learns what became of the first.
    std::unique_lock lock(mutex_);
    while (starting_.contains(k)) started_.wait(lock);
    starting_.insert(k);
    lock.unlock();
    const std::shared_ptr<void> done(nullptr, [&](void*) {
        const std::lock_guard again(mutex_);
        starting_.erase(k);
        started_.notify_all();
    });
    const auto asked = without_name(params);
    if (const auto there = find_in(k.first, k.second)) return attach_to(*there, asked);
    const auto owner = open_owner(k.first);
    if (!owner) return owner.error();
    const std::uint64_t bytes = params.keep_bytes * (params.command.one_output() ? 1 : 2);
    if (auto place = take_place(bytes); !place) return place.error();
    job_launch how;
    how.name = k.second;
    how.cgroup = cgroup_;
    how.keep_bytes = params.keep_bytes;
    how.end_when_full = params.overflow == proto::job_overflow::end;
    holder_descriptors given;
    if (auto ready = prepare(how, given); !ready) return ready.error();
    given.owner = owner->get();
    how.request = {{"owner", who.key_id},
                   {"params", asked},
                   {"argv", shown(how.command.argv)},
                   {"pty", params.command.pty.has_value()},
                   {"started_ms", now_ms()},
                   {"keep_ms", params.keep_ms},
                   {"keep_bytes", bytes}};
    pid_t holder = -1;
    const auto outcome = launch(how, given, given_up, holder);
    if (!outcome) return outcome.error();
    const auto there = find_in(k.first, k.second);
    if (!outcome->was_told && there)
        return proto::failure(proto::errc::job_lost,
                              "the job has its name, and whether its command ran is not known: " +
                                  outcome->why.message);
    if (outcome->what == launch_outcome::kind::failed) return outcome->why;
    if (!there) return proto::failure(proto::errc::internal_error, "the job has no directory");
    if (outcome->what == launch_outcome::kind::exists) return attach_to(*there, asked);
    count_in(*there, holder);
    proto::job_start_result out;
    out.job = k.second;
    out.pid = outcome->pid;
    return out;
}

void job_store::prepare_next() {
    stock_->replenish();
}

proto::result<proto::job_start_result> job_store::attach_to(const found_job& job, const json::object& params) const {
    const auto directory = directory_of(job);
    if (!directory) return directory.error();
    const auto request = directory->find(job_file::request);
    if (!request) return request.error();
    const auto marks = directory->marks();
    if (!marks) return marks.error();
    const auto* same = *request ? (*request)->if_contains("params") : nullptr;
    if (same == nullptr || *same != json::value(params))
        return proto::failure(proto::errc::already_exists,
                              "there is a job of this name that was started with other params");
    proto::job_start_result out;
    out.job = job.name;
    out.is_new = false;
    out.pid = static_cast<std::int64_t>(marks->get(job_marks::mark::pid));
    return out;
}

job_counts job_store::counts() const {
    const std::lock_guard lock(mutex_);
    job_counts out;
    for (const auto& [k, e] : known_) out.running += e.info.state == proto::job_state::running ? 1 : 0;
    out.kept = known_.size();
    return out;
}

proto::result<void> job_store::take_place(std::uint64_t bytes) {
    for (const bool looked : {false, true}) {
        std::size_t running = 0;
        std::uint64_t kept = bytes;
        std::unique_lock lock(mutex_);
        for (const auto& [k, e] : known_) {
            running += e.info.state == proto::job_state::running ? 1 : 0;
            kept += e.bytes();
        }
        const bool too_many = running + starting_.size() > most_.running;
        const bool too_much = known_.size() + starting_.size() > most_.kept || kept > most_.bytes;
        if (!too_many && !too_much) return {};
        lock.unlock();
        if (!looked) {
            tidy(); // some may have ended since
            continue;
        }
        if (too_many)
            return proto::failure(proto::errc::busy,
                                  std::to_string(most_.running) + " jobs are running; --max-jobs of tugd allows more");
        if (kept <= most_.bytes)
            return proto::failure(proto::errc::busy, std::to_string(most_.kept) +
                                                         " jobs are kept; remove some, or --max-kept-jobs of tugd "
                                                         "allows more");
        break;
    }
    return proto::failure(proto::errc::no_space, "all jobs together may keep " + std::to_string(most_.bytes) +
                                                     " bytes; remove some, keep less (keep_bytes), or "
                                                     "--max-job-bytes of tugd allows more");
}

proto::result<launch_outcome> job_store::launch(const job_launch& how, const holder_descriptors& given,
                                                const std::function<bool()>& given_up, pid_t& holder) {
    const auto ready = stock_->take();
    if (!ready) return ready.error();
    holder = ready->pid;
    const auto& talk = ready->talk;
    static_cast<void>(hand_over(talk.get(), given, how.to_text())); // a holder that has died says nothing
    const auto said = receive_all(talk.get(), given_up);
    if (!said)
        return proto::failure(given_up() ? proto::errc::cancelled : proto::errc::timed_out,
                              "the job may have been started: start it again by its name");
    auto outcome = launch_outcome::parse(*said);
    if (!outcome.was_told) outcome.why.message = end_text(std::move(outcome.why.message), stock_->how_ended(holder));
    return outcome;
}

/// How it is now is looked at when that is asked for.
void job_store::count_in(const found_job& job, pid_t holder) {
    const auto directory = directory_of(job);
    if (!directory) return;
    auto e = load(job, *directory);
    if (!e) return;
    e->holder = holder;
    remember(job, std::move(*e));
}

// --- what is there ---------------------------------------------------------------------------------------------------

std::optional<found_job> job_store::find_in(const std::string& owner, const std::string& name) const {
    struct stat there{};
    const auto path = owner + "/" + name;
    if (::fstatat(jobs_.get(), path.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(there.st_mode))
        return std::nullopt;
    return found_job{owner, name, there.st_ino};
}

/// Its own first.
proto::result<std::vector<std::string>> job_store::owners_for(const caller& who) const {
    std::vector<std::string> out{directory_for(who.key_id)};
    if (!who.key_id.empty() && !(who.rules && who.rules->all_jobs)) return out;
    const auto entries = os::open_stream(jobs_.get());
    if (!entries) return os::file_failure(errno, cannot_use);
    while (const dirent* e = ::readdir(entries.get())) // NOLINT(concurrency-mt-unsafe): the stream is ours
        if (e->d_name[0] != '.' && out.front() != e->d_name) out.emplace_back(e->d_name);
    std::sort(out.begin() + 1, out.end());
    return out;
}

proto::result<found_job> job_store::find(const caller& who, const std::string& name) const {
    const auto owners = owners_for(who);
    if (!owners) return owners.error();
    for (const auto& owner : *owners)
        if (auto found = find_in(owner, name)) return std::move(*found);
    return no_such_job();
}

proto::result<job_directory> job_store::directory_of(const found_job& job) const {
    auto out = job_directory::open(jobs_.get(), job.owner + "/" + job.name);
    if (!out && errno != ENOENT && errno != ENOTDIR)
        return os::file_failure(errno, "cannot open the directory of the job");
    struct stat now{};
    if (!out || ::fstat(out->fd(), &now) != 0 || now.st_ino != job.inode) return no_such_job();
    return std::move(*out);
}

proto::result<void> job_store::add_jobs_of(const std::string& owner, std::vector<found_job>& to) const {
    const os::unique_fd directory(
        ::openat(jobs_.get(), owner.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory && (errno == ENOENT || errno == ENOTDIR)) return {}; // it has none, or is none
    const auto entries = directory ? os::open_stream(directory.get()) : nullptr;
    if (!entries) return os::file_failure(errno, cannot_use);
    const auto before = static_cast<std::ptrdiff_t>(to.size());
    while (const dirent* e = ::readdir(entries.get())) // NOLINT(concurrency-mt-unsafe): the stream is ours
        if (proto::is_job_name(e->d_name)) to.push_back({owner, e->d_name, e->d_ino});
    std::sort(to.begin() + before, to.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return {};
}

proto::result<std::vector<found_job>> job_store::list(const caller& who) const {
    const auto owners = owners_for(who);
    if (!owners) return owners.error();
    std::vector<found_job> out;
    for (const auto& owner : *owners)
        if (auto added = add_jobs_of(owner, out); !added) return added.error();
    return out;
}

proto::result<std::vector<found_job>> job_store::all() const {
    return list(caller()); // who has no key sees all
}

} // namespace tug::service
