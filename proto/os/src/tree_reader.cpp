#include "tug/os/tree_reader.hpp"

#include "has_gone.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/temporary_name.hpp"

#include <tug/proto/digest.hpp>
#include <tug/proto/limits.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

// How a tree becomes a stream. The content of its files is in tree_contents.cpp; what is sent of it where the other
// side has some of it already in tree_compare.cpp.

namespace tug::os {

namespace {

using proto::file_type;
using proto::record_header_size;

/// Bytes of files that the other side has, in one call of read(): they may all be the same.
constexpr std::size_t most_compared = 8 * 1024 * 1024;

} // namespace

proto::failure tree_reader::unreadable(int err, std::string_view path) {
    return file_failure(err, "cannot read " + quoted(path));
}

proto::result<tree_reader> tree_reader::begin(unique_fd top, tree_read_options how) {
    auto status = status_of(top.get());
    if (!status) return unreadable(status.error().value(), ".");
    auto walk = tree_walk::begin(std::move(top), true);
    if (!walk) return unreadable(walk.error().value(), ".");
    tree_reader out(std::move(*walk), std::move(how));
    out.own_ = own_entry{".", std::move(*status)};
    return out;
}

proto::result<std::vector<proto::chunk>> tree_reader::read(std::size_t most) {
    out_.clear();
    out_bytes_ = 0;
    compared_ = 0;
    const auto goes_on = [&] {
        return !done_ && out_bytes_ < most && compared_ < most_compared && !wants_blocks() && !taken_;
    };
    while (goes_on() && !(wants_have() && !file_)) {
        const auto stepped = file_ ? read_some() : step();
        if (!stepped) return stepped.error();
    }
    if (telling_) say_progress();
    return std::exchange(out_, {});
}

proto::tree_amount tree_reader::passed() const noexcept {
    auto out = passed_;
    if (file_) out.bytes -= std::min(out.bytes, file_->size - file_->at);
    return out;
}

void tree_reader::say_progress() {
    text_.clear();
    proto::append_head(text_, proto::entry_more{std::nullopt, false, passed(), total_});
    append_record(text_, 0);
}

/// It is dealt with.
void tree_reader::pass_own() {
    if (own_->status.type != file_type::directory) ++passed_.files;
    if (own_->status.type == file_type::file) passed_.bytes += own_->status.size;
    own_.reset();
}

proto::result<void> tree_reader::step() {
    const auto looked = look_ahead();
    if (!looked) return looked.error();
    if (how_.have != nullptr) return step_both();
    if (!own_) {
        done_ = true;
        return {};
    }
    note_change(tree_change::kind::written, own_->path);
    return send_own(false);
}

/// What goes, or what own_ makes.
void tree_reader::note_change(tree_change::kind what, std::string path) {
    if (how_.changes == nullptr) return;
    tree_change change{std::move(path), what};
    if (what != tree_change::kind::removed) {
        change.type = own_->status.type;
        if (change.type == file_type::file) change.size = own_->status.size;
        const bool carried =
            change.type == file_type::file || change.type == file_type::directory || change.type == file_type::symlink;
        if (!carried) return;
    }
    how_.changes->push_back(std::move(change));
}

/// Finds the next entry of the tree. False at the end.
proto::result<bool> tree_reader::look_ahead() {
    while (!own_ && !at_end_) {
        auto entry = walk_.next();
        if (!entry) {
            at_end_ = true;
        } else if (!entry->status) {
            const int err = entry->status.error().value();
            if (!has_gone(err)) return unreadable(err, entry->path);
            ++counts_.changed;
            counts_.note(entry->path, "gone");
        } else if (is_left_out(*entry)) {
            walk_.skip();
        } else {
            own_ = own_entry{std::move(entry->path), std::move(*entry->status)};
        }
    }
    return own_.has_value();
}

/// What an interrupted transfer has left is no part of a tree.
bool tree_reader::is_left_out(const tree_entry& entry) const {
    return how_.exclude.match(entry.path, entry.status->type == file_type::directory) ||
           is_temporary_name(walk_.name());
}

proto::entry_head tree_reader::head_of_own() const {
    constexpr std::uint32_t permission_bits = 0777;
    proto::entry_head head;
    head.path = own_->path;
    head.type = own_->status.type;
    head.mode = own_->status.mode & permission_bits;
    head.mtime_ns = own_->status.mtime_ns;
    if (head.type == file_type::file) head.size = own_->status.size;
    if (how_.owner) head.uid = own_->status.uid;
    if (how_.owner) head.gid = own_->status.gid;
    return head;
}

/// `base_size`: of the file of that path that the other side has.
proto::result<void> tree_reader::send_own(bool same_content, std::uint64_t base_size) {
    auto head = head_of_own();
    if (head.type == file_type::file) {
        auto sent = send_file(std::move(head), same_content, base_size);
        pass_own();
        return sent;
    }
    if (head.type == file_type::directory) {
        ++counts_.directories;
    } else if (head.type == file_type::symlink) {
        head.target = own_->status.target.value_or("");
        ++counts_.symlinks;
    } else {
        ++counts_.skipped;
        counts_.note(head.path, std::string(proto::name_of(head.type)));
    }
    pass_own();
    text_.clear();
    proto::append_head(text_, head);
    append_record(text_, 0);
    return {};
}

/// The first name of a file is kept for those to come.
bool tree_reader::has_earlier_name(proto::entry_head& head) {
    if (own_->status.links < 2 || how_.listing) return false;
    const auto [at, first] = names_.try_emplace({own_->status.device, own_->status.inode}, head.path);
    if (!first) head.link = at->second;
    return !first;
}

/// The very file of own_; none where it has gone.
proto::result<unique_fd> tree_reader::open_own() const {
    auto file = walk_.open_file();
    if (file) return std::move(file->fd);
    if (has_gone(file.error().value())) return unique_fd();
    return unreadable(file.error().value(), own_->path);
}

proto::result<void> tree_reader::send_file(proto::entry_head head, bool same_content, std::uint64_t base_size) {
    const bool linked = has_earlier_name(head);
    head.same = same_content && !linked;
    if (how_.digests && how_.listing) {
        auto digest = digest_of_own();
        if (!digest) return digest.error();
        head.digest = std::move(*digest);
    }
    const bool content = !head.same && !linked;
    const auto block = content ? block_for(head.size, base_size) : std::nullopt;
    if (content && how_.contents && !how_.listing) return send_content(std::move(head), block);
    if (content) {
        ++counts_.files;
        counts_.bytes += head.size;
        if (block) ++counts_.patched;
    }
    text_.clear();
    proto::append_head(text_, head);
    append_record(text_, 0);
    return {};
}

void tree_reader::append_record(std::string_view head, std::uint32_t body_size) {
    auto to = room(record_header_size);
    proto::write_record_header(to.data(), static_cast<std::uint32_t>(head.size()), body_size);
    out_.back().commit(record_header_size);
    out_bytes_ += record_header_size;
    append_bytes(std::as_bytes(std::span(head)));
}

void tree_reader::append_bytes(std::span<const std::byte> bytes) {
    out_bytes_ += bytes.size();
    while (!bytes.empty()) {
        static_cast<void>(room(1));
        bytes = bytes.subspan(out_.back().append(bytes));
    }
}

/// Room for `wanted` bytes in one piece; those that are used are committed to the last of out_.
std::span<std::byte> tree_reader::room(std::size_t wanted) {
    if (out_.empty() || out_.back().room().size() < wanted) out_.emplace_back(std::max(proto::piece_size, wanted));
    return out_.back().room();
}

} // namespace tug::os
