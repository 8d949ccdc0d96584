// Compressed bodies from a stranger: what is unpacked is as large as it says it is, or refused; and what was packed
// comes back. Input: a u24, how many bytes the frame says it holds, and the frame.

#include "input.hpp"
#include "tug/proto/compression.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace {

using namespace tug::proto;
using tug::test::check;

void unpack(std::string_view frame, std::uint32_t holds) {
    if (holds == 0 || holds > max_unpacked || frame.size() > max_packed) return; // refused with the envelope
    auto piece = chunk::copy_of(frame);
    piece.set_packed(holds);
    unpacker by;
    const auto got = by.unpack(std::move(piece));
    if (!got) {
        check(got.error().code == errc::invalid_params && got.error().field == "zstd", "it failed with another error");
        return;
    }
    check(got->size() == holds && got->packed() == 0, "it holds another number of bytes than it said");
}

void pack(std::string_view text, std::uint32_t level) {
    const auto bytes = text.substr(0, piece_size);
    packer by(level);
    if (bytes.empty() || by.passes(bytes.size())) return;
    auto piece = by.pack(chunk::copy_of(bytes));
    check(piece.content_size() == bytes.size(), "other bytes than were given");
    check(piece.size() <= bytes.size(), "it became larger");
    unpacker back;
    const auto got = back.unpack(std::move(piece));
    check(got.has_value() && got->text() == bytes, "it does not come back");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tug::test::source input(tug::test::text_of(data, size));
    std::uint32_t holds = 0;
    for (int i = 0; i < 3; ++i) holds = holds << 8U | input.byte();
    const auto bytes = input.rest();
    unpack(bytes, holds);
    pack(bytes, lowest_level + holds % highest_level);
    return 0;
}
