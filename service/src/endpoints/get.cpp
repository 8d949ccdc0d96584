#include "endpoints/endpoints.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"
#include <tug/os/errno.hpp>
#include <tug/os/path_text.hpp>

#include <tug/net/blocking.hpp>
#include <tug/os/file_time.hpp>
#include <tug/proto/digest.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tug::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t data = 0; // the one stream

/// Read in one trip to the pool, in bytes, if there is credit for it; no call holds more than this of a file.
constexpr std::size_t read_at_once = 4 * proto::piece_size;

struct piece {
    proto::chunk bytes;
    std::size_t size;
    proto::hasher digest_before; ///< The digest covers what is sent, and that is known only afterwards.
};

/// The range of one file that a get sends; read on the blocking pool, digested while it is in the cache.
class download {
public:
    download(context& shared, const caller& who, const proto::get_params& params)
        : shared_(shared), who_(who), params_(params), digest_(params.digest) {}

    [[nodiscard]] proto::result<void> open() {
        auto opened =
            in_root_of(shared_.files, who_, [this](const os::root& files) { return files.open_read(params_.path); });
        if (!opened) return opened.error();
        file_ = std::move(*opened);
        if (params_.offset > file_.size && (file_.size > 0 || params_.length == 0U)) return past_the_end();
        // Files of /proc say that they are empty: what says so is read until it ends.
        if (file_.size > 0) left_ = file_.size - params_.offset;
        if (params_.length) left_ = std::min(left_.value_or(*params_.length), *params_.length);
        if (file_.size > 0) ::posix_fadvise(file_.fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
        return {};
    }

    /// The next bytes, at most `most` of them, in pieces; none at the end of the range.
    [[nodiscard]] proto::result<std::vector<piece>> read(std::size_t most) {
        std::vector<piece> out;
        while (most > 0 && left_ != 0U) {
            auto bytes = read_piece(std::min(most, proto::piece_size));
            if (!bytes) return bytes.error();
            if (bytes->empty()) {
                left_ = 0;
                break;
            }
            most -= bytes->size();
            const auto size = bytes->size();
            out.push_back({std::move(*bytes), size, digest_});
            digest_.update(out.back().bytes.bytes());
        }
        return out;
    }

    /// The pieces from this one on were not sent: the client stopped the stream meanwhile.
    void take_back(std::span<piece> unsent) {
        digest_ = unsent.front().digest_before;
        for (const auto& p : unsent) sent_ -= p.size;
        left_ = 0;
    }

    [[nodiscard]] proto::get_result summary() {
        proto::get_result out;
        out.size = file_.size;
        out.bytes = sent_;
        if (params_.digest != proto::digest_kind::none) out.digest = digest_.finish().to_string();
        out.mode = file_.mode;
        out.mtime_ns = file_.mtime_ns;
        return out;
    }

    [[nodiscard]] bool done() const noexcept { return left_ == 0U; }

private:
    [[nodiscard]] proto::failure past_the_end() const {
        return {proto::errc::range_invalid, "offset " + std::to_string(params_.offset) + " is past the end of " +
                                                std::to_string(file_.size) + " bytes"};
    }

    [[nodiscard]] proto::result<proto::chunk> read_piece(std::size_t most) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_.value_or(most), most));
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
    [[nodiscard]] proto::result<void> check_first(proto::chunk& piece) {
        struct stat now{};
        if (::fstat(file_.fd.get(), &now) != 0)
            return os::file_failure(errno, "cannot read " + os::quoted(params_.path));
        if (now.st_size > 0) piece = proto::chunk();
        if (piece.empty() && params_.offset > 0) return past_the_end();
        return {};
    }

    /// Of a file that ended before its size: sysfs says 4096 of all its files, and goes on saying so. Where the size or
    /// the time of the last change is another one now, the file was cut.
    [[nodiscard]] proto::result<void> check_short(std::size_t came) {
        struct stat now{};
        if (::fstat(file_.fd.get(), &now) != 0)
            return os::file_failure(errno, "cannot read " + os::quoted(params_.path));
        if (static_cast<std::uint64_t>(now.st_size) != file_.size ||
            os::to_nanoseconds(now.st_ctim) != file_.changed_ns)
            return proto::failure(proto::errc::io_error, "the file became shorter while it was being sent");
        file_.size = params_.offset + sent_ + came;
        left_ = came;
        return {};
    }

    context& shared_;
    const caller& who_;
    const proto::get_params& params_;
    proto::hasher digest_;
    os::opened_file file_;
    std::optional<std::uint64_t> left_; ///< Of the range; unknown where the file does not say its size.
    std::uint64_t sent_ = 0;
};

/// What there is credit for, within measure.
std::size_t may_read(call& c) {
    return std::min(c.io().sendable(data), read_at_once);
}

/// Sends all of it, unless the client wants no more.
asio::awaitable<proto::result<void>> send(call& c, download& file, std::vector<piece>& pieces) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const auto sent = co_await c.write(data, std::move(pieces[i].bytes));
        if (!sent) co_return sent.error();
        if (*sent) continue;
        file.take_back(std::span(pieces).subspan(i));
        break;
    }
    co_return proto::result<void>();
}

} // namespace

asio::awaitable<answer> get(context& shared, call& c, proto::get_params params) {
    download file(shared, c.who(), params);
    // The first bytes come along with the open: a small file is one trip to the pool.
    const auto begin = [&file, most = may_read(c)] {
        auto opened = file.open();
        return opened ? file.read(most) : proto::result<std::vector<piece>>(opened.error());
    };
    auto pieces = co_await net::run_blocking(c.files(), begin);
    for (;;) {
        if (!pieces) co_return pieces.error();
        const auto sent = co_await send(c, file, *pieces);
        if (!sent) co_return sent.error();
        if (file.done()) break;
        const auto credit = co_await c.credit(data);
        if (!credit) co_return credit.error();
        if (*credit == 0) break; // the client has enough
        const auto read = [&file, most = may_read(c)] { return file.read(most); };
        pieces = co_await net::run_blocking(c.files(), read);
    }
    // A cancel that came while the last piece was read still counts.
    if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
    co_return boost::json::value(file.summary().to_json());
}

} // namespace tug::service
