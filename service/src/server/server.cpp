#include "tug/service/server.hpp"

#include "announce/announcer.hpp"
#include "metrics/http_endpoint.hpp"
#include "metrics/page.hpp"
#include "process/helper_process.hpp"
#include "server/check_options.hpp"
#include "server/context.hpp"
#include "server/io_thread.hpp"
#include "server/listener.hpp"
#include "server/worker.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/remedy.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// From the end of the grace period until connections are cut: enough for a tree of processes to be killed.
constexpr auto last_wait = std::chrono::seconds(3);

/// How long start() waits for addresses in use, all together.
constexpr auto address_time = std::chrono::seconds(2);

constexpr auto between_tidies = std::chrono::seconds(1);

/// How long jobs may take to end with their server, where that is process 1.
constexpr auto job_end_time = std::chrono::seconds(5);

constexpr auto plain_risk = "NOT ENCRYPTED: every host on the network between can read and change every command, its "
                            "output and every file, and take over connections; use --tls-cert and --tls-key";

/// What mends it for the one who starts the server: its files and sockets are on this side.
std::string remedy_here(proto::failure why) {
    const bool of_a_file = why.code == proto::errc::io_error || why.code == proto::errc::not_found;
    if (of_a_file && !why.os_error.empty()) why.code = proto::errc::local_io;
    return std::string(proto::remedy(why));
}

/// what() is what happened and what to do about it, for whoever prints it.
class raised : public boost::system::system_error {
public:
    explicit raised(const proto::failure& why)
        : system_error(proto::make_error_code(why.code)), what_(why.message + ": " + remedy_here(why)) {}

    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

private:
    std::string what_;
};

[[noreturn]] void raise(const proto::failure& f) {
    throw raised(f);
}

served_root open_root(const options& o) {
    auto r = served_root::open(o.root);
    if (r) return std::move(*r);
    auto why = r.error();
    why.code = proto::errc::local_io; // of this host, to the one who starts it
    why.message = "root " + o.root + ": " + why.message;
    raise(why);
}

std::unique_ptr<audit> open_audit(const options& o, std::shared_ptr<const log> logger) {
    auto a = audit::open(o.audit, std::move(logger));
    if (!a) raise(a.error());
    return std::move(*a);
}

std::optional<account> find_exec_user(const options& o) {
    if (o.exec_user.empty()) return std::nullopt;
    if (::geteuid() != 0)
        raise(proto::failure::bad_field("exec_user", "needs a server that runs as root: no other can start commands "
                                                     "as another user"));
    auto found = find_account(o.exec_user);
    if (!found) raise(found.error());
    return std::move(*found);
}

std::unique_ptr<recordings> open_recordings(const recording_options& how) {
    if (how.directory.empty()) return nullptr;
    auto opened = recordings::open(how);
    if (!opened) raise(opened.error());
    return std::move(*opened);
}

std::unique_ptr<job_store> open_jobs(const options& o, const std::string& cgroup,
                                     const std::shared_ptr<const log>& logger) {
    if (o.state_dir.empty()) return nullptr;
    const job_limits most{o.jobs, o.kept_jobs, o.job_bytes};
    auto opened =
        job_store::open(o.state_dir, most, o.helper_program.empty() ? own_program : o.helper_program, cgroup, logger);
    if (!opened) raise(opened.error());
    return std::move(*opened);
}

} // namespace

struct server::impl {
    context shared;
    asio::io_context control{1};
    asio::executor_work_guard<asio::io_context::executor_type> stay{control.get_executor()};
    net::task_group accepting{control.get_executor()};
    net::task_group stopping{control.get_executor()};
    net::task_group observing{control.get_executor()}; ///< Until all is over: draining is seen, too.
    asio::steady_timer grace{control.get_executor()};
    std::vector<os::unique_fd> passed; ///< Sockets that listen already, until start().
    std::vector<std::unique_ptr<listener>> listeners;
    std::vector<std::unique_ptr<worker>> workers;
    std::vector<net::address> addresses;
    std::vector<net::address> exposed; ///< Of addresses: plain, and others can reach them.
    std::optional<net::address> metrics_address;
    std::unique_ptr<http_endpoint> http;
    std::vector<std::string> announce_on; ///< Interfaces.
    std::unique_ptr<announcer> announces; ///< Null where it answers no queries.
    io_thread thread;                     ///< The one that accepts.
    int stops = 0;                        ///< How often stop() was called.
    bool over = false;                    ///< No connection is left.

    impl(options o, std::shared_ptr<const log> logger, std::unique_ptr<audit> trail, std::optional<account> as,
         served_root r, std::unique_ptr<cgroup_home> cgroups, std::unique_ptr<job_store> jobs)
        : shared(std::move(o), std::move(logger), std::move(trail), std::move(as), std::move(r), std::move(cgroups),
                 std::move(jobs)) {}

    /// The connection goes to the thread that has the fewest.
    void deal(accepted_socket s) {
        auto* least = std::ranges::min_element(workers, {}, [](const auto& w) { return w->load(); })->get();
        least->take(std::move(s));
    }

    asio::awaitable<void> tidy_jobs();
    void take(proto::result<std::unique_ptr<listener>> opened);
    void open_metrics(std::chrono::steady_clock::time_point deadline);
    void open_announcer();
    asio::awaitable<void> close_metrics();
    asio::awaitable<void> shut_down();
    asio::awaitable<void> wait(std::chrono::milliseconds time);
};

/// The end of a holder is seen at the latest then: its tree is ended, and its job is lost.
asio::awaitable<void> server::impl::tidy_jobs() {
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::steady_timer clock(control);
    const auto tidy = [this] { shared.jobs->tidy(); };
    for (;;) {
        clock.expires_after(between_tidies);
        const auto [ec] = co_await clock.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
        co_await net::run_blocking(shared.file_pool, tidy);
        const auto cancelled = co_await asio::this_coro::cancellation_state;
        if (cancelled.cancelled() != asio::cancellation_type::none) co_return;
    }
}

void server::impl::take(proto::result<std::unique_ptr<listener>> opened) {
    if (!opened) raise(opened.error());
    listeners.push_back(std::move(*opened));
    addresses.push_back(listeners.back()->where());
    if (!listeners.back()->exposed()) return;
    exposed.push_back(addresses.back());
    shared.logger->warning("plaintext", {{"address", addresses.back().to_string()}, {"risk", plain_risk}});
}

void server::impl::open_metrics(std::chrono::steady_clock::time_point deadline) {
    if (!shared.settings.metrics) return;
    // It holds no secret, and changes nothing.
    constexpr protection open_to_all{true, true, false, true};
    auto opened = listener::open_until(deadline, control, *shared.settings.metrics, open_to_all, false);
    if (!opened) raise(opened.error());
    metrics_address = (*opened)->where();
    http = std::make_unique<http_endpoint>(
        control, std::move(*opened),
        http_pages{[this] { return metrics_page(shared); }, [this] { return !shared.draining.load(); }});
    observing.spawn(http->run());
}

void server::impl::open_announcer() {
    if (announce_on.empty()) return;
    announcer::settings how{announce_on, addresses, shared.tls().has_value(), "tug/" TUG_VERSION};
    auto opened = announcer::open(control, std::move(how), [this] { return shared.keys(); }, *shared.logger);
    if (!opened) raise(opened.error());
    announces = std::move(*opened);
    for (auto& task : announces->tasks()) accepting.spawn(std::move(task));
}

asio::awaitable<void> server::impl::close_metrics() {
    observing.cancel();
    co_await observing.join();
    if (http) co_await http->join();
    stay.reset();
}

/// Two steps: take nothing more, then end what is left.
asio::awaitable<void> server::impl::shut_down() {
    shared.draining = true;
    accepting.cancel();
    co_await accepting.join();
    listeners.clear();
    for (const auto& w : workers) w->drain();
    // A second stop may have come before there was a grace period to cut short.
    if (stops < 2) co_await wait(shared.settings.grace);
    if (over) co_return;
    for (const auto& w : workers) w->cancel_calls();
    co_await wait(last_wait);
    if (over) co_return;
    for (const auto& w : workers) w->close_all();
    // An endpoint of an application that does not end even now does not keep the process.
    co_await wait(last_wait);
    if (over) co_return;
    for (const auto& w : workers) w->abandon();
}

asio::awaitable<void> server::impl::wait(std::chrono::milliseconds time) {
    grace.expires_after(time);
    co_await grace.async_wait(asio::as_tuple(asio::use_awaitable));
}

server::server(options settings, std::optional<key_ring> keys, std::shared_ptr<const log> logger) {
    if (const auto ok = check_options(settings); !ok) raise(ok.error());
    if (settings.threads == 0) settings.threads = std::max(1U, std::thread::hardware_concurrency());
    auto files = open_root(settings);
    auto runs_as = find_exec_user(settings);
    auto trail = open_audit(settings, logger);
    auto cgroups = cgroup_home::open(settings.cgroup);
    if (!cgroups) raise(cgroups.error());
    auto jobs = open_jobs(settings, (*cgroups)->parent(), logger);
    impl_ = std::make_unique<impl>(std::move(settings), std::move(logger), std::move(trail), std::move(runs_as),
                                   std::move(files), std::move(*cgroups), std::move(jobs));
    impl_->shared.recorder = open_recordings(impl_->shared.settings.recording);
    if (keys) set_keys(std::move(*keys));
}

server::~server() {
    if (!impl_->thread.joinable()) return;
    stop();
    stop();
    wait();
}

void server::add(endpoint e) {
    impl_->shared.table.add(std::move(e));
}

void server::listen_on(os::unique_fd socket) {
    impl_->passed.push_back(std::move(socket));
}

void server::announce_on(std::vector<std::string> interfaces) {
    impl_->announce_on = std::move(interfaces);
}

void server::start() {
    auto& s = *impl_;
    const auto& settings = s.shared.settings;
    if (settings.listen.empty() && s.passed.empty()) raise(proto::failure::bad_field("listen", "names no address"));
    const protection by{s.shared.keys() != nullptr, s.shared.tls().has_value(), settings.require_tls,
                        settings.allow_plaintext};
    for (auto& socket : std::exchange(s.passed, {}))
        s.take(listener::adopt(s.control, std::move(socket), by, settings.limit_loopback));
    const auto deadline = std::chrono::steady_clock::now() + address_time;
    for (const auto& where : settings.listen)
        s.take(listener::open_until(deadline, s.control, where, by, settings.limit_loopback));
    s.open_metrics(deadline);
    s.open_announcer();
    for (unsigned i = 0; i < settings.threads; ++i) {
        auto& counts =
            s.shared.thread_counts.emplace_back(std::make_unique<thread_counters>(s.shared.table.size() + 1));
        s.workers.push_back(std::make_unique<worker>(s.shared, *counts));
    }
    for (const auto& w : s.workers) w->start();
    for (const auto& l : s.listeners) s.accepting.spawn(l->accept([&s](accepted_socket a) { s.deal(std::move(a)); }));
    if (s.shared.jobs) s.accepting.spawn(s.tidy_jobs());
    s.thread.start(s.control, s.shared.logger);
    const auto& parent = s.shared.cgroups->parent();
    s.shared.logger->info("containment", {{"by", parent.empty() ? "session" : "cgroup"}, {"below", parent}});
}

std::vector<net::address> server::addresses() const {
    return impl_->addresses;
}

std::optional<net::address> server::metrics_address() const {
    return impl_->metrics_address;
}

std::vector<net::address> server::plaintext_addresses() const {
    return impl_->exposed;
}

void server::stop() {
    asio::post(impl_->control, [this] {
        if (impl_->stops > 0)
            impl_->grace.cancel();
        else
            impl_->stopping.spawn(impl_->shut_down());
        ++impl_->stops;
    });
}

void server::wait() {
    auto& s = *impl_;
    for (const auto& w : s.workers) w->join();
    asio::post(s.control, [&s] {
        s.over = true;
        s.grace.cancel();
        s.stopping.spawn(s.close_metrics());
    });
    s.thread.join();
    // With process 1 the kernel ends all others: the jobs are to end in order before.
    if (s.shared.jobs && ::getpid() == 1) s.shared.jobs->end_all(job_end_time);
    s.shared.file_pool.join();
    s.shared.start_pool.join();
    s.shared.enders.join();
    if (s.shared.recorder) s.shared.recorder->join();
}

void server::when_responsive(std::function<void()> then) {
    const auto left = std::make_shared<std::atomic<std::size_t>>(impl_->workers.size() + 1);
    const auto found_time = [left, then = std::move(then)] {
        if (left->fetch_sub(1) == 1) then();
    };
    asio::post(impl_->control, found_time);
    for (const auto& w : impl_->workers) w->post(found_time);
}

void server::set_keys(key_ring keys) {
    impl_->shared.set_keys(std::make_shared<const key_ring>(std::move(keys)));
    for (const auto& w : impl_->workers) w->check_keys();
}

proto::result<bool> server::reopen_audit() {
    return impl_->shared.trail->reopen();
}

void server::set_tls(net::tls_context tls) {
    impl_->shared.set_tls(std::move(tls));
}

std::shared_ptr<const log> server::no_log() {
    return std::make_shared<const log>(log_level::off, log_format::text);
}

} // namespace tug::service
