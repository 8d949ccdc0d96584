#include "endpoints/endpoints.hpp"
#include "files/in_place_file.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"
#include <tug/os/path_text.hpp>

#include <tug/net/blocking.hpp>
#include <tug/os/staged_file.hpp>
#include <tug/proto/digest.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tug::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t data = 0; // the one stream

/// The file of one put, on the blocking pool: written and digested piece by piece, then verified and put in its place.
class upload {
public:
    upload(context& shared, const caller& who, const proto::put_params& params)
        : shared_(shared), who_(who), params_(params), digest_(params.digest.kind) {}

    /// One trip to the pool: opens the file where that was not done yet, writes the pieces and, where they are the
    /// last, puts the file in its place. Nothing is returned while there is more to come.
    [[nodiscard]] proto::result<std::optional<proto::put_result>>
    take(const std::vector<proto::chunk>& pieces, bool last, const std::optional<std::string>& digest_at_eof) {
        if (!file_) {
            if (auto opened = open(last); !opened) return with_way_out(opened.error());
        } else if (last) {
            if (auto same = check_root(); !same) return same.error();
        }
        if (auto written = write(pieces); !written) return written.error();
        if (!last) return std::optional<proto::put_result>();
        auto stored = commit(digest_at_eof);
        if (!stored) return with_way_out(stored.error());
        return std::optional(std::move(*stored));
    }

    void discard() noexcept { file_.reset(); }

private:
    [[nodiscard]] proto::result<void> open(bool all_is_here) {
        if (params_.in_place) {
            auto existing = open_existing();
            if (!existing) return existing.error();
            if (*existing) return open_in_place(std::move(*existing));
        }
        return open_staged(all_is_here);
    }

    /// A file that is put in its place in a directory that no path leads to any more would be out of sight.
    [[nodiscard]] proto::result<void> check_root() const {
        const auto now = shared_.files.now();
        if (!now) return now.error();
        if (shared_.files.changes() == root_changes_) return {};
        return proto::failure(proto::errc::io_error, "the root directory of tugd became another one while the file was "
                                                     "being sent; send it again");
    }

    [[nodiscard]] os::last_link at_end() const {
        return params_.follow ? os::last_link::followed : os::last_link::kept;
    }

    /// The file to write into; none where there is none.
    [[nodiscard]] proto::result<os::unique_fd> open_existing() const {
        return in_root_of(shared_.files, who_,
                          [this](const os::root& files) { return files.open_write(params_.path, at_end()); });
    }

    [[nodiscard]] proto::result<void> open_in_place(os::unique_fd existing) {
        root_changes_ = shared_.files.changes();
        if (!params_.overwrite)
            return proto::failure(proto::errc::already_exists, os::quoted(params_.path) + " exists");
        in_place_options how;
        how.mode = params_.mode;
        how.mtime_ns = params_.mtime_ns;
        how.durable = params_.durable;
        auto made = in_place_file::create(std::move(existing), params_.path, how);
        if (!made) return made.error();
        file_.emplace(std::move(*made));
        return {};
    }

    /// The parent directory, what a killed daemon left in it, and the file.
    [[nodiscard]] proto::result<void> open_staged(bool all_is_here) {
        auto target = in_root_of(shared_.files, who_, [this](const os::root& files) {
            return files.open_parent(params_.path, params_.make_parents, params_.durable, at_end());
        });
        if (!target) return target.error();
        root_changes_ = shared_.files.changes();
        shared_.sweeper.before_put(target->directory.get());
        os::staged_options how;
        how.mode = params_.mode;
        how.new_mode = params_.new_mode.value_or(proto::put_params::default_mode);
        how.mtime_ns = params_.mtime_ns;
        how.durable = params_.durable;
        how.overwrite = params_.overwrite;
        how.early_check = !all_is_here; // commit() looks in a moment
        auto staged = os::staged_file::create(std::move(target->directory), std::move(target->name), how);
        if (!staged) return staged.error();
        file_.emplace(std::move(*staged));
        return {};
    }

    /// Digests while the bytes are in the cache.
    [[nodiscard]] proto::result<void> write(const std::vector<proto::chunk>& pieces) {
        for (const auto& piece : pieces) {
            if (params_.size && size_ + piece.size() > *params_.size)
                return proto::failure(proto::errc::size_mismatch,
                                      "more bytes came than the " + std::to_string(*params_.size) + " of size");
            digest_.update(piece.bytes());
            const auto write = [&](auto& file) { return file.write(piece.bytes()); };
            if (auto written = std::visit(write, *file_); !written) return written;
            size_ += piece.size();
        }
        return {};
    }

    /// Nothing has the name of the target until all that is known of the content was found true.
    [[nodiscard]] proto::result<proto::put_result> commit(const std::optional<std::string>& digest_at_eof) {
        proto::put_result out;
        out.size = size_;
        out.in_place = std::holds_alternative<in_place_file>(*file_);
        if (params_.size && out.size != *params_.size)
            return proto::failure(proto::errc::size_mismatch,
                                  std::to_string(out.size) + " bytes came, size says " + std::to_string(*params_.size));
        const auto actual = digest_.finish();
        if (auto same = check(params_.digest.expected, actual); !same) return same.error();
        if (digest_at_eof) {
            const auto expected = proto::digest::parse(*digest_at_eof);
            if (!expected) return expected.error();
            if (expected->kind() != actual.kind())
                return proto::failure::bad_field("digest", "at eof is of another kind than params asked for");
            if (auto same = check(*expected, actual); !same) return same.error();
        }
        out.digest = actual.to_string();
        if (auto stored = std::visit([](auto& file) { return file.commit(); }, *file_); !stored) return stored.error();
        return out;
    }

    /// A failure to replace a file that can be written into says so.
    [[nodiscard]] proto::failure with_way_out(proto::failure why) const {
        constexpr std::array<std::string_view, 4> of_replacing{"EACCES", "EBUSY", "EPERM", "EROFS"};
        if (params_.in_place || why.stored || std::ranges::find(of_replacing, why.os_error) == of_replacing.end())
            return why;
        const auto existing = open_existing();
        if (existing && *existing)
            why.message += "; the file cannot be replaced, but written into: in_place (--in-place of tug) does that";
        return why;
    }

    [[nodiscard]] static proto::result<void> check(const std::optional<proto::digest>& expected,
                                                   const proto::digest& actual) {
        if (!expected || *expected == actual) return {};
        return proto::failure(proto::errc::digest_mismatch,
                              "what came is " + actual.to_string() + ", not " + expected->to_string());
    }

    context& shared_;
    const caller& who_;
    const proto::put_params& params_;
    proto::hasher digest_;
    std::optional<std::variant<os::staged_file, in_place_file>> file_;
    std::uint64_t size_ = 0; ///< Of what was written.
    std::uint64_t root_changes_ = 0;
};

/// What has come and was not taken, without waiting: one trip to the pool. The window is free again when that is over.
std::vector<proto::chunk> ready_pieces(call& c) {
    std::vector<proto::chunk> out;
    while (auto piece = c.io().read_more(data)) out.push_back(std::move(*piece));
    return out;
}

/// Waits for more of it; none is eof.
asio::awaitable<proto::result<std::vector<proto::chunk>>> next_pieces(call& c) {
    auto first = co_await c.read(data);
    if (!first) co_return first.error();
    auto out = ready_pieces(c);
    if (!first->empty()) out.insert(out.begin(), std::move(*first));
    co_return out;
}

asio::awaitable<proto::result<proto::put_result>> receive(call& c, upload& file) {
    // The read that brought the request goes on first: a small file has come along with it, and is one trip then.
    co_await asio::post(asio::use_awaitable);
    auto pieces = ready_pieces(c);
    for (;;) {
        // A sender that never pauses does not keep a call from ending. Where all is here this is the last look: from
        // the rename on it comes too late.
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        const auto& in = c.io().call().inbound[data];
        const bool last = in.eof() && !in.has_data();
        const auto digest = last ? in.digest() : std::nullopt; // a copy: the stream is this thread's
        const auto work = [&] { return file.take(pieces, last, digest); };
        auto taken = co_await net::run_blocking(c.files(), work);
        if (!taken) co_return taken.error();
        if (*taken) co_return std::move(**taken);
        auto more = co_await next_pieces(c);
        if (!more) co_return more.error();
        pieces = std::move(*more);
    }
}

} // namespace

asio::awaitable<answer> put(context& shared, call& c, proto::put_params params) {
    upload file(shared, c.who(), params);
    const auto received = co_await receive(c, file);
    // Freeing what a big file took can block, and is not for this thread.
    const auto discard = [&] { file.discard(); };
    if (!received) {
        co_await net::run_blocking(c.files(), discard);
        co_return received.error();
    }
    co_return boost::json::value(received->to_json());
}

} // namespace tug::service
