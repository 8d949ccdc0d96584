#include "endpoints/endpoints.hpp"
#include "os/errno.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/proto/digest.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t data = 0; // the one stream

/// The range of one file that a get sends; read on the blocking pool, digested while it is in the cache.
class download {
public:
    download(context& shared, const caller& who, const proto::get_params& params)
        : shared_(shared), who_(who), params_(params), digest_(params.digest), without_last_(params.digest) {}

    [[nodiscard]] proto::result<void> open() {
        auto opened =
            in_root_of(shared_.files, who_, [this](const root& files) { return files.open_read(params_.path); });
        if (!opened) return opened.error();
        file_ = std::move(*opened);
        if (params_.offset > file_.size)
            return proto::failure(proto::errc::range_invalid, "offset " + std::to_string(params_.offset) +
                                                                  " is past the end of " + std::to_string(file_.size) +
                                                                  " bytes");
        // Files of /proc say that they are empty: what says so is read until it ends.
        if (file_.size > 0) left_ = file_.size - params_.offset;
        if (params_.length) left_ = std::min(left_.value_or(*params_.length), *params_.length);
        if (file_.size > 0) ::posix_fadvise(file_.fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
        return {};
    }

    /// The next bytes, at most `most`; none at the end of the range.
    [[nodiscard]] proto::result<proto::chunk> read(std::size_t most) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_.value_or(most), most));
        proto::chunk piece(size);
        while (!piece.room().empty()) {
            const auto room = piece.room();
            const auto n = ::pread(file_.fd.get(), room.data(), room.size(),
                                   static_cast<off_t>(params_.offset + sent_ + piece.size()));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return file_failure(errno, "cannot read the file");
            if (n == 0) break;
            piece.commit(static_cast<std::size_t>(n));
        }
        if (file_.size > 0 && piece.size() < size)
            return proto::failure(proto::errc::io_error, "the file became shorter while it was being sent");
        without_last_ = digest_;
        digest_.update(piece.bytes());
        last_ = piece.size();
        sent_ += last_;
        if (left_) *left_ -= last_;
        return piece;
    }

    /// The piece that was read last was not sent: the client stopped the stream meanwhile.
    void take_back() {
        digest_ = without_last_;
        sent_ -= last_;
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

    [[nodiscard]] bool done() const noexcept { return left_ == 0; }

private:
    context& shared_;
    const caller& who_;
    const proto::get_params& params_;
    proto::hasher digest_;
    proto::hasher without_last_; ///< The digest covers what was sent, and that is known only afterwards.
    std::size_t last_ = 0;
    opened_file file_;
    std::optional<std::uint64_t> left_; ///< Of the range; unknown where the file does not say its size.
    std::uint64_t sent_ = 0;
};

} // namespace

asio::awaitable<answer> get(context& shared, call& c, proto::get_params params) {
    download file(shared, c.who(), params);
    const auto open = [&] { return file.open(); };
    if (auto opened = co_await net::run_blocking(shared.pool, open); !opened) co_return opened.error();
    while (!file.done()) {
        const auto credit = co_await c.credit(data);
        if (!credit) co_return credit.error();
        if (*credit == 0) break; // the client has enough
        const auto read = [&] { return file.read(*credit); };
        auto piece = co_await net::run_blocking(shared.pool, read);
        if (!piece) co_return piece.error();
        if (piece->empty()) break;
        const auto sent = co_await c.write(data, std::move(*piece));
        if (!sent) co_return sent.error();
        if (!*sent) {
            file.take_back();
            break;
        }
    }
    // A cancel that came while the last piece was read still counts.
    if (c.why_ending() != ending::none) co_return failure_of(c.why_ending());
    co_return boost::json::value(file.summary().to_json());
}

} // namespace tug::service
