#pragma once

#include "../os/account.hpp"
#include "cgroup.hpp"
#include <tug/os/unique_fd.hpp>

#include "tug/proto/error.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::service {

/// Where the cgroups of commands are: a directory `tugd-<pid>-<random>` below the daemon's own cgroup (or below another
/// that it was given), which is locked (flock) as long as the daemon lives. In it `run-N` is the cgroup of a command,
/// and `keep-N` of one with keep_children. They are used again, so that a command does not cost their making.
///
/// What is left at the end: a `keep-N` stays while a kept child runs in it; it is removed when a later command starts,
/// or by the next one that looks for leftovers here and finds the directory unlocked. That one kills what a killed
/// daemon left in `run-N`, and what is in `keep-N` it leaves alone.
///
/// Thread safe. It must outlive what it lends.
class cgroup_home {
public:
    /// `where` is "auto" (below the daemon's own cgroup, where that can be written), "off", or a directory of cgroup
    /// v2. Fails only for a directory that was named and cannot be used. Does what remove_leftovers() does.
    [[nodiscard]] static proto::result<std::unique_ptr<cgroup_home>> open(const std::string& where);

    /// As open() of a directory, but what others left stays: that is looked for among all that is there, which is too
    /// much for a process of one command. Null where it cannot be used.
    [[nodiscard]] static std::unique_ptr<cgroup_home> open_beside(const std::string& directory);

    cgroup_home(const cgroup_home&) = delete;
    cgroup_home& operator=(const cgroup_home&) = delete;
    ~cgroup_home();

    /// The directory that `tugd-…` is in; empty where commands get no cgroup.
    [[nodiscard]] const std::string& parent() const noexcept { return parent_; }

    /// Whether a command of that user (null: the one of this process) stays in its cgroup whatever it does, unless it
    /// is root or becomes it. False where the user may write into `tugd-…` or a directory above, as the user that a
    /// subtree was delegated to: a process of it leaves by writing its pid elsewhere.
    [[nodiscard]] bool holds(const account* runs_as) const;

    /// A cgroup for a command, which goes back to its home with the object. Movable; empty where there is none to be
    /// had.
    class loan {
    public:
        loan() = default;

        loan(loan&& other) noexcept : owner_(other.owner_), lent_(std::exchange(other.lent_, std::nullopt)) {}

        loan& operator=(loan&& other) noexcept;
        loan(const loan&) = delete;
        loan& operator=(const loan&) = delete;

        ~loan() { give_back(); }

        [[nodiscard]] const cgroup* get() const noexcept { return lent_ ? &*lent_ : nullptr; }

        /// Does not block. One in which something still runs is kept apart, and removed once that has ended.
        void give_back() noexcept;

    private:
        friend class cgroup_home;

        loan(cgroup_home& owner, cgroup lent) : owner_(&owner), lent_(std::move(lent)) {}

        cgroup_home* owner_ = nullptr;
        std::optional<cgroup> lent_;
    };

    /// Ends what killed daemons and holders left in cgroups beside this home, and removes those that are empty. May
    /// block for half a second for each of them that is slow to end.
    void remove_leftovers();

    /// Makes one or takes one that is empty. May block for a moment: on a pool thread.
    [[nodiscard]] loan lend(bool keep_children);

private:
    cgroup_home() = default;

    bool settle(const std::string& parent);
    bool make_own();
    void enable_controllers() noexcept;
    void remove_ended();
    void take_back(cgroup c) noexcept;

    std::string parent_;
    os::unique_fd above_; ///< parent_
    std::string name_;
    os::unique_fd own_; ///< tugd-…, locked

    std::mutex mutex_;
    std::size_t made_ = 0;               // guarded by mutex_, as all below
    std::vector<cgroup> free_;           ///< run-N, empty
    std::vector<std::string> to_remove_; ///< given back before they were empty, or not to be used again
};

} // namespace tug::service
