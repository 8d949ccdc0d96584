#include "file_reader.hpp"

#include "local_failure.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/file_time.hpp>
#include <tug/proto/limits.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tug::detail {

proto::result<void> file_reader::open() {
    fd_ = os::unique_fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat st{};
    if (!fd_ || ::fstat(fd_.get(), &st) != 0) return local_failure(path_, errno);
    if (S_ISDIR(st.st_mode)) return local_failure(path_, EISDIR);
    if (!S_ISREG(st.st_mode)) return proto::failure(proto::errc::local_io, path_ + ": is no regular file");
    ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    mode_ = st.st_mode & 0777U;
    mtime_ns_ = os::to_nanoseconds(st.st_mtim);
    size_ = static_cast<std::uint64_t>(st.st_size);
    return *size_ <= proto::piece_size ? look_ahead(*size_) : proto::result<void>();
}

/// Finds out the true size of a file that fits in a piece, before it is told to the server.
proto::result<void> file_reader::look_ahead(std::uint64_t said) {
    const auto most = said == 0 ? proto::piece_size : static_cast<std::size_t>(said);
    auto piece = read_piece(most);
    if (!piece) return piece.error();
    if (said == 0 && piece->size() == most) {
        size_.reset();
    } else if (piece->size() < said) {
        struct stat st{};
        if (::fstat(fd_.get(), &st) != 0) return local_failure(path_, errno);
        if (static_cast<std::uint64_t>(st.st_size) != said) return became_shorter();
    }
    if (size_) size_ = piece->size();
    if (!piece->empty()) ahead_ = std::move(*piece);
    return {};
}

void file_reader::leave_out_holes() noexcept {
    constexpr std::uint64_t block = 512; // of st_blocks, whatever the file system has
    struct stat st{};
    sparse_ = size_ && ahead_.empty() && ::fstat(fd_.get(), &st) == 0 &&
              static_cast<std::uint64_t>(st.st_blocks) * block < *size_;
}

proto::result<bool> file_reader::pass(std::uint64_t count) {
    if (!passed_) passed_.emplace(fd_.get(), 0, count, std::move(hasher_));
    const auto done = passed_->step();
    if (!done) return local_failure(path_, os::errno_of(done.error().os_error));
    if (!*done) return false;
    if (passed_->position() != count || ::lseek(fd_.get(), static_cast<off_t>(count), SEEK_SET) < 0)
        return became_shorter();
    hasher_ = passed_->take();
    ahead_ = {};
    at_ = count;
    return true;
}

proto::result<bool> file_reader::digest_whole() {
    if (!ahead_digest_) ahead_digest_.emplace(fd_.get(), 0, size_.value_or(0), proto::hasher(hasher_.kind()));
    const auto done = ahead_digest_->step();
    if (!done) return local_failure(path_, os::errno_of(done.error().os_error));
    return *done;
}

proto::result<std::vector<file_piece>> file_reader::next_block() {
    std::vector<file_piece> block;
    while ((!size_ || at_ < *size_) && block.size() < block_pieces) {
        if (sparse_) {
            const auto at_data = pass_hole();
            if (!at_data) return at_data.error();
            if (!*at_data) break;
        }
        auto piece = next_piece();
        if (!piece) return piece.error();
        if (piece->empty()) {
            done_ = true;
            break;
        }
        at_ += piece->size();
        hasher_.update(piece->bytes());
        block.push_back({std::move(*piece), std::exchange(hole_end_, std::nullopt)});
    }
    if (size_ && at_ >= *size_) done_ = true;
    return block;
}

/// Where the next byte is in a hole, goes to its end, a part of the way in each call; true where data follow. A file
/// system that tells nothing of holes says that all is data.
proto::result<bool> file_reader::pass_hole() {
    if (at_ < data_end_) return true;
    auto data = ::lseek(fd_.get(), static_cast<off_t>(at_), SEEK_DATA);
    if (data < 0 && errno != ENXIO) return local_failure(path_, errno);
    if (data < 0 || static_cast<std::uint64_t>(data) > *size_) {
        // No hole, but nothing: the file was cut.
        struct stat now{};
        if (::fstat(fd_.get(), &now) != 0 || static_cast<std::uint64_t>(now.st_size) < *size_) return became_shorter();
        data = static_cast<off_t>(*size_);
    }
    const auto hole = static_cast<std::uint64_t>(data) - at_;
    if (hole > 0) {
        const auto now = std::min(hole, os::range_digest::step_bytes);
        os::digest_zeros(hasher_, now);
        at_ += now;
        hole_end_ = at_;
        if (now < hole || at_ == *size_) return false;
    }
    const auto next_hole = ::lseek(fd_.get(), data, SEEK_HOLE);
    data_end_ = next_hole < 0 ? *size_ : std::min(static_cast<std::uint64_t>(next_hole), *size_);
    if (::lseek(fd_.get(), data, SEEK_SET) < 0) return local_failure(path_, errno);
    return true;
}

/// Empty at the end of a file of unknown size.
proto::result<proto::chunk> file_reader::next_piece() {
    if (!ahead_.empty()) return std::exchange(ahead_, proto::chunk());
    const auto left = (sparse_ ? data_end_ : size_.value_or(at_ + proto::piece_size)) - at_;
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left, proto::piece_size));
    auto piece = read_piece(most);
    if (piece && size_ && piece->size() < most) return became_shorter();
    return piece;
}

/// Less than `most` at the end of the file alone.
proto::result<proto::chunk> file_reader::read_piece(std::size_t most) {
    proto::chunk piece(most);
    while (!piece.room().empty()) {
        const auto n = ::read(fd_.get(), piece.room().data(), piece.room().size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return local_failure(path_, errno);
        if (n == 0) break;
        piece.commit(static_cast<std::size_t>(n));
    }
    return piece;
}

proto::failure file_reader::became_shorter() const {
    return {proto::errc::size_mismatch, path_ + ": became shorter while it was sent"};
}

} // namespace tug::detail
