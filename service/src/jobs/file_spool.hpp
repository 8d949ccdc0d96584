#pragma once

#include "jobs/job_marks.hpp"
#include "jobs/spool.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/proto/job_messages.hpp>

#include <cstdint>
#include <functional>

namespace tug::service {

/// A spool in a file, in which each byte is at its position. What is kept no longer is punched out of it, so that the
/// file takes no more room on the disk than what is kept. Other processes read the file while it grows: first its size,
/// then the bytes, then the mark of the oldest byte that is kept, for what lies before that may have been zeros
/// already.
///
/// Where the disk is full, `drop` gives up what was written first, and where that does not help, what comes; `end`
/// holds the writer until there is room.
class file_spool final : public spool {
public:
    /// Which marks are those of this output.
    struct marks_of {
        const job_marks& all;
        job_marks::mark kept_from;
        job_marks::mark stalled;
    };

    /// `on_full` is called once, with job_overflow::end, when the command writes more than `keep` bytes.
    file_spool(os::unique_fd file, std::uint64_t keep, proto::job_overflow overflow, marks_of marks,
               std::function<void()> on_full);

    /// Whether the file system can punch holes. Fails with unsupported.
    [[nodiscard]] static proto::result<void> check(int file);

    [[nodiscard]] when_full policy() const noexcept override { return when_full::drop_oldest; }

    [[nodiscard]] std::size_t room() override;
    void append(proto::chunk piece) override;

    [[nodiscard]] std::uint64_t kept_from() const noexcept override { return kept_from_; }

    [[nodiscard]] proto::chunk read(std::uint64_t position, std::size_t most) const override;

private:
    [[nodiscard]] int write(std::span<const std::byte>& rest);
    [[nodiscard]] bool make_room();
    void store(proto::chunk piece);
    void keep_from(std::uint64_t position);
    void set_stalled(int err);

    os::unique_fd file_;
    std::uint64_t keep_;
    proto::job_overflow overflow_;
    marks_of marks_;
    std::function<void()> on_full_;
    std::uint64_t stored_ = 0; ///< The position behind the last byte in the file, or that was given up.
    std::uint64_t kept_from_ = 0;
    proto::chunk waiting_; ///< What there was no room for.
    int stalled_ = 0;
};

} // namespace tug::service
