#pragma once

#include "tug/proto/chunk.hpp"
#include "tug/proto/error.hpp"
#include "tug/proto/limits.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::proto {

/// The eight bytes before every envelope: both sizes, in network byte order.
struct frame_header {
    static constexpr std::size_t size = 8;

    std::uint32_t envelope = 0;
    std::uint32_t body = 0;

    [[nodiscard]] std::array<std::byte, size> encode() const noexcept;
    [[nodiscard]] static frame_header decode(std::span<const std::byte, size> bytes) noexcept;

    friend bool operator==(const frame_header&, const frame_header&) = default;
};

/// Turns a byte stream, cut anywhere, back into frames. A frame is handed over as its envelope and then its body in
/// pieces, so that a body needs no memory before it arrives and none at all when no stream takes it.
///
/// Bytes come in by feed(), which borrows them until next() returns need_more, or straight into a body by
/// body_room()/commit_body(). What is left of a frame that is not whole is kept inside; it is never more than one
/// envelope and its header.
class frame_decoder {
public:
    enum class step {
        need_more, ///< Everything fed is used up.
        envelope,  ///< envelope() and body_size() are those of the next frame; decide on its body.
        body,      ///< take_piece() has the next piece of a wanted body.
        body_end,  ///< The frame is complete; also said where it had no body, or one that was skipped.
        failed,    ///< error() says why; nothing can be decoded any more.
    };

    /// Sizes over these are refused when a header is read; the current frame is not affected.
    void set_limits(std::uint32_t envelope, std::uint32_t body) noexcept;

    /// `input` must stay valid until next() returns need_more or failed.
    void feed(std::span<const std::byte> input) noexcept { input_ = input; }

    [[nodiscard]] step next();

    /// What was fed and is not used up yet.
    [[nodiscard]] std::span<const std::byte> rest() const noexcept { return input_; }

    [[nodiscard]] std::string_view envelope() const noexcept { return envelope_; }

    [[nodiscard]] std::uint32_t body_size() const noexcept { return header_.body; }

    /// After step::envelope: the body is wanted in chunks; without this call it is dropped.
    void want_body() noexcept { wanted_ = true; }

    /// After step::body.
    [[nodiscard]] chunk take_piece() noexcept { return std::exchange(piece_, chunk()); }

    /// Room that the transport may read the current body into, ahead of any other byte; empty outside a wanted body.
    [[nodiscard]] std::span<std::byte> body_room();

    /// Large bodies are coming in: beside body_room() little should be read ahead, because that has to be copied.
    [[nodiscard]] bool bulk() const noexcept { return header_.body >= bulk_body; }

    /// `n` bytes were read into body_room(). next() hands over what is complete.
    void commit_body(std::size_t n) noexcept;

    [[nodiscard]] const failure& error() const noexcept { return error_; }

    /// How many envelopes were whole so far.
    [[nodiscard]] std::uint64_t envelopes() const noexcept { return envelopes_; }

    /// True where a header or envelope has begun and is not whole.
    [[nodiscard]] bool inside_envelope() const noexcept { return state_ == state::envelope || !stash_.empty(); }

    /// True where a body has begun, or is due, and is not whole.
    [[nodiscard]] bool inside_body() const noexcept { return state_ == state::body && body_left_ > 0; }

private:
    static constexpr std::uint32_t bulk_body = 64 * 1024;

    enum class state { header, envelope, body, failed };

    [[nodiscard]] std::optional<std::span<const std::byte>> gather(std::size_t n);
    [[nodiscard]] step next_header();
    [[nodiscard]] step next_envelope();
    [[nodiscard]] step next_body();
    [[nodiscard]] step skip_body() noexcept;
    step fail(failure why);

    state state_ = state::header;
    bool wanted_ = false;
    std::uint32_t envelope_limit_ = login_envelope_limit;
    std::uint32_t body_limit_ = login_body_limit;
    frame_header header_;
    std::uint32_t body_left_ = 0;
    std::uint64_t envelopes_ = 0;
    std::span<const std::byte> input_;
    std::vector<std::byte> stash_; ///< The beginning of a header or envelope that came in parts.
    bool stash_used_ = false;      ///< The stash was handed out and goes with the next step.
    std::string_view envelope_;
    chunk piece_;
    failure error_;
};

} // namespace tug::proto
