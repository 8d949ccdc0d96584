// The frame decoder against a reference that has the whole input: however it is cut, the same frames come out.
// Input: a byte (bit 0 the limits of login, bit 1 bodies are read in place), a size byte and so many sizes of pieces,
// used in turn; the rest is what the peer sends.

#include "input.hpp"
#include "tug/proto/frame.hpp"

#include <vector>

namespace {

using namespace tug::proto;
using tug::test::check;

/// Which bodies are wanted: as good as any rule that does not depend on the cuts.
bool wanted(std::string_view envelope) {
    return (envelope.front() & 1) != 0;
}

struct trace {
    std::vector<std::string> steps; ///< An envelope and its body size, the bytes of a wanted body, or an error.
    bool inside_envelope = false;
    bool inside_body = false;

    bool operator==(const trace&) const = default;
};

std::uint32_t u32(std::string_view four) {
    std::uint32_t out = 0;
    for (const char c : four) out = out << 8 | static_cast<unsigned char>(c);
    return out;
}

/// Written from PROTOCOL.md, not from the decoder.
trace reference(std::string_view in, std::uint32_t envelope_limit, std::uint32_t body_limit) {
    trace out;
    while (in.size() >= 8) {
        const auto envelope_size = u32(in.substr(0, 4));
        const auto body_size = u32(in.substr(4, 4));
        if (envelope_size == 0) return out.steps.emplace_back("invalid_request"), out;
        if (envelope_size > envelope_limit || body_size > body_limit)
            return out.steps.emplace_back("frame_too_large"), out;
        in.remove_prefix(8);
        out.inside_envelope = in.size() < envelope_size;
        if (out.inside_envelope) return out;
        const auto envelope = in.substr(0, envelope_size);
        in.remove_prefix(envelope_size);
        out.steps.push_back(std::string(envelope) + ' ' + std::to_string(body_size));
        const auto body = in.substr(0, body_size);
        in.remove_prefix(body.size());
        out.inside_body = body.size() < body_size;
        if (out.inside_body) return out;
        if (wanted(envelope)) out.steps.push_back("body " + std::string(body));
    }
    out.inside_envelope = !in.empty();
    return out;
}

class decoding {
public:
    decoding(std::uint32_t envelope_limit, std::uint32_t body_limit) { it_.set_limits(envelope_limit, body_limit); }

    void hear(std::string_view piece, bool in_place) {
        if (in_place) {
            const auto room = it_.body_room();
            const auto n = std::min(room.size(), piece.size());
            std::ranges::copy(std::as_bytes(std::span(piece.substr(0, n))), room.begin());
            it_.commit_body(n);
            piece.remove_prefix(n);
        }
        const tug::test::exact_copy copy(piece);
        it_.feed(copy.bytes());
        while (!over_ && step()) {
        }
    }

    [[nodiscard]] trace result() const {
        trace out = trace_;
        out.inside_envelope = !over_ && it_.inside_envelope();
        out.inside_body = !over_ && it_.inside_body();
        return out;
    }

private:
    bool step() {
        switch (it_.next()) {
        case frame_decoder::step::need_more: return false;
        case frame_decoder::step::failed:
            over_ = true;
            check(!it_.error().message.empty(), "it failed without a word");
            trace_.steps.emplace_back(name_of(it_.error().code));
            return false;
        case frame_decoder::step::envelope: on_envelope(); break;
        case frame_decoder::step::body: on_piece(); break;
        case frame_decoder::step::body_end:
            if (want_) trace_.steps.push_back("body " + body_);
            break;
        }
        return true;
    }

    void on_envelope() {
        trace_.steps.push_back(std::string(it_.envelope()) + ' ' + std::to_string(it_.body_size()));
        body_.clear();
        want_ = wanted(it_.envelope());
        if (want_) it_.want_body();
    }

    void on_piece() {
        const auto piece = it_.take_piece();
        check(want_ && !piece.empty() && piece.size() <= piece_size, "a piece that is not wanted, or of a wrong size");
        body_ += piece.text();
    }

    frame_decoder it_;
    trace trace_;
    std::string body_;
    bool want_ = false;
    bool over_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tug::test::source input(tug::test::text_of(data, size));
    const auto setup = input.byte();
    const auto sizes = input.piece();
    auto bytes = input.rest();
    const auto envelope_limit = (setup & 1) != 0 ? login_envelope_limit : 65'536;
    const auto body_limit = (setup & 1) != 0 ? login_body_limit : 1'048'576;
    const auto expected = reference(bytes, envelope_limit, body_limit);

    decoding whole(envelope_limit, body_limit);
    whole.hear(bytes, false);
    check(whole.result() == expected, "other frames than are in the input");

    decoding cut(envelope_limit, body_limit);
    for (std::size_t i = 0; !bytes.empty(); ++i) {
        const auto n = sizes.empty() ? 1 : static_cast<unsigned char>(sizes[i % sizes.size()]);
        const auto piece = bytes.substr(0, std::max<std::size_t>(n, 1));
        cut.hear(piece, (setup & 2) != 0);
        bytes.remove_prefix(piece.size());
    }
    check(cut.result() == expected, "the cuts make a difference");
    return 0;
}
