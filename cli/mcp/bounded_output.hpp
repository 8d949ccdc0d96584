#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tug::cli::mcp {

/// An output of which the first and the last bytes are kept, and never more than it may hold. What is left out is told
/// by its positions, from which it can be read again where a job keeps it.
class bounded_output {
public:
    /// From that position on; at most so many bytes, one half of them from the beginning.
    explicit bounded_output(std::uint64_t most, std::uint64_t from = 0) : most_(most), from_(from), next_(from) {}

    /// The next bytes, which begin at `position`: what lies between was not kept by the host.
    void add(std::uint64_t position, std::string_view bytes);

    /// Behind the last byte that came.
    [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

    /// How many bytes came.
    [[nodiscard]] std::uint64_t read() const noexcept { return next_ - from_ - dropped_; }

    /// Bytes that the host kept no longer.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

    /// The first half of what may be held.
    [[nodiscard]] const std::string& head() const noexcept { return head_; }

    /// Some of it is not shown.
    [[nodiscard]] bool is_cut() const noexcept { return head_.size() + tail_.size() < read(); }

    /// {"bytes","text"} where all of it is here, else {"bytes","head","tail","omitted":{"from","to"}}; "from" where it
    /// does not begin at 0, "dropped" where the host kept a part no longer.
    [[nodiscard]] boost::json::object to_json() const;

private:
    std::uint64_t most_;
    std::uint64_t from_;
    std::uint64_t next_;
    std::uint64_t dropped_ = 0;
    std::string head_;
    std::string tail_;
};

/// Bytes as members of an object: `name` where they are UTF-8; else `name` with U+FFFD in the place of what is not, and
/// their number in NAME_invalid_bytes. `as_base64`: NAME_base64 and nothing else.
void put_bytes(boost::json::object& into, std::string_view name, std::string_view bytes, bool as_base64 = false);

/// How much of the end of `text` is the beginning of a UTF-8 character that is not whole.
[[nodiscard]] std::size_t begun_character(std::string_view text);

} // namespace tug::cli::mcp
