#pragma once

#include "files/in_place_file.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/os/existing_file.hpp>
#include <tug/os/range_digest.hpp>
#include <tug/os/root.hpp>
#include <tug/os/staged_file.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/compression.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/file_messages.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tug::service {

/// Bytes of a file, as they came, and where they belong.
struct placed_piece {
    proto::chunk bytes;
    std::uint64_t position = 0;
};

/// The end of a stream.
struct end_of_data {
    std::optional<std::string> digest;     ///< That the eof frame carried.
    std::optional<std::uint64_t> position; ///< That it named: what is before it and did not come is a hole.
};

/// The file of one put, on the blocking pool: written and digested piece by piece, then verified and put in its place.
/// One call at a time; a failure is final, and discard() must follow. Between two calls the caller may read its state.
class upload {
public:
    upload(context& shared, const caller& who, const proto::put_params& params)
        : shared_(shared), who_(who), params_(params), digest_(params.digest.kind) {}

    /// Where the file goes, and what is there. For a put that asks about that; others begin with step().
    [[nodiscard]] proto::result<void> find_target();

    /// After find_target(): the file that would be replaced. Null where there is none.
    [[nodiscard]] const os::existing_file* existing() const noexcept { return existing_ ? &*existing_ : nullptr; }

    /// After find_target(): makes the file, or goes on with what was kept of it; then kept() says how much that is.
    [[nodiscard]] proto::result<void> stage();

    [[nodiscard]] std::uint64_t kept() const noexcept { return size_; }

    /// For digesting what was kept: the caller must take in so much before the first step().
    [[nodiscard]] int descriptor() const { return std::get<os::staged_file>(*file_).descriptor(); }

    [[nodiscard]] proto::hasher& hasher() noexcept { return digest_; }

    /// After stage(), for a delta: takes in a part of the base; true when that is done.
    [[nodiscard]] proto::result<bool> copy_base();

    /// What the next steps write; from the thread of the call.
    void add(std::vector<placed_piece> pieces);

    /// One trip to the pool, which is bounded: opens the file where that was not done yet, writes what was added and,
    /// where that was all and `end` is given, puts the file in its place. Nothing is returned before.
    [[nodiscard]] proto::result<std::optional<proto::put_result>> step(const std::optional<end_of_data>& end);

    /// There is more to write: step() again.
    [[nodiscard]] bool has_pieces() const noexcept { return !pieces_.empty(); }

    /// Ends a put that has failed. Where that came from outside, what has come is kept for `resume`.
    void end() noexcept;

private:
    [[nodiscard]] proto::result<std::optional<proto::put_result>> try_step(const std::optional<end_of_data>& end);
    [[nodiscard]] proto::result<void> open(bool all_is_here);
    [[nodiscard]] proto::result<void> check_root() const;
    [[nodiscard]] os::last_link at_end() const;
    [[nodiscard]] proto::result<os::unique_fd> open_existing() const;
    [[nodiscard]] proto::result<void> open_in_place(os::unique_fd existing);
    [[nodiscard]] proto::result<void> find_place();
    [[nodiscard]] proto::result<void> stage_file(bool all_is_here);
    [[nodiscard]] std::string partial_name() const;
    [[nodiscard]] proto::result<bool> write_pieces();
    [[nodiscard]] proto::result<bool> write_over();
    [[nodiscard]] proto::result<bool> digest_whole();
    [[nodiscard]] proto::result<void> write(const proto::chunk& bytes);
    [[nodiscard]] proto::result<bool> reach(std::uint64_t position);
    [[nodiscard]] proto::result<void> check_room(std::uint64_t more) const;
    [[nodiscard]] proto::result<proto::put_result> commit(const std::optional<std::string>& digest_at_eof);
    [[nodiscard]] proto::failure with_way_out(proto::failure why) const;
    [[nodiscard]] proto::failure explained(proto::failure why) const;

    context& shared_;
    const caller& who_;
    const proto::put_params& params_;
    proto::hasher digest_;
    std::optional<os::put_target> target_; ///< Until the file is made.
    std::optional<os::existing_file> existing_;
    std::optional<std::variant<os::staged_file, in_place_file>> file_;
    std::deque<placed_piece> pieces_;
    proto::unpacker unpacker_;
    std::uint64_t size_ = 0; ///< Of what was written, holes included.
    std::uint64_t root_changes_ = 0;
    std::optional<os::range_digest> whole_; ///< Of a delta, at its end.
    bool failed_ = false;                   ///< By itself: what has come is of no use.
};

} // namespace tug::service
