#pragma once

#include <tug/os/unique_fd.hpp>
#include <tug/proto/error.hpp>

#include <string>
#include <utility>

namespace tug::os {

/// What may stand where a staged tree is to go.
enum class tree_target {
    none,      ///< Nothing: else already_exists.
    directory, ///< A directory, which is removed as soon as the new one is in its place; or nothing.
};

/// A directory on its way to its place: it is filled beside it, as `.tug-<16 hex>.tmp`, mode 0700, and gets its name in
/// one step: others see the old tree or the whole new one. As long as it has the name of a temporary it is locked with
/// flock(LOCK_EX): so one in use is told from one that a kill -9 has left. Without commit() nothing remains of it. One
/// thread at a time. Every method may block.
class staged_tree {
public:
    /// `parent` is open for reading; `name` is a plain single component.
    [[nodiscard]] static proto::result<staged_tree> create(unique_fd parent, std::string name, tree_target target);

    staged_tree(staged_tree&& other) noexcept
        : parent_(std::move(other.parent_)),
          name_(std::move(other.name_)),
          target_(other.target_),
          top_(std::move(other.top_)),
          temporary_(std::exchange(other.temporary_, {})) {}

    staged_tree& operator=(staged_tree&&) = delete;

    /// As discard().
    ~staged_tree() { discard(); }

    /// The directory to be filled, open for reading.
    [[nodiscard]] int top() const noexcept { return top_.get(); }

    /// Gives it its name, and with `durable` syncs all of the file system before and the parent after it. Where only
    /// what comes after the swap fails (the sync of the parent, the end of the old tree), `stored` is set.
    [[nodiscard]] proto::result<void> commit(bool durable);

    /// Removes all of it unless it was committed. May be called again.
    void discard() noexcept;

private:
    staged_tree(unique_fd parent, std::string name, tree_target target) noexcept
        : parent_(std::move(parent)), name_(std::move(name)), target_(target) {}

    [[nodiscard]] proto::result<bool> check_target() const;
    [[nodiscard]] int make();
    [[nodiscard]] proto::result<void> take_name();
    [[nodiscard]] proto::failure failed(int err) const;

    unique_fd parent_;
    std::string name_;
    tree_target target_;
    unique_fd top_;
    unique_fd old_;         ///< What was replaced, locked until it is gone.
    std::string temporary_; ///< Its name, later that of the old tree; empty where there is none.
};

/// Removes what a killed process has left of staged trees in a directory: those of this user that are not locked,
/// where no other user may rename them.
void remove_stale_trees(int directory);

} // namespace tug::os
