#pragma once

#include <tug/os/root.hpp>
#include <tug/os/staged_file.hpp>
#include <tug/proto/error.hpp>

#include <sys/types.h>

#include <cstdint>

namespace tug::os {

/// A file on its way to a second place on the same host: the file system shares its blocks where it can, else the
/// kernel copies them, else this process does. Holes stay holes. As staged_file: the target is what it was before, or
/// the whole copy, which has the time of the last change of the source.
///
/// begin() -> step()… until it says true -> commit(). What the source becomes meanwhile may be in the copy in part, as
/// with every copy; one that is cut is io_error. Not thread safe, but may go from thread to thread; every method may
/// block, and the caller can stop between two steps.
class file_copy {
public:
    /// `options` says all but mode and time. See staged_file::create() for its failures.
    [[nodiscard]] static proto::result<file_copy> begin(opened_file source, put_target target, staged_options options);

    /// Carries on; true when all is there.
    [[nodiscard]] proto::result<bool> step();

    [[nodiscard]] proto::result<void> commit();

    /// A source that is cut or written to meanwhile is no failure: what was there is copied, and changed() says so.
    void accept_changes() noexcept { accepts_changes_ = true; }

    /// The source is another one by now.
    [[nodiscard]] bool changed() const;

    void discard() noexcept { target_.discard(); }

    [[nodiscard]] std::uint64_t size() const noexcept { return target_.size(); }

    /// Both files share their blocks.
    [[nodiscard]] bool reflinked() const noexcept { return reflinked_; }

private:
    file_copy(opened_file source, staged_file target) : source_(std::move(source)), target_(std::move(target)) {}

    [[nodiscard]] off_t end_of_source() const;
    [[nodiscard]] proto::result<bool> pass_hole();
    [[nodiscard]] proto::result<bool> at_end();

    opened_file source_;
    staged_file target_;
    std::uint64_t data_end_ = 0; ///< Up to there the source has no hole.
    bool begun_ = false;
    bool reflinked_ = false;
    bool accepts_changes_ = false;
};

} // namespace tug::os
