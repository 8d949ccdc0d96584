#include "endpoints/digest_range.hpp"
#include "endpoints/download.hpp"
#include "endpoints/endpoints.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/packed_write.hpp>
#include <tug/proto/compression.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// Read in one trip to the pool, in bytes, if there is credit for it; no call holds more than this of a file.
constexpr std::size_t sent_at_once = 4 * proto::piece_size;

/// What there is credit for, within measure.
std::size_t may_read(call& c) {
    return std::min(c.io().sendable(proto::data_index), sent_at_once);
}

/// Sends all of it, unless the client wants no more.
asio::awaitable<proto::result<void>> send_pieces(call& c, download& file, proto::packer* by,
                                                 std::vector<get_piece>& pieces) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i].position) c.io().set_offset(proto::data_index, *pieces[i].position);
        const auto sent =
            co_await net::write_packed(c.io(), c.files(), by, proto::data_index, std::move(pieces[i].bytes));
        if (!sent) co_return sent.error();
        if (*sent) continue;
        file.take_back(std::span(pieces).subspan(i));
        break;
    }
    co_return proto::result<void>();
}

proto::result<void> check_get(const proto::get_params& params) {
    if (params.digest_from && *params.digest_from != 0 && *params.digest_from != params.offset)
        return proto::failure::bad_field("digest_from", "is neither 0 nor the offset");
    if (params.if_changed && (params.offset > 0 || params.length))
        return proto::failure::bad_field("if_changed",
                                         "is the digest of the whole, and goes with no offset and length");
    if (params.level != proto::default_level && params.compress == proto::compression::none)
        return proto::failure::bad_field("level", "goes with compress");
    if (params.delta && (params.offset > 0 || params.length || params.if_changed || params.sparse ||
                         params.digest == proto::digest_kind::none))
        return proto::failure::bad_field(
            "delta", "is of the whole file and has a digest, and goes without offset, length, if_changed and sparse");
    return {};
}

bool digests_from_start(const proto::get_params& params) {
    return params.digest_from == 0U && params.offset > 0 && params.digest != proto::digest_kind::none;
}

/// What is to be known before the first byte is sent. A result where none is needed.
asio::awaitable<proto::result<std::optional<proto::get_result>>> prepare_get(call& c, download& file,
                                                                             const proto::get_params& params) {
    const auto open = [&file] { return file.open(); };
    const auto opened = co_await net::run_blocking(c.files(), open);
    if (!opened) co_return opened.error();
    if (params.if_changed) {
        const auto there = co_await digest_file(c, file.descriptor(), params.if_changed->kind());
        if (!there) co_return there.error();
        if (*there != *params.if_changed) co_return std::optional<proto::get_result>();
        auto same = file.summary();
        same.digest = there->to_string();
        same.unchanged = true;
        co_return std::optional(std::move(same));
    }
    const auto digested = co_await digest_range(c, file.descriptor(), 0, params.offset, file.hasher());
    if (!digested) co_return digested.error();
    if (*digested < params.offset)
        co_return proto::failure(proto::errc::io_error, "the file became shorter while it was being read");
    co_return std::optional<proto::get_result>();
}

/// What the client of a delta says it has, as it comes.
class have_digests {
public:
    /// Waits until the digests of so many blocks are here, or all that there are.
    asio::awaitable<proto::result<void>> fill(call& c, std::size_t blocks) {
        const auto wanted = blocks * proto::size_of(proto::digest_kind::xxh3_128);
        text_.erase(0, text_.size() - left_.size());
        while (!ended_ && text_.size() < wanted) {
            const auto piece = co_await c.read(proto::have_index);
            if (!piece) co_return piece.error();
            ended_ = piece->empty();
            text_ += piece->text();
        }
        left_ = text_;
        co_return proto::result<void>();
    }

    /// See download::read_changed().
    [[nodiscard]] std::string_view& left() noexcept { return left_; }

private:
    std::string text_;
    std::string_view left_; ///< Of it.
    bool ended_ = false;
};

/// The next pieces that the client is to have.
asio::awaitable<proto::result<std::vector<get_piece>>> read_next(call& c, download& file, have_digests* theirs) {
    const auto most = may_read(c);
    if (theirs != nullptr) {
        const auto filled = co_await theirs->fill(c, file.blocks_in(most));
        if (!filled) co_return filled.error();
    }
    const auto read = [&] { return theirs != nullptr ? file.read_changed(most, theirs->left()) : file.read(most); };
    co_return co_await net::run_blocking(c.files(), read);
}

} // namespace

asio::awaitable<answer> get(context& shared, call& c, proto::get_params params) {
    if (const auto ok = check_get(params); !ok) co_return ok.error();
    download file(shared, c.who(), params);
    const bool prepared = params.if_changed || digests_from_start(params);
    if (prepared) {
        const auto ready = co_await prepare_get(c, file, params);
        if (!ready) co_return ready.error();
        if (*ready) co_return boost::json::value((*ready)->to_json());
    }
    // The first bytes come along with the open: a small file is one trip to the pool.
    const auto begin = [&, most = may_read(c)] {
        auto opened = prepared ? proto::result<void>() : file.open();
        if (!opened) return proto::result<std::vector<get_piece>>(opened.error());
        if (params.delta) return proto::result<std::vector<get_piece>>(std::vector<get_piece>());
        return file.read(most);
    };
    auto pieces = co_await net::run_blocking(c.files(), begin);
    have_digests theirs;
    std::optional<proto::packer> packer;
    if (params.compress == proto::compression::zstd) packer.emplace(params.level);
    if (params.sparse && params.offset > 0) c.io().set_offset(proto::data_index, params.offset);
    for (;;) {
        if (!pieces) co_return pieces.error();
        const auto sent = co_await send_pieces(c, file, packer ? &*packer : nullptr, *pieces);
        if (!sent) co_return sent.error();
        if (file.done()) break;
        const auto credit = co_await c.credit(proto::data_index);
        if (!credit) co_return credit.error();
        if (*credit == 0) break; // the client has enough
        pieces = co_await read_next(c, file, params.delta ? &theirs : nullptr);
    }
    // A cancel that came while the last piece was read still counts.
    if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
    if (file.end_of_hole()) c.io().set_offset(proto::data_index, *file.end_of_hole()); // the eof says so
    co_return boost::json::value(file.summary().to_json());
}

} // namespace tug::service
