#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tug::cli {

/// What a job is given as stdin, by position, from the first byte that it is not known to have taken: what was on its
/// way when a connection was lost is sent again. No I/O.
class replayed_input {
public:
    void append(std::string_view bytes) { kept_.append(bytes); }

    void end() noexcept { ended_ = true; }

    /// The position of the oldest byte that is kept.
    [[nodiscard]] std::uint64_t begin() const noexcept { return begin_; }

    /// What is to be sent next, at most so much; empty where all was.
    [[nodiscard]] std::string_view unsent(std::size_t most) const noexcept {
        return std::string_view(kept_).substr(sent_, most);
    }

    [[nodiscard]] std::size_t bytes_unsent() const noexcept { return kept_.size() - sent_; }

    [[nodiscard]] std::size_t bytes_sent() const noexcept { return sent_; }

    /// Its end is to be sent now.
    [[nodiscard]] bool at_end() const noexcept { return ended_ && !end_sent_ && bytes_unsent() == 0; }

    void count_sent(std::size_t bytes) noexcept {
        sent_ += bytes;
        furthest_ = std::max(furthest_, begin_ + sent_);
    }

    void count_end() noexcept { end_sent_ = true; }

    /// The job has taken all before that position.
    void forget(std::uint64_t before) {
        if (before <= begin_) return;
        const auto bytes = static_cast<std::size_t>(before - begin_);
        if (bytes > sent_) return; // it took what another attachment wrote
        kept_.erase(0, bytes);
        sent_ -= bytes;
        begin_ = before;
    }

    /// The job was given so much before the first byte. Precondition: nothing was sent.
    void begin_at(std::uint64_t position) noexcept { begin_ = furthest_ = position; }

    /// The job has been given all before that position: what follows is to be sent, again where it was already. False
    /// where that is more than was ever sent.
    [[nodiscard]] bool go_on_at(std::uint64_t position) {
        if (position > furthest_ || position < begin_) return false;
        kept_.erase(0, static_cast<std::size_t>(position - begin_));
        begin_ = position;
        rewind();
        return true;
    }

    /// All that is kept is to be sent again.
    void rewind() noexcept {
        sent_ = 0;
        end_sent_ = false;
    }

private:
    std::string kept_;
    std::uint64_t begin_ = 0;
    std::size_t sent_ = 0;       ///< Of kept_.
    std::uint64_t furthest_ = 0; ///< Position behind all that was ever sent.
    bool ended_ = false;
    bool end_sent_ = false;
};

} // namespace tug::cli
