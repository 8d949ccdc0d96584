#include "endpoints/upload.hpp"

#include "server/callers_root.hpp"

#include <tug/os/partial_file.hpp>
#include <tug/os/path_text.hpp>
#include <tug/os/range_digest.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tug::service {

namespace {

/// Of a hole, digested in one trip to the pool.
constexpr std::uint64_t zeros_at_once = 64 * 1024 * 1024;

proto::result<void> check_content(const std::optional<proto::digest>& expected, const proto::digest& actual) {
    if (!expected || *expected == actual) return {};
    return proto::failure(proto::errc::digest_mismatch,
                          "what came is " + actual.to_string() + ", not " + expected->to_string());
}

proto::result<void> check_at_eof(const std::optional<std::string>& said, const proto::digest& actual) {
    if (!said) return {};
    const auto expected = proto::digest::parse(*said);
    if (!expected) return expected.error();
    if (expected->kind() != actual.kind())
        return proto::failure::bad_field("digest", "at eof is of another kind than params asked for");
    return check_content(*expected, actual);
}

} // namespace

proto::result<void> upload::find_target() {
    if (auto found = find_place(); !found) return found;
    auto there = os::existing_file::open(target_->directory.get(), target_->name);
    if (!there) return there.error();
    existing_ = std::move(*there);
    return {};
}

proto::result<void> upload::stage() {
    auto made = stage_file(false);
    if (!made) return with_way_out(made.error());
    return made;
}

/// What is behind the end of the new file goes later.
proto::result<bool> upload::copy_base() {
    const auto size = std::min(existing_->size(), *params_.size);
    auto done = std::get<os::staged_file>(*file_).take_base(existing_->descriptor(), size);
    if (!done) failed_ = true;
    return done;
}

void upload::add(std::vector<placed_piece> pieces) {
    for (auto& piece : pieces) pieces_.push_back(std::move(piece));
}

proto::result<std::optional<proto::put_result>> upload::step(const std::optional<end_of_data>& end) {
    auto done = try_step(end);
    if (!done) failed_ = true;
    return done;
}

proto::result<std::optional<proto::put_result>> upload::try_step(const std::optional<end_of_data>& end) {
    std::optional<proto::put_result> not_yet;
    if (!file_) {
        if (auto opened = open(end.has_value()); !opened) return with_way_out(opened.error());
    } else if (end) {
        if (auto same = check_root(); !same) return same.error();
    }
    const auto written = params_.delta ? write_over() : write_pieces();
    if (!written) return written.error();
    if (!*written || !end) return not_yet;
    if (params_.delta) {
        const auto digested = digest_whole();
        if (!digested) return digested.error();
        if (!*digested) return not_yet;
    } else if (end->position) {
        const auto there = reach(*end->position);
        if (!there) return there.error();
        if (!*there) return not_yet;
    }
    auto stored = commit(end->digest);
    if (!stored) return with_way_out(explained(stored.error()));
    return std::optional(std::move(*stored));
}

void upload::end() noexcept {
    if (file_ && !failed_)
        if (auto* staged = std::get_if<os::staged_file>(&*file_)) staged->leave();
    file_.reset();
}

// --- opening ---------------------------------------------------------------------------------------------------------

proto::result<void> upload::open(bool all_is_here) {
    if (params_.in_place) {
        auto existing = open_existing();
        if (!existing) return existing.error();
        if (*existing) return open_in_place(std::move(*existing));
    }
    if (auto found = find_place(); !found) return found;
    return stage_file(all_is_here);
}

/// A file that is put in its place in a directory that no path leads to any more would be out of sight.
proto::result<void> upload::check_root() const {
    const auto now = shared_.files.now();
    if (!now) return now.error();
    if (shared_.files.changes() == root_changes_) return {};
    return proto::failure(proto::errc::io_error, "the root directory of tugd became another one while the file was "
                                                 "being sent; send it again");
}

os::last_link upload::at_end() const {
    return params_.follow ? os::last_link::followed : os::last_link::kept;
}

/// The file to write into; none where there is none.
proto::result<os::unique_fd> upload::open_existing() const {
    return in_root_of(shared_.files, who_,
                      [this](const os::root& files) { return files.open_write(params_.path, at_end()); });
}

proto::result<void> upload::open_in_place(os::unique_fd existing) {
    root_changes_ = shared_.files.changes();
    if (!params_.overwrite) return proto::failure(proto::errc::already_exists, os::quoted(params_.path) + " exists");
    in_place_options how;
    how.mode = params_.mode;
    how.mtime_ns = params_.mtime_ns;
    how.durable = params_.durable;
    auto made = in_place_file::create(std::move(existing), params_.path, how);
    if (!made) return made.error();
    file_.emplace(std::move(*made));
    return {};
}

/// The parent directory, and what a killed daemon left in it.
proto::result<void> upload::find_place() {
    auto target = in_root_of(shared_.files, who_, [this](const os::root& files) {
        return files.open_parent(params_.path, params_.make_parents, params_.durable, at_end());
    });
    if (!target) return target.error();
    root_changes_ = shared_.files.changes();
    shared_.sweeper.before_put(target->directory.get(), shared_.settings.keep_partial);
    target_ = std::move(*target);
    return {};
}

proto::result<void> upload::stage_file(bool all_is_here) {
    os::staged_options how;
    how.mode = params_.mode;
    how.new_mode = params_.new_mode.value_or(proto::put_params::default_mode);
    how.mtime_ns = params_.mtime_ns;
    how.durable = params_.durable;
    how.readable = params_.delta.has_value();
    how.overwrite = params_.overwrite && !(params_.if_match && !params_.if_match->digest);
    how.early_check = !all_is_here; // commit() looks in a moment
    if (params_.if_match && existing_)
        how.before_name = [this](int directory, const std::string& name) { return existing_->hold(directory, name); };
    auto staged = params_.resume ? os::staged_file::resume(std::move(target_->directory), target_->name, how,
                                                           partial_name(), params_.size.value_or(0))
                                 : os::staged_file::create(std::move(target_->directory), target_->name, how);
    if (!staged) return explained(staged.error());
    size_ = staged->size();
    file_.emplace(std::move(*staged));
    return {};
}

/// Of another token, key, file or size there is another name.
std::string upload::partial_name() const {
    return os::partial_name({*params_.resume, who_.key_id, target_->name, std::to_string(params_.size.value_or(0))});
}

// --- writing ---------------------------------------------------------------------------------------------------------

/// False where there is more to write, which takes a further trip.
proto::result<bool> upload::write_pieces() {
    while (!pieces_.empty()) {
        auto& next = pieces_.front();
        auto there = reach(next.position);
        if (!there || !*there) return there;
        const auto bytes = unpacker_.unpack(std::move(next.bytes));
        if (!bytes) return bytes.error();
        if (auto written = write(*bytes); !written) return written.error();
        pieces_.pop_front();
    }
    return true;
}

/// Of a delta: over the base, or behind it.
proto::result<bool> upload::write_over() {
    auto& staged = std::get<os::staged_file>(*file_);
    for (; !pieces_.empty(); pieces_.pop_front()) {
        auto& [packed, position] = pieces_.front();
        if (position < size_)
            return proto::failure::bad_field("offset", std::to_string(position) + " is before what came already");
        size_ = position;
        if (auto fits = check_room(packed.content_size()); !fits) return fits.error();
        const auto bytes = unpacker_.unpack(std::move(packed));
        if (!bytes) return bytes.error();
        if (auto written = staged.write_at(position, bytes->bytes()); !written) return written.error();
        size_ += bytes->size();
    }
    return true;
}

/// Of a delta: all of it is there now. A part of it in each trip.
proto::result<bool> upload::digest_whole() {
    auto& staged = std::get<os::staged_file>(*file_);
    if (!whole_) {
        if (auto cut = staged.set_size(*params_.size); !cut) return cut.error();
        whole_.emplace(staged.descriptor(), 0, *params_.size, std::move(digest_));
    }
    auto done = whole_->step();
    if (!done || !*done) return done;
    digest_ = whole_->take();
    size_ = whole_->position();
    return true;
}

/// Digests while the bytes are in the cache.
proto::result<void> upload::write(const proto::chunk& bytes) {
    if (auto fits = check_room(bytes.size()); !fits) return fits;
    digest_.update(bytes.bytes());
    const auto append = [&](auto& file) { return file.write(bytes.bytes()); };
    if (auto written = std::visit(append, *file_); !written) return written;
    size_ += bytes.size();
    return {};
}

/// Leaves a hole up to there, a part of it in each trip; true when that is done.
proto::result<bool> upload::reach(std::uint64_t position) {
    if (position == size_) return true;
    if (position < size_)
        return proto::failure::bad_field("offset", std::to_string(position) + " is before what came already, " +
                                                       std::to_string(size_) + " bytes");
    auto* staged = std::get_if<os::staged_file>(&*file_);
    if (!staged) return proto::failure::bad_field("offset", "leaves a hole, which does not go with in_place");
    if (auto fits = check_room(position - size_); !fits) return fits.error();
    const auto now = std::min(position - size_, zeros_at_once);
    if (auto skipped = staged->skip(now); !skipped) return skipped.error();
    os::digest_zeros(digest_, now);
    size_ += now;
    return size_ == position;
}

proto::result<void> upload::check_room(std::uint64_t more) const {
    if (!params_.size || more <= *params_.size - std::min(size_, *params_.size)) return {};
    return proto::failure(proto::errc::size_mismatch,
                          "more bytes came than the " + std::to_string(*params_.size) + " of size");
}

// --- the end ---------------------------------------------------------------------------------------------------------

/// Nothing has the name of the target until all that is known of the content was found true.
proto::result<proto::put_result> upload::commit(const std::optional<std::string>& digest_at_eof) {
    proto::put_result out;
    out.size = size_;
    out.in_place = std::holds_alternative<in_place_file>(*file_);
    if (params_.size && out.size != *params_.size)
        return proto::failure(proto::errc::size_mismatch,
                              std::to_string(out.size) + " bytes came, size says " + std::to_string(*params_.size));
    const auto actual = digest_.finish();
    if (auto same = check_content(params_.digest.expected, actual); !same) return same.error();
    if (auto same = check_at_eof(digest_at_eof, actual); !same) return same.error();
    out.digest = actual.to_string();
    if (auto stored = std::visit([](auto& file) { return file.commit(); }, *file_); !stored) return stored.error();
    return out;
}

/// What was to be absent is there.
proto::failure upload::explained(proto::failure why) const {
    if (why.code == proto::errc::already_exists && params_.if_match) why.code = proto::errc::precondition_failed;
    return why;
}

/// A failure to replace a file that can be written into says so.
proto::failure upload::with_way_out(proto::failure why) const {
    constexpr std::array<std::string_view, 4> of_replacing{"EACCES", "EBUSY", "EPERM", "EROFS"};
    if (params_.in_place || why.stored || std::ranges::find(of_replacing, why.os_error) == of_replacing.end())
        return why;
    const auto existing = open_existing();
    if (existing && *existing)
        why.message += "; the file cannot be replaced, but written into: in_place (--in-place of tug) does that";
    return why;
}

} // namespace tug::service
