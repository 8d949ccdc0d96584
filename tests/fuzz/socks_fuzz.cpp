// The opening of SOCKS against a reference that has the whole input: however it is cut, the same comes out, and what
// stands behind the request is passed on untouched. Input: a byte, the size of pieces; the rest is what a client sends.

#include "cli/forward/socks.hpp"
#include "input.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace {

using tug::cli::socks_opening;
using tug::test::check;

struct outcome {
    socks_opening::state state = socks_opening::state::reading;
    std::string replies;
    std::string asked;
    std::string rest; ///< What it has kept, and what it was not given.

    bool operator==(const outcome&) const = default;
};

outcome open(std::string_view in, std::size_t most) {
    socks_opening s;
    outcome out;
    while (s.now() == socks_opening::state::reading && !in.empty()) {
        const auto piece = in.substr(0, most);
        in.remove_prefix(piece.size());
        s.feed(piece);
        out.replies += s.take_reply();
    }
    out.state = s.now();
    if (s.now() != socks_opening::state::asked) return out;
    check(s.port() != 0 && !s.host().empty(), "a place is asked for");
    check(s.host().find('\0') == std::string::npos, "a name ends where it ends");
    check(s.host().size() <= 1024, "what it keeps is bounded");
    out.asked = s.host() + " " + std::to_string(s.port());
    out.rest = s.rest() + std::string(in);
    return out;
}

/// Where a whole request ends, from RFC 1928 and the page of SOCKS 4a. Nothing: it is not whole, or none.
std::optional<std::size_t> end_of_request(std::string_view in) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(in[i]); };
    if (in.size() < 2) return std::nullopt;
    if (at(0) == 4) {
        auto end = in.find('\0', 8);
        if (in.size() < 9 || end == std::string_view::npos) return std::nullopt;
        const bool named = at(4) == 0 && at(5) == 0 && at(6) == 0 && at(7) != 0;
        if (named) end = in.find('\0', end + 1);
        return end == std::string_view::npos ? std::nullopt : std::optional(end + 1);
    }
    const std::size_t request = 2U + at(1);
    if (at(0) != 5 || in.size() < request + 5) return std::nullopt;
    const auto type = at(request + 3);
    const std::size_t address = type == 1 ? 4U : type == 4 ? 16U : 1U + at(request + 4);
    return request + 4 + address + 2;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view in(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto by_bytes = open(in, 1);
    check(open(in, 1U + data[0]) == by_bytes, "pieces change nothing");
    if (by_bytes.state != socks_opening::state::asked) return 0;
    const auto end = end_of_request(in);
    check(end.has_value() && *end <= in.size(), "the request is whole");
    check(by_bytes.rest == in.substr(*end), "what stands behind it is passed on");
    return 0;
}
