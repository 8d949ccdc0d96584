#pragma once

#include "tug/proto/chunk.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tug::proto {

/// Frames on their way out. Small frames are joined in one buffer, bodies are taken over as they are, so that one
/// gathered write carries all that is ready and no body is copied.
class outbox {
public:
    /// The text to append an envelope to; end_frame() follows. A frame that is left without it, because what was to be
    /// appended has thrown, is dropped by the next begin_frame() or gather().
    [[nodiscard]] std::string& begin_frame();

    /// Puts the header in front of what was appended. False, and nothing is added, where the envelope is larger than
    /// `envelope_limit`.
    bool end_frame(std::uint32_t envelope_limit);
    bool end_frame(std::uint32_t envelope_limit, chunk body);

    /// Bytes that wait.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    /// Appends what waits, in order, up to `most` buffers; they stay valid until consume(), also while frames are
    /// added.
    void gather(std::vector<std::span<const std::byte>>& out, std::size_t most);

    /// `n` bytes from the front have been written.
    void consume(std::size_t n) noexcept;

    /// Forgets what waits: the peer is gone.
    void clear() noexcept;

private:
    void drop_open_frame() noexcept;

    struct segment {
        std::string text;        ///< Whole frames, or the header and envelope of `body`.
        std::size_t written = 0; ///< Of the text.
        chunk body;
        bool sealed = false; ///< A write has it: text must not move.
    };

    std::vector<segment> segments_;
    std::size_t first_ = 0; ///< Segments before it are written.
    std::size_t frame_ = 0; ///< Where the open frame begins in the last segment's text.
    bool open_ = false;     ///< There is an open frame.
    std::size_t size_ = 0;
};

} // namespace tug::proto
