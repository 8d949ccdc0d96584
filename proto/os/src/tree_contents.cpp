#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/tree_reader.hpp"

#include <tug/proto/limits.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

// The content of the files of a tree: all of it, or what differs from what the other side has.

namespace tug::os {

namespace {

using proto::record_header_size;

/// Up to this size a file is one record, read where it is sent from.
constexpr std::uint64_t small_file = 64 * 1024;

/// As much as there is, at most `room`.
os_result<std::size_t> read_full(int fd, std::span<std::byte> room, std::uint64_t at) {
    std::size_t have = 0;
    while (have < room.size()) {
        const auto n = ::pread(fd, room.data() + have, room.size() - have, static_cast<off_t>(at + have));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return os_error(errno);
        if (n == 0) break;
        have += static_cast<std::size_t>(n);
    }
    return have;
}

} // namespace

/// With `block` as what differs from what the other side has.
proto::result<void> tree_reader::send_content(proto::entry_head head, std::optional<std::size_t> block) {
    auto fd = open_own();
    if (!fd) return fd.error();
    struct stat st{};
    if (!*fd || ::fstat(fd->get(), &st) != 0) {
        ++counts_.changed;
        counts_.note(head.path, "gone");
        std::erase_if(names_, [&](const auto& known) { return known.second == head.path; });
        return {};
    }
    head.size = static_cast<std::uint64_t>(st.st_size);
    head.mtime_ns = to_nanoseconds(st.st_mtim);
    head.delta = block;
    ++counts_.files;
    counts_.bytes += head.size;
    if (how_.by_file && head.size > small_file) {
        opened_file file{std::move(*fd), head.size, head.mode, head.mtime_ns, to_nanoseconds(st.st_ctim)};
        taken_.emplace(taken_file{std::move(head), std::move(file)});
        return {};
    }
    text_.clear();
    proto::append_head(text_, head);
    const bool has_holes = own_->status.has_holes;
    if (head.size > 0 || block)
        file_ = open_file{std::move(*fd), std::move(head.path), head.size, 0, head.mtime_ns, has_holes};
    if (block) {
        ++counts_.patched;
        file_->delta.emplace(delta_state{*block});
    } else if (file_ && head.size <= small_file && !has_holes) {
        return send_small();
    }
    append_record(text_, 0);
    return {};
}

/// A file as one record, whose head is text_.
proto::result<void> tree_reader::send_small() {
    auto to = room(record_header_size + text_.size() + file_->size);
    const auto body = to.subspan(record_header_size + text_.size(), file_->size);
    const auto n = read_full(file_->fd.get(), body, 0);
    if (!n) return unreadable(n.error().value(), file_->path);
    proto::write_record_header(to.data(), static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(*n));
    std::memcpy(to.data() + record_header_size, text_.data(), text_.size());
    const auto used = record_header_size + text_.size() + *n;
    out_.back().commit(used);
    out_bytes_ += used;
    return end_file(*n < file_->size);
}

/// The next record of the file that is being sent.
proto::result<void> tree_reader::read_some() {
    if (file_->delta) return read_changed();
    auto most = file_->size - file_->at;
    if (file_->has_holes) {
        const auto data = ::lseek(file_->fd.get(), static_cast<off_t>(file_->at), SEEK_DATA);
        const auto next = data < 0 ? file_->size : std::min(static_cast<std::uint64_t>(data), file_->size);
        if (next > file_->at) {
            text_.clear();
            proto::append_head(text_, proto::entry_more{next, false, {}, {}});
            append_record(text_, 0);
            file_->at = next;
        }
        const auto hole = ::lseek(file_->fd.get(), static_cast<off_t>(file_->at), SEEK_HOLE);
        if (hole >= 0)
            most = std::min(file_->size, static_cast<std::uint64_t>(hole)) - std::min(file_->at, file_->size);
    }
    if (file_->at == file_->size) return end_file(false);
    auto to = room(record_header_size + 1);
    to = to.first(record_header_size + static_cast<std::size_t>(std::min<std::uint64_t>(
                                           to.size() - record_header_size, std::max<std::uint64_t>(most, 1))));
    const auto n = read_full(file_->fd.get(), to.subspan(record_header_size), file_->at);
    if (!n) return unreadable(n.error().value(), file_->path);
    if (*n == 0) return end_file(true);
    proto::write_record_header(to.data(), 0, static_cast<std::uint32_t>(*n));
    out_.back().commit(record_header_size + *n);
    out_bytes_ += record_header_size + *n;
    file_->at += *n;
    return file_->at == file_->size ? end_file(false) : proto::result<void>();
}

/// `cut`: it ended before its size.
proto::result<void> tree_reader::end_file(bool cut) {
    struct stat st{};
    const bool same = ::fstat(file_->fd.get(), &st) == 0 && to_nanoseconds(st.st_mtim) == file_->changed_ns;
    proto::entry_more end;
    end.changed = cut || !same;
    if (end.changed) {
        ++counts_.changed;
        counts_.note(file_->path, "changed");
    }
    if (file_->delta) {
        end.offset = file_->at;
        end.digest = file_->delta->digest.finish().to_string();
        counts_.reused += file_->at - file_->delta->sent_to;
    }
    if (end.changed || file_->delta) {
        text_.clear();
        proto::append_head(text_, end);
        append_record(text_, 0);
    }
    file_.reset();
    return {};
}

// --- what differs ----------------------------------------------------------------------------------------------------

/// Nothing where the file is to be sent as a whole.
std::optional<std::size_t> tree_reader::block_for(std::uint64_t size, std::uint64_t base_size) const {
    if (!how_.delta || std::min(size, base_size) < proto::block_delta::smallest_file) return std::nullopt;
    return proto::block_delta::block_for(std::max(size, base_size));
}

proto::result<void> tree_reader::feed_blocks(std::span<const std::byte> bytes) {
    auto& delta = *file_->delta;
    if (auto fed = delta.list.feed(bytes); !fed) return fed;
    if (delta.list.complete()) delta.base.emplace(delta.block, delta.list.take());
    return {};
}

/// The next piece of the file that is being sent; a record for each run of blocks that differ.
proto::result<void> tree_reader::read_changed() {
    auto& delta = *file_->delta;
    if (buffer_.empty()) buffer_.resize(proto::piece_size);
    const auto most = std::min<std::uint64_t>(buffer_.size(), file_->size - file_->at);
    const auto n = read_full(file_->fd.get(), std::span(buffer_).first(static_cast<std::size_t>(most)), file_->at);
    if (!n) return unreadable(n.error().value(), file_->path);
    const auto came = std::span<const std::byte>(buffer_).first(*n);
    delta.digest.update(came);
    compared_ += *n;
    for (const auto& run : delta.base->compare(file_->at, came)) {
        const auto begin = file_->at + run.begin;
        text_.clear();
        if (begin > delta.sent_to) proto::append_head(text_, proto::entry_more{begin, false, {}, {}});
        counts_.reused += begin - delta.sent_to;
        delta.sent_to = begin + run.size;
        append_record(text_, static_cast<std::uint32_t>(run.size));
        append_bytes(came.subspan(run.begin, run.size));
    }
    file_->at += *n;
    const bool cut = *n < most;
    return cut || file_->at == file_->size ? end_file(cut) : proto::result<void>();
}

} // namespace tug::os
