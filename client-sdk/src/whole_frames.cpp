#include "whole_frames.hpp"

#include <cstdint>
#include <utility>

namespace tug::detail {

void whole_frames::feed(proto::chunk bytes) {
    input_ = std::move(bytes);
    decoder_.feed(input_.bytes());
}

bool whole_frames::next() {
    using step = proto::frame_decoder::step;
    while (!failed_) {
        switch (decoder_.next()) {
        case step::envelope:
            envelope_ = decoder_.envelope();
            body_.clear();
            decoder_.want_body();
            break;
        case step::body: body_ += decoder_.take_piece().text(); break;
        case step::body_end: return true;
        case step::need_more: return false;
        case step::failed: failed_ = true; break;
        }
    }
    return false;
}

std::string frame_of(std::string_view envelope, std::string_view body) {
    const proto::frame_header head{static_cast<std::uint32_t>(envelope.size()),
                                   static_cast<std::uint32_t>(body.size())};
    const auto bytes = head.encode();
    std::string out;
    out.reserve(bytes.size() + envelope.size() + body.size());
    return out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()).append(envelope).append(body);
}

} // namespace tug::detail
