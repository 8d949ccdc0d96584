#include "endpoints/download.hpp"

#include "server/callers_root.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/file_time.hpp>
#include <tug/os/path_text.hpp>
#include <tug/os/range_digest.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace tug::service {

namespace {

proto::failure became_shorter() {
    return {proto::errc::io_error, "the file became shorter while it was being sent"};
}

/// Of a hole, digested in one trip to the pool.
constexpr std::uint64_t hole_step = 64 * 1024 * 1024;

/// Whether a part of the file may take no room.
bool has_holes(int file) {
    constexpr std::uint64_t block = 512; // of st_blocks, whatever the file system has
    struct stat st{};
    return ::fstat(file, &st) == 0 &&
           static_cast<std::uint64_t>(st.st_blocks) * block < static_cast<std::uint64_t>(st.st_size);
}

/// Whether the next digest of `have` is that of the block.
bool take_same(std::string_view& have, const proto::chunk& block) {
    const auto size = proto::size_of(proto::digest_kind::xxh3_128);
    if (have.size() < size) return false;
    proto::hasher hasher(proto::digest_kind::xxh3_128);
    hasher.update(block.bytes());
    const auto digest = hasher.finish();
    const bool same = std::ranges::equal(digest.bytes(), std::as_bytes(std::span(have.substr(0, size))));
    have.remove_prefix(size);
    return same;
}

} // namespace

proto::result<void> download::open() {
    auto opened =
        in_root_of(shared_.files, who_, [this](const os::root& files) { return files.open_read(params_.path); });
    if (!opened) return opened.error();
    file_ = std::move(*opened);
    if (params_.offset > file_.size && (file_.size > 0 || params_.length == 0U)) return past_the_end();
    // Files of /proc say that they are empty: what says so is read until it ends.
    if (file_.size > 0) left_ = file_.size - params_.offset;
    if (params_.length) left_ = std::min(left_.value_or(*params_.length), *params_.length);
    if (file_.size > 0) ::posix_fadvise(file_.fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    sparse_ = params_.sparse && has_holes(file_.fd.get());
    return {};
}

proto::result<std::vector<get_piece>> download::read(std::size_t most) {
    std::vector<get_piece> out;
    while (most > 0 && left_ != 0U) {
        if (sparse_) {
            const auto passed = pass_hole();
            if (!passed) return passed.error();
            if (!*passed) break;
        }
        auto before = digest_;
        auto bytes = read_piece(std::min(most, proto::piece_size));
        if (!bytes) return bytes.error();
        if (bytes->empty()) {
            left_ = 0;
            break;
        }
        most -= bytes->size();
        const auto size = bytes->size();
        digest_.update(bytes->bytes());
        out.push_back({std::move(*bytes), size, std::move(before), std::exchange(hole_end_, std::nullopt)});
    }
    return out;
}

proto::result<std::vector<get_piece>> download::read_changed(std::size_t most, std::string_view& have) {
    const auto block = static_cast<std::size_t>(*params_.delta);
    std::vector<get_piece> out;
    for (std::size_t done = 0; done < most && left_ != 0U; done += block) {
        auto before = digest_;
        auto bytes = read_piece(block);
        if (!bytes) return bytes.error();
        if (bytes->empty()) {
            left_ = 0;
            break;
        }
        digest_.update(bytes->bytes());
        if (take_same(have, *bytes)) {
            hole_end_ = sent_;
            continue;
        }
        const auto size = bytes->size();
        out.push_back({std::move(*bytes), size, std::move(before), std::exchange(hole_end_, std::nullopt)});
    }
    return out;
}

void download::take_back(std::span<get_piece> unsent) {
    digest_ = unsent.front().digest_before;
    for (const auto& p : unsent) sent_ -= p.size;
    left_ = 0;
    hole_end_.reset();
}

proto::get_result download::summary() {
    proto::get_result out;
    out.size = file_.size;
    out.bytes = sent_;
    if (params_.digest != proto::digest_kind::none) out.digest = digest_.finish().to_string();
    out.mode = file_.mode;
    out.mtime_ns = file_.mtime_ns;
    return out;
}

proto::failure download::past_the_end() const {
    return {proto::errc::range_invalid, "offset " + std::to_string(params_.offset) + " is past the end of " +
                                            std::to_string(file_.size) + " bytes"};
}

/// Where the next byte is in a hole, goes to its end, or to that of the range, a part of the way in each trip. True
/// where data follow. A file system that tells nothing of holes says that all is data.
proto::result<bool> download::pass_hole() {
    const auto at = params_.offset + sent_;
    if (at < data_end_) return true;
    const auto end = at + *left_;
    auto data = ::lseek(file_.fd.get(), static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno != ENXIO) return os::file_failure(errno, "cannot read " + os::quoted(params_.path));
    if (data < 0 || static_cast<std::uint64_t>(data) > end) {
        // No hole, but nothing: the file was cut.
        struct stat now{};
        if (::fstat(file_.fd.get(), &now) != 0 || static_cast<std::uint64_t>(now.st_size) < end)
            return became_shorter();
        data = static_cast<off_t>(end);
    }
    const auto hole = static_cast<std::uint64_t>(data) - at;
    if (hole > 0) {
        const auto now = std::min(hole, hole_step);
        os::digest_zeros(digest_, now);
        sent_ += now;
        *left_ -= now;
        hole_end_ = at + now;
        if (now < hole || *left_ == 0) return false;
    }
    const auto next_hole = ::lseek(file_.fd.get(), data, SEEK_HOLE);
    data_end_ = next_hole < 0 ? end : std::min(static_cast<std::uint64_t>(next_hole), end);
    return true;
}

proto::result<proto::chunk> download::read_piece(std::size_t most) {
    auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_.value_or(most), most));
    if (sparse_) size = static_cast<std::size_t>(std::min<std::uint64_t>(size, data_end_ - params_.offset - sent_));
    proto::chunk piece(size);
    while (!piece.room().empty()) {
        const auto room = piece.room();
        const auto n = ::pread(file_.fd.get(), room.data(), room.size(),
                               static_cast<off_t>(params_.offset + sent_ + piece.size()));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return os::file_failure(errno, "cannot read " + os::quoted(params_.path));
        if (n == 0) break;
        piece.commit(static_cast<std::size_t>(n));
    }
    if (file_.size == 0 && sent_ == 0) {
        if (const auto ok = check_first(piece); !ok) return ok.error();
    } else if (file_.size > 0 && piece.size() < size) {
        if (const auto ok = check_short(piece.size()); !ok) return ok.error();
    }
    sent_ += piece.size();
    if (left_) *left_ -= piece.size();
    return piece;
}

/// Of a file that said that it is empty: it may be, and it may have grown since; else its size is a lie.
proto::result<void> download::check_first(proto::chunk& piece) {
    struct stat now{};
    if (::fstat(file_.fd.get(), &now) != 0) return os::file_failure(errno, "cannot read " + os::quoted(params_.path));
    if (now.st_size > 0) piece = proto::chunk();
    if (piece.empty() && params_.offset > 0) return past_the_end();
    return {};
}

/// Of a file that ended before its size: sysfs says 4096 of all its files, and goes on saying so. Where the size or
/// the time of the last change is another one now, the file was cut.
proto::result<void> download::check_short(std::size_t came) {
    struct stat now{};
    if (::fstat(file_.fd.get(), &now) != 0) return os::file_failure(errno, "cannot read " + os::quoted(params_.path));
    if (static_cast<std::uint64_t>(now.st_size) != file_.size || os::to_nanoseconds(now.st_ctim) != file_.changed_ns)
        return became_shorter();
    file_.size = params_.offset + sent_ + came;
    left_ = came;
    return {};
}

} // namespace tug::service
