// The PROXY header against a reference that has the whole input: however it is cut, the same comes out, and no byte
// behind the header is taken. Input: a byte, the size of pieces; the rest is what the proxy sends.

#include "input.hpp"
#include "server/proxy_header.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace {

using tug::service::proxy_header;
using tug::test::check;

struct outcome {
    proxy_header::state state = proxy_header::state::reading;
    std::string source;
    std::size_t taken = 0;

    bool operator==(const outcome&) const = default;
};

outcome read(std::string_view in, std::size_t most) {
    proxy_header h;
    outcome out;
    while (h.now() == proxy_header::state::reading && out.taken < in.size()) {
        const auto n = std::min({h.wanted(), most, in.size() - out.taken});
        check(n > 0, "it wants what it gets");
        h.feed(std::as_bytes(std::span(in.substr(out.taken, n))));
        out.taken += n;
    }
    out.state = h.now();
    if (h.now() == proxy_header::state::whole && h.source())
        out.source = h.source()->address().to_string() + " " + std::to_string(h.source()->port());
    if (h.now() == proxy_header::state::wrong) out.taken = 0; // how much it saw of what is wrong is its own affair
    return out;
}

/// Written from the specification.
std::optional<std::size_t> size_of(std::string_view in) {
    using namespace std::string_view_literals;
    if (in.size() < 16 || !in.starts_with("\r\n\r\n\0\r\nQUIT\n"sv)) return std::nullopt;
    return 16 + static_cast<unsigned char>(in[14]) * 256U + static_cast<unsigned char>(in[15]);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view in(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(in, in.size());
    check(read(in, 1U + data[0]) == whole, "pieces change nothing");
    check(read(in, 1) == whole, "bytes change nothing");
    if (whole.state == proxy_header::state::whole) check(size_of(in) == whole.taken, "it takes the header and no more");
    return 0;
}
