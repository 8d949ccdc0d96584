#include "jobs/file_spool.hpp"

#include <tug/os/errno.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace tug::service {

namespace {

constexpr int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

/// Of what is kept, what is given up at once: a hole costs about as much as a write.
constexpr std::uint64_t share_given_up = 8;

} // namespace

file_spool::file_spool(os::unique_fd file, std::uint64_t keep, proto::job_overflow overflow, marks_of marks,
                       std::function<void()> on_full)
    : file_(std::move(file)), keep_(keep), overflow_(overflow), marks_(marks), on_full_(std::move(on_full)) {}

proto::result<void> file_spool::check(int file) {
    if (::fallocate(file, punch, 0, 4096) == 0) return {};
    proto::failure why(proto::errc::unsupported,
                       "the file system of the state directory cannot punch holes into files, "
                       "which bounds what a job keeps; --state-dir on ext4, xfs or tmpfs can");
    why.os_error = os::errno_name(errno);
    return why;
}

std::size_t file_spool::room() {
    if (!waiting_.empty()) store(std::exchange(waiting_, {}));
    return waiting_.empty() ? std::numeric_limits<std::size_t>::max() : 0;
}

void file_spool::append(proto::chunk piece) {
    auto bytes = piece.bytes();
    if (overflow_ == proto::job_overflow::end && bytes.size() > keep_ - written()) {
        bytes = bytes.first(static_cast<std::size_t>(keep_ - written()));
        if (on_full_) std::exchange(on_full_, nullptr)();
    }
    count(bytes);
    if (bytes.size() < piece.size()) piece = proto::chunk::copy_of(bytes);
    store(std::move(piece));
    if (stored_ - kept_from_ <= keep_) return;
    // More than a step ahead, unless a single piece was more.
    keep_from(std::min(stored_, stored_ - keep_ + keep_ / share_given_up));
}

/// Writes as much as there is room for; `rest` is what there was none for. The errno then, else 0.
int file_spool::write(std::span<const std::byte>& rest) {
    while (!rest.empty()) {
        const auto n = ::pwrite(file_.get(), rest.data(), rest.size(), static_cast<off_t>(stored_));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        stored_ += static_cast<std::uint64_t>(n);
        rest = rest.subspan(static_cast<std::size_t>(n));
    }
    return 0;
}

void file_spool::store(proto::chunk piece) {
    auto rest = piece.bytes();
    int err = write(rest);
    if (overflow_ == proto::job_overflow::end) {
        if (!rest.empty()) waiting_ = proto::chunk::copy_of(rest);
    } else {
        while (err != 0 && make_room()) err = write(rest);
        stored_ += rest.size(); // given up: the next that has room comes behind a hole
        if (!rest.empty()) keep_from(stored_);
    }
    set_stalled(err);
}

/// Gives up half of what is kept; false where nothing is.
bool file_spool::make_room() {
    if (kept_from_ == stored_) return false;
    keep_from(stored_ - (stored_ - kept_from_) / 2);
    return true;
}

/// The mark comes first: who finds zeros has to find it, too.
void file_spool::keep_from(std::uint64_t position) {
    const auto before = std::exchange(kept_from_, position);
    marks_.all.set(marks_.kept_from, position);
    static_cast<void>(
        ::fallocate(file_.get(), punch, static_cast<off_t>(before), static_cast<off_t>(position - before)));
}

void file_spool::set_stalled(int err) {
    if (std::exchange(stalled_, err) != err) marks_.all.set(marks_.stalled, static_cast<std::uint64_t>(err));
}

proto::chunk file_spool::read(std::uint64_t position, std::size_t most) const {
    proto::chunk out(most);
    const auto n = ::pread(file_.get(), out.room().data(), most, static_cast<off_t>(position));
    if (n > 0) out.commit(static_cast<std::size_t>(n));
    return out;
}

} // namespace tug::service
