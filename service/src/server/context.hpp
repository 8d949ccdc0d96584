#pragma once

#include "auth/login_limiter.hpp"
#include "files/served_root.hpp"
#include "files/stale.hpp"
#include "files/tree_turns.hpp"
#include "jobs/job_store.hpp"
#include "jobs/recordings.hpp"
#include "metrics/counters.hpp"
#include "os/account.hpp"
#include "process/cgroup_home.hpp"
#include "process/orphans.hpp"
#include "process/spawn.hpp"
#include "process/stray_roots.hpp"
#include "server/admission.hpp"
#include "server/audit.hpp"
#include "server/memory_probe.hpp"
#include "server/proxies.hpp"
#include "server/routes.hpp"
#include "tug/service/keys.hpp"
#include "tug/service/log.hpp"
#include "tug/service/options.hpp"

#include <tug/net/blocking_pool.hpp>
#include <tug/net/tls.hpp>
#include <tug/proto/credit_budget.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tug::service {

/// A count with a limit, for what all connections share. Thread safe.
class quota {
public:
    explicit quota(std::size_t most) : most_(most) {}

    /// Takes one, unless all are taken.
    [[nodiscard]] bool take() noexcept {
        if (taken_.fetch_add(1) < most_) return true;
        taken_.fetch_sub(1);
        return false;
    }

    void give_back() noexcept { taken_.fetch_sub(1); }

    [[nodiscard]] std::size_t most() const noexcept { return most_; }

    [[nodiscard]] std::size_t taken() const noexcept { return taken_.load(); }

private:
    std::size_t most_;
    std::atomic<std::size_t> taken_ = 0;
};

/// Trees of commands that are ended at the same time, at most; others wait for their turn.
constexpr std::size_t ending_threads = 128;

/// What the connections of a server share. Everything in it is constant or thread safe.
struct context {
    options settings;
    std::shared_ptr<const log> logger;
    std::unique_ptr<audit> trail;
    std::optional<account> runs_as; ///< Whom commands run as, where it is not the server itself.
    account own_user = own_account();
    served_root files;
    stale_sweeper sweeper;
    spawner processes;
    orphan_list orphans;
    std::unique_ptr<cgroup_home> cgroups;
    bool cgroups_hold; ///< No command can leave its cgroup, see cgroup_home::holds().
    quota commands;
    std::shared_ptr<proto::credit_budget> buffered; ///< Of the windows of all streams.
    stray_roots strays;                             ///< Holds places in `commands`.
    admission admissions;
    login_limiter bad_logins;
    proxy_peers proxies; ///< Whose connections begin with a PROXY header.
    memory_probe memory;
    /// For files, and work of applications that blocks. Calls use it through the share of their connection; so many
    /// jobs of a connection wait as it may have calls in flight, for each has one at a time. Like the other pools it
    /// must be joined before the I/O threads' contexts go.
    net::blocking_pool file_pool;
    /// For starting commands, likewise: no file that hangs keeps one from its start.
    net::blocking_pool start_pool;
    /// For ending the trees of commands, which may take seconds each: no file waits for that. Those who look at the
    /// processes at the same time share the looks, so more threads make many ends together cheaper.
    net::blocking_pool enders;
    std::unique_ptr<job_store> jobs;      ///< Null where the server keeps none.
    std::unique_ptr<recordings> recorder; ///< Null where no terminal session is recorded.
    routes table;
    server_counters counts;
    /// One for each I/O thread; made before these begin, and constant from then on.
    std::vector<std::unique_ptr<thread_counters>> thread_counts;
    std::atomic<bool> draining = false; ///< The server is ending.
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    tree_turns turns; ///< Of trees that are sent again where a connection was lost.

    context(options o, std::shared_ptr<const log> l, std::unique_ptr<audit> a, std::optional<account> as, served_root r,
            std::unique_ptr<cgroup_home> c, std::unique_ptr<job_store> j)
        : settings(std::move(o)),
          logger(std::move(l)),
          trail(std::move(a)),
          runs_as(std::move(as)),
          files(std::move(r)),
          processes(settings.start_threads),
          cgroups(std::move(c)),
          cgroups_hold(cgroups->holds(runs_as ? &*runs_as : nullptr)),
          commands(settings.commands),
          buffered(std::make_shared<proto::credit_budget>(settings.max_buffered)),
          admissions({settings.connections, settings.unauthenticated, settings.unauthenticated_per_source}),
          bad_logins(settings.bad_logins),
          proxies(settings.proxy_from),
          file_pool(settings.file_threads),
          start_pool(settings.start_threads),
          enders(1, ending_threads),
          jobs(std::move(j)),
          table(*this) {}

    /// Whom commands run as.
    [[nodiscard]] const account& command_user() const noexcept { return runs_as ? *runs_as : own_user; }

    /// Null where clients need not log in.
    [[nodiscard]] std::shared_ptr<const key_ring> keys() const {
        const std::lock_guard lock(keys_mutex_);
        return keys_;
    }

    void set_keys(std::shared_ptr<const key_ring> keys) {
        const std::lock_guard lock(keys_mutex_);
        keys_ = std::move(keys);
    }

    /// How TCP connections speak TLS; absent where they are plain.
    [[nodiscard]] std::optional<net::tls_context> tls() const {
        const std::lock_guard lock(keys_mutex_);
        return tls_;
    }

    void set_tls(net::tls_context tls) {
        const std::lock_guard lock(keys_mutex_);
        tls_ = std::move(tls);
    }

private:
    mutable std::mutex keys_mutex_; ///< Of all that is replaced while the server runs.
    std::shared_ptr<const key_ring> keys_;
    std::optional<net::tls_context> tls_;
};

} // namespace tug::service
