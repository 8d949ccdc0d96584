#include "file_reader.hpp"

#include "local_failure.hpp"

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

proto::result<std::vector<proto::chunk>> file_reader::next_block() {
    std::vector<proto::chunk> block;
    while ((!size_ || at_ < *size_) && block.size() < block_pieces) {
        auto piece = next_piece();
        if (!piece) return piece.error();
        if (piece->empty()) break;
        at_ += piece->size();
        hasher_.update(piece->bytes());
        block.push_back(std::move(*piece));
    }
    return block;
}

/// Empty at the end of a file of unknown size.
proto::result<proto::chunk> file_reader::next_piece() {
    if (!ahead_.empty()) return std::exchange(ahead_, proto::chunk());
    const auto left = size_.value_or(at_ + proto::piece_size) - at_;
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
