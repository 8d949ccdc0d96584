#include "tug/os/errno.hpp"
#include "tug/os/tree_reader.hpp"

#include <tug/proto/digest.hpp>
#include <tug/proto/limits.hpp>

#include <unistd.h>

#include <cerrno>
#include <utility>

// What a tree_reader sends where the other side has said what it has: both lists are in the same order, so that one
// look at the front of each decides.

namespace tug::os {

using proto::comes_before;
using proto::file_type;

/// Precondition: the list of the other side is ready.
proto::result<void> tree_reader::step_both() {
    const auto* theirs = how_.have->front();
    if (!removing_.empty()) {
        if (theirs != nullptr && proto::is_below(theirs->path, removing_))
            how_.have->pop();
        else
            say_absent(std::exchange(removing_, {}));
        return {};
    }
    if (!own_ && theirs == nullptr) {
        done_ = true;
        return {};
    }
    if (!own_ || (theirs != nullptr && comes_before(theirs->path, own_->path))) {
        pass_theirs();
        return {};
    }
    if (theirs != nullptr && !comes_before(own_->path, theirs->path)) return compare();
    note_change(tree_change::kind::written, own_->path);
    return send_own(false);
}

/// What only the other side has. A directory goes when all that is in it was passed: only then may something else of
/// its name follow.
void tree_reader::pass_theirs() {
    const auto path = how_.have->front()->path;
    const bool directory = how_.have->front()->type == file_type::directory;
    how_.have->pop();
    if (!how_.remove && !how_.whole) return;
    if (directory)
        removing_ = path;
    else
        say_absent(path);
}

void tree_reader::say_absent(std::string path) {
    ++counts_.removed;
    note_change(tree_change::kind::removed, path);
    if (how_.whole) return;
    proto::entry_head head;
    head.path = std::move(path);
    head.absent = true;
    text_.clear();
    proto::append_head(text_, head);
    append_record(text_, 0);
}

/// Both have that path.
proto::result<void> tree_reader::compare() {
    const auto& theirs = *how_.have->front();
    const auto mine = head_of_own();
    if (theirs.type != mine.type && (how_.remove || how_.whole)) {
        pass_theirs();
        return {};
    }
    const bool same_type = theirs.type == mine.type;
    bool same = false;
    if (same_type && mine.type == file_type::file && theirs.size == mine.size) {
        same = theirs.mtime_ns == mine.mtime_ns;
        if (how_.digests) {
            auto digest = digest_of_own();
            if (!digest) return digest.error();
            same = !digest->empty() && theirs.digest == *digest;
        }
    }
    const bool same_link = same_type && mine.type == file_type::symlink && theirs.target == own_->status.target;
    if (same_link && !how_.whole) same = true;
    const bool attributes = theirs.mtime_ns == mine.mtime_ns && theirs.mode == mine.mode &&
                            (!how_.owner || (theirs.uid == mine.uid && theirs.gid == mine.gid));
    const auto base_size = theirs.type == file_type::file ? theirs.size : 0;
    how_.have->pop();
    const bool link = mine.type == file_type::file && own_->status.links > 1;
    const bool nothing_to_say = !how_.whole && same && (same_link || (attributes && !link));
    if (same) ++counts_.unchanged;
    if (nothing_to_say) {
        pass_own();
        return {};
    }
    const bool content_stays = same || same_link || (same_type && mine.type == file_type::directory);
    if (!content_stays)
        note_change(tree_change::kind::written, own_->path);
    else if (!attributes && !same_link)
        note_change(tree_change::kind::attributes, own_->path);
    return send_own(same, base_size);
}

/// Empty where the file has gone.
proto::result<std::string> tree_reader::digest_of_own() const {
    auto fd = open_own();
    if (!fd) return fd.error();
    if (!*fd) return std::string();
    proto::hasher hasher(proto::digest_kind::xxh3_128);
    proto::chunk piece(proto::piece_size);
    for (;;) {
        const auto n = ::read(fd->get(), piece.room().data(), piece.room().size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return file_failure(errno, "cannot read a file");
        if (n == 0) break;
        hasher.update(piece.room().first(static_cast<std::size_t>(n)));
    }
    return hasher.finish().to_string();
}

} // namespace tug::os
