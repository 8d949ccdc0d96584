#include "tug/proto/outbox.hpp"

#include "tug/proto/frame.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tug::proto {

namespace {

/// A text beyond this is not grown further; the next frame begins a new one.
constexpr std::size_t segment_size = 64 * 1024;

/// What a text begins with: room for a few answers, in one allocation of the kind that is cheapest.
constexpr std::size_t segment_room = 1000;

} // namespace

void outbox::drop_open_frame() noexcept {
    if (std::exchange(open_, false)) segments_.back().text.resize(frame_);
}

std::string& outbox::begin_frame() {
    drop_open_frame();
    if (segments_.size() == first_ || segments_.back().sealed || !segments_.back().body.empty() ||
        segments_.back().text.size() >= segment_size) {
        // Written segments go now and then, for an outbox that never runs empty. A text that a write has may move with
        // its segment: a frame is longer than what a string keeps inside itself.
        if (first_ >= 32) {
            segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
        segments_.emplace_back().text.reserve(segment_room);
    }
    auto& text = segments_.back().text;
    frame_ = text.size();
    open_ = true;
    text.append(frame_header::size, '\0');
    return text;
}

bool outbox::end_frame(std::uint32_t envelope_limit) {
    return end_frame(envelope_limit, chunk());
}

bool outbox::end_frame(std::uint32_t envelope_limit, chunk body) {
    auto& last = segments_.back();
    open_ = false;
    const auto envelope = last.text.size() - frame_ - frame_header::size;
    if (envelope > envelope_limit) {
        last.text.resize(frame_);
        if (frame_ == 0) segments_.pop_back();
        return false;
    }
    const auto header =
        frame_header{static_cast<std::uint32_t>(envelope), static_cast<std::uint32_t>(body.size())}.encode();
    std::memcpy(last.text.data() + frame_, header.data(), header.size());
    size_ += header.size() + envelope + body.size();
    last.body = std::move(body);
    return true;
}

void outbox::gather(std::vector<std::span<const std::byte>>& out, std::size_t most) {
    drop_open_frame();
    for (auto i = first_; i < segments_.size() && most > 0; ++i) {
        auto& s = segments_[i];
        s.sealed = true;
        if (s.written < s.text.size()) {
            out.push_back(std::as_bytes(std::span(s.text)).subspan(s.written));
            --most;
        }
        if (!s.body.empty() && most > 0) {
            out.push_back(s.body.bytes());
            --most;
        }
    }
}

void outbox::consume(std::size_t n) noexcept {
    size_ -= n;
    while (first_ < segments_.size()) {
        auto& s = segments_[first_];
        const auto text = std::min(n, s.text.size() - s.written);
        s.written += text;
        n -= text;
        const auto body = std::min(n, s.body.size());
        s.body.consume(body);
        n -= body;
        if (s.written < s.text.size() || !s.body.empty()) return;
        s = segment();
        ++first_;
    }
    segments_.clear();
    first_ = 0;
}

void outbox::clear() noexcept {
    std::vector<segment>().swap(segments_);
    open_ = false;
    first_ = 0;
    size_ = 0;
}

} // namespace tug::proto
