#pragma once

#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/os/root.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/file_messages.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tug::service {

/// What a get sends in one frame or more.
struct get_piece {
    proto::chunk bytes;
    std::size_t size;
    proto::hasher digest_before;           ///< The digest covers what is sent, and that is known only afterwards.
    std::optional<std::uint64_t> position; ///< Where it begins, behind a hole or what the client has.
};

/// The range of one file that a get sends; read on the blocking pool, digested while it is in the cache. One call at a
/// time; between two the caller may read its state.
class download {
public:
    download(context& shared, const caller& who, const proto::get_params& params)
        : shared_(shared), who_(who), params_(params), digest_(params.digest) {}

    [[nodiscard]] proto::result<void> open();

    /// The next bytes, at most `most` of them, in pieces. There may be none although it is not done(): a hole is
    /// digested in several trips.
    [[nodiscard]] proto::result<std::vector<get_piece>> read(std::size_t most);

    /// Of a delta: the same in blocks, without those whose digests are the next ones in `have`, which goes on behind
    /// them. What `have` says nothing of is read as a whole: the caller must give it blocks_in(most) digests, unless
    /// the client has no more.
    [[nodiscard]] proto::result<std::vector<get_piece>> read_changed(std::size_t most, std::string_view& have);

    [[nodiscard]] std::size_t blocks_in(std::size_t bytes) const {
        return bytes / static_cast<std::size_t>(*params_.delta) + 1;
    }

    /// The pieces from this one on were not sent: the client stopped the stream meanwhile.
    void take_back(std::span<get_piece> unsent);

    [[nodiscard]] proto::get_result summary();

    [[nodiscard]] bool done() const noexcept { return left_ == 0U; }

    /// When it is done: the range ends in a hole, or in blocks that the client has, and there.
    [[nodiscard]] const std::optional<std::uint64_t>& end_of_hole() const noexcept { return hole_end_; }

    [[nodiscard]] int descriptor() const noexcept { return file_.fd.get(); }

    /// For what the digest is to cover before the range.
    [[nodiscard]] proto::hasher& hasher() noexcept { return digest_; }

private:
    [[nodiscard]] proto::failure past_the_end() const;
    [[nodiscard]] proto::result<bool> pass_hole();
    [[nodiscard]] proto::result<proto::chunk> read_piece(std::size_t most);
    [[nodiscard]] proto::result<void> check_first(proto::chunk& piece);
    [[nodiscard]] proto::result<void> check_short(std::size_t came);

    context& shared_;
    const caller& who_;
    const proto::get_params& params_;
    proto::hasher digest_;
    os::opened_file file_;
    std::optional<std::uint64_t> left_; ///< Of the range; unknown where the file does not say its size.
    std::uint64_t sent_ = 0;            ///< Holes included.
    bool sparse_ = false;               ///< The file has holes, and the client takes them.
    std::uint64_t data_end_ = 0;        ///< Of a sparse file: the bytes before this position are no hole.
    std::optional<std::uint64_t> hole_end_;
};

} // namespace tug::service
