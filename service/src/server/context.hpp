#pragma once

#include "files/root.hpp"
#include "files/stale.hpp"
#include "process/cgroup_home.hpp"
#include "process/orphans.hpp"
#include "process/spawn.hpp"
#include "process/stray_roots.hpp"
#include "server/admission.hpp"
#include "server/routes.hpp"
#include "tug/service/keys.hpp"
#include "tug/service/log.hpp"
#include "tug/service/options.hpp"

#include <tug/net/blocking_pool.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

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

private:
    std::size_t most_;
    std::atomic<std::size_t> taken_ = 0;
};

/// What the connections of a server share. Everything in it is constant or thread safe.
struct context {
    options settings;
    std::shared_ptr<const log> logger;
    root files;
    stale_sweeper sweeper;
    spawner processes;
    orphan_list orphans;
    std::unique_ptr<cgroup_home> cgroups;
    quota commands;
    stray_roots strays; ///< Holds places in `commands`.
    admission doors;
    /// For work that blocks. It must be joined before the I/O threads' contexts go.
    net::blocking_pool pool;
    routes table;

    context(options o, std::shared_ptr<const log> l, root r, std::unique_ptr<cgroup_home> c)
        : settings(std::move(o)),
          logger(std::move(l)),
          files(std::move(r)),
          processes(settings.file_threads),
          cgroups(std::move(c)),
          commands(settings.commands),
          doors({settings.connections, settings.strangers, settings.strangers_per_source}),
          pool(settings.file_threads),
          table(*this) {}

    /// Null where nobody needs to log in.
    [[nodiscard]] std::shared_ptr<const key_ring> keys() const {
        const std::lock_guard lock(keys_mutex_);
        return keys_;
    }

    void set_keys(std::shared_ptr<const key_ring> keys) {
        const std::lock_guard lock(keys_mutex_);
        keys_ = std::move(keys);
    }

private:
    mutable std::mutex keys_mutex_;
    std::shared_ptr<const key_ring> keys_;
};

} // namespace tug::service
