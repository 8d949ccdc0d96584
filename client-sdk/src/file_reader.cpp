#include "file_reader.hpp"

#include "local_failure.hpp"

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
    size_ = static_cast<std::uint64_t>(st.st_size);
    mode_ = st.st_mode & 0777U;
    mtime_ns_ = std::int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec;
    return {};
}

proto::result<std::vector<proto::chunk>> file_reader::next_block() {
    std::vector<proto::chunk> block;
    while (at_ < size_ && block.size() < block_pieces) {
        auto piece = next_piece();
        if (!piece) return piece.error();
        at_ += piece->size();
        hasher_.update(piece->bytes());
        block.push_back(std::move(*piece));
    }
    if (at_ == size_)
        if (const auto same = check_size(); !same) return same.error();
    return block;
}

proto::result<proto::chunk> file_reader::next_piece() {
    proto::chunk piece(static_cast<std::size_t>(std::min<std::uint64_t>(size_ - at_, proto::piece_size)));
    while (!piece.room().empty()) {
        const auto n = ::read(fd_.get(), piece.room().data(), piece.room().size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return local_failure(path_, errno);
        if (n == 0) return proto::failure(proto::errc::size_mismatch, path_ + ": became shorter while it was sent");
        piece.commit(static_cast<std::size_t>(n));
    }
    return piece;
}

/// What was sent is the file only if it has not grown meanwhile.
proto::result<void> file_reader::check_size() const {
    struct stat st{};
    if (::fstat(fd_.get(), &st) != 0) return local_failure(path_, errno);
    if (static_cast<std::uint64_t>(st.st_size) != size_)
        return proto::failure(proto::errc::size_mismatch, path_ + ": changed its size while it was sent");
    return {};
}

} // namespace tug::detail
