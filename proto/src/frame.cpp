#include "tug/proto/frame.hpp"

#include <algorithm>

namespace tug::proto {

namespace {

void put_u32(std::byte* to, std::uint32_t value) noexcept {
    for (int i = 0; i < 4; ++i) to[i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

std::uint32_t get_u32(const std::byte* from) noexcept {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
    return value;
}

/// What a well-known protocol looks like when its first bytes are read as sizes.
std::string_view hint_for(const std::array<std::byte, frame_header::size>& head) noexcept {
    const auto text = std::string_view(reinterpret_cast<const char*>(head.data()), head.size());
    for (const auto method : {"GET ", "POST", "PUT ", "HEAD", "OPTI", "CONN", "PRI "})
        if (text.starts_with(method)) return "; this looks like HTTP, but the port speaks tug";
    if (head[0] == std::byte{0x16} && head[1] == std::byte{0x03})
        return "; this looks like TLS, but the port speaks plain tug";
    if (text.starts_with("SSH-")) return "; this looks like SSH, but the port speaks tug";
    return "";
}

} // namespace

std::array<std::byte, frame_header::size> frame_header::encode() const noexcept {
    std::array<std::byte, size> out;
    put_u32(out.data(), envelope);
    put_u32(out.data() + 4, body);
    return out;
}

frame_header frame_header::decode(std::span<const std::byte, size> bytes) noexcept {
    return {get_u32(bytes.data()), get_u32(bytes.data() + 4)};
}

void frame_decoder::set_limits(std::uint32_t envelope, std::uint32_t body) noexcept {
    envelope_limit_ = envelope;
    body_limit_ = body;
}

frame_decoder::step frame_decoder::fail(failure why) {
    state_ = state::failed;
    error_ = std::move(why);
    input_ = {};
    stash_.clear();
    return step::failed;
}

frame_decoder::step frame_decoder::next() {
    if (stash_used_) {
        // An idle connection holds no buffer: the capacity goes too.
        std::vector<std::byte>().swap(stash_);
        stash_used_ = false;
    }
    switch (state_) {
    case state::header: return next_header();
    case state::envelope: return next_envelope();
    case state::body: return wanted_ ? next_body() : skip_body();
    case state::failed: break;
    }
    return step::failed;
}

/// The next n bytes in one piece, straight from the input where they are whole there, else by way of the stash.
std::optional<std::span<const std::byte>> frame_decoder::gather(std::size_t n) {
    if (stash_.empty() && input_.size() >= n) {
        const auto whole = input_.first(n);
        input_ = input_.subspan(n);
        return whole;
    }
    const auto part = input_.first(std::min(n - stash_.size(), input_.size()));
    stash_.insert(stash_.end(), part.begin(), part.end());
    input_ = input_.subspan(part.size());
    if (stash_.size() < n) return std::nullopt;
    stash_used_ = true;
    return std::span<const std::byte>(stash_);
}

frame_decoder::step frame_decoder::next_header() {
    const auto bytes = gather(frame_header::size);
    if (!bytes) return step::need_more;
    std::array<std::byte, frame_header::size> head;
    std::ranges::copy(*bytes, head.begin());
    if (stash_used_) {
        stash_.clear();
        stash_used_ = false;
    }
    header_ = frame_header::decode(head);
    if (header_.envelope == 0) return fail({errc::invalid_request, "envelope_size is 0; it must be at least 1"});
    if (header_.envelope > envelope_limit_)
        return fail({errc::frame_too_large, "envelope_size " + std::to_string(header_.envelope) +
                                                " is over the limit of " + std::to_string(envelope_limit_) +
                                                std::string(hint_for(head))});
    if (header_.body > body_limit_)
        return fail({errc::frame_too_large, "body_size " + std::to_string(header_.body) + " is over the limit of " +
                                                std::to_string(body_limit_) + std::string(hint_for(head))});
    state_ = state::envelope;
    return next_envelope();
}

frame_decoder::step frame_decoder::next_envelope() {
    const auto bytes = gather(header_.envelope);
    if (!bytes) return step::need_more;
    envelope_ = {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
    body_left_ = header_.body;
    ++envelopes_;
    wanted_ = false;
    state_ = state::body;
    return step::envelope;
}

frame_decoder::step frame_decoder::skip_body() noexcept {
    const auto n = std::min<std::size_t>(body_left_, input_.size());
    input_ = input_.subspan(n);
    body_left_ -= static_cast<std::uint32_t>(n);
    if (body_left_ > 0) return step::need_more;
    state_ = state::header;
    return step::body_end;
}

frame_decoder::step frame_decoder::next_body() {
    while (!input_.empty() && body_left_ > 0 && !body_room().empty()) {
        const auto n = piece_.append(input_.first(std::min<std::size_t>(body_left_, input_.size())));
        input_ = input_.subspan(n);
        body_left_ -= static_cast<std::uint32_t>(n);
    }
    if (!piece_.empty() && (body_left_ == 0 || piece_.room().empty())) return step::body;
    if (body_left_ > 0) return step::need_more;
    state_ = state::header;
    return step::body_end;
}

std::span<std::byte> frame_decoder::body_room() {
    if (state_ != state::body || !wanted_ || body_left_ == 0) return {};
    if (piece_.empty()) piece_ = chunk(std::min<std::size_t>(body_left_, piece_size));
    const auto room = piece_.room();
    return room.first(std::min<std::size_t>(room.size(), body_left_));
}

void frame_decoder::commit_body(std::size_t n) noexcept {
    piece_.commit(n);
    body_left_ -= static_cast<std::uint32_t>(n);
}

} // namespace tug::proto
