#pragma once

#include "tug/proto/chunk.hpp"
#include "tug/proto/limits.hpp"
#include "tug/proto/receive_window.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::proto {

// The places of the streams of put, get, tree.put and tree.get among those of their direction.
inline constexpr std::size_t data_index = 0; ///< The content.
inline constexpr std::size_t have_index = 0; ///< What the receiver has already; the other way.

/// Which way the bytes of a stream go.
enum class direction { to_server, to_client };

/// A stream that a call of some method has.
struct stream_spec {
    std::string name;
    direction dir = direction::to_server;
    bool takes_digest = false;  ///< The eof frame may carry the digest of the whole.
    bool has_offset = false;    ///< Data may say at which position it begins, and eof where the stream ends.
    bool awaits_start = false;  ///< The receiver says, with credit, at which position the sender is to begin.
    bool may_be_packed = false; ///< Bodies may be compressed frames; see compression.hpp.
};

/// The receiving end of a stream: what came and was not taken yet, and what the sender may still send. What waits here
/// and what the reader has taken and not done with is together never more than the window.
class inbound_stream {
public:
    explicit inbound_stream(stream_spec spec, const window_sizes& sizes,
                            std::shared_ptr<credit_budget> budget = nullptr)
        : spec_(std::move(spec)), window_(sizes, std::move(budget)) {}

    [[nodiscard]] const stream_spec& spec() const noexcept { return spec_; }

    /// Bytes the sender may still send.
    [[nodiscard]] std::uint64_t credit() const noexcept { return window_.credit(); }

    [[nodiscard]] std::uint64_t window() const noexcept { return window_.size(); }

    void use_credit(std::uint64_t n, time_point now, round_trip& link) noexcept { window_.use(n, now, link); }

    /// Small pieces are joined: what a sender of single bytes costs stays in proportion to the bytes.
    /// `offset`: the position of its first byte, where that was said.
    void push(chunk piece, time_point now, std::optional<std::uint64_t> offset = std::nullopt) {
        if (has_data() && piece.size() <= small && !offset && piece.packed() == 0 &&
            queue_.back().bytes.packed() == 0) {
            piece.consume(queue_.back().bytes.append(piece.bytes()));
            if (piece.empty()) return;
            chunk joined(4 * small);
            joined.append(piece.bytes());
            piece = std::move(joined);
        }
        if (head_ >= 16) {
            queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head_));
            head_ = 0;
        }
        queue_.push_back({std::move(piece), now, offset});
    }

    [[nodiscard]] bool has_data() const noexcept { return head_ < queue_.size(); }

    [[nodiscard]] chunk pop() {
        auto& front = queue_[head_++];
        if (taken_ == 0) taken_arrived_ = front.arrived;
        taken_ += front.bytes.size();
        auto piece = std::move(front.bytes);
        position_ = front.offset.value_or(position_) + piece.content_size();
        if (head_ == queue_.size()) drop_queue();
        return piece;
    }

    /// See receive_window::widen().
    [[nodiscard]] std::uint64_t widen(time_point now, const round_trip& link) noexcept {
        return window_.widen(now, link);
    }

    /// The reader has done with all that it took. What to grant now; credits are few and never late.
    [[nodiscard]] std::uint64_t take_grant(time_point now, const round_trip& link) noexcept {
        if (taken_ > 0) window_.free(std::exchange(taken_, 0), taken_arrived_);
        if (eof_ && !has_data()) window_.end();
        return eof_ || stopped_ ? 0 : window_.grant(now, link);
    }

    /// `end`: the position of the end, where that was said: what is before it and did not come is a hole.
    void set_eof(std::optional<std::string> digest, std::optional<std::uint64_t> end = std::nullopt) {
        eof_ = true;
        digest_ = std::move(digest);
        end_ = end;
        if (!has_data()) window_.end();
    }

    void set_stopped() noexcept {
        stopped_ = true;
        drop_queue();
        window_.end();
    }

    /// Behind the last byte that was taken: as many as came, and where the sender has said a position, from there on.
    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

    /// Where the stream ends, if the sender has said so.
    [[nodiscard]] const std::optional<std::uint64_t>& end() const noexcept { return end_; }

    /// The sender has said that nothing follows; what has_data() still has comes before it.
    [[nodiscard]] bool eof() const noexcept { return eof_; }

    /// We have said that we want no more.
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    /// What the eof frame carried; "" where it was no string.
    [[nodiscard]] const std::optional<std::string>& digest() const noexcept { return digest_; }

private:
    static constexpr std::size_t small = 4096;

    struct waiting_piece {
        chunk bytes;
        time_point arrived;
        std::optional<std::uint64_t> offset;
    };

    void drop_queue() noexcept {
        queue_.clear();
        head_ = 0;
    }

    stream_spec spec_;
    receive_window window_;
    std::uint64_t taken_ = 0;      ///< In the hands of the reader …
    time_point taken_arrived_ = 0; ///< … and when the first of it came.
    std::vector<waiting_piece> queue_;
    std::size_t head_ = 0; ///< The first of the queue that was not taken.
    std::optional<std::string> digest_;
    std::optional<std::uint64_t> end_;
    std::uint64_t position_ = 0;
    bool eof_ = false;
    bool stopped_ = false;
};

/// The sending end of a stream.
class outbound_stream {
public:
    outbound_stream(stream_spec spec, std::uint64_t window) : spec_(std::move(spec)), credit_(window) {}

    [[nodiscard]] const stream_spec& spec() const noexcept { return spec_; }

    [[nodiscard]] std::uint64_t credit() const noexcept { return credit_; }

    /// Sums saturate: a peer that grants without end gets no overflow.
    void grant(std::uint64_t n) noexcept { credit_ = std::min(max_integer, credit_ + std::min(n, max_integer)); }

    void use_credit(std::uint64_t n) noexcept { credit_ -= n; }

    /// The next data shall say that it begins there.
    void set_offset(std::uint64_t offset) noexcept { offset_ = offset; }

    [[nodiscard]] std::optional<std::uint64_t> take_offset() noexcept { return std::exchange(offset_, std::nullopt); }

    /// The receiver has said where to begin.
    void set_start(std::uint64_t position) noexcept { start_ = position; }

    [[nodiscard]] const std::optional<std::uint64_t>& start() const noexcept { return start_; }

    void set_eof() noexcept { eof_ = true; }

    void set_stopped() noexcept { stopped_ = true; }

    [[nodiscard]] bool eof() const noexcept { return eof_; }

    /// The receiver wants no more.
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    /// Nothing more may be sent.
    [[nodiscard]] bool ended() const noexcept { return eof_ || stopped_; }

private:
    stream_spec spec_;
    std::uint64_t credit_;
    std::optional<std::uint64_t> offset_;
    std::optional<std::uint64_t> start_;
    bool eof_ = false;
    bool stopped_ = false;
};

} // namespace tug::proto
