#pragma once

#include <tug/proto/entry_stream.hpp>

#include <cstddef>
#include <deque>
#include <span>
#include <utility>

namespace tug::os {

/// What the receiver of a tree has, as it says so by a stream of entries without bytes: in order, and taken from the
/// front by who compares. Thread safety: none.
class have_entries final : public proto::entry_sink {
public:
    [[nodiscard]] proto::result<void> feed(std::span<const std::byte> bytes) {
        const auto taken = decoder_.feed(bytes, *this);
        return taken ? proto::result<void>() : taken.error();
    }

    /// Nothing follows.
    [[nodiscard]] proto::result<void> end() {
        if (!decoder_.at_border()) return proto::failure::bad_field("entry", "is cut off");
        ended_ = true;
        return {};
    }

    /// False where more has to come before the next one is known.
    [[nodiscard]] bool ready() const noexcept { return ended_ || !entries_.empty(); }

    /// The next one; null at the end. Precondition: ready().
    [[nodiscard]] const proto::entry_head* front() const noexcept {
        return entries_.empty() ? nullptr : &entries_.front();
    }

    void pop() { entries_.pop_front(); }

    [[nodiscard]] proto::result<void> begin(proto::entry_head head) override {
        entries_.push_back(std::move(head));
        return {};
    }

    [[nodiscard]] proto::result<void> more(proto::entry_more) override { return {}; }

    [[nodiscard]] proto::result<void> bytes(std::span<const std::byte>) override {
        return proto::failure::bad_field("entry", "of a listing has bytes");
    }

private:
    proto::entry_decoder decoder_;
    std::deque<proto::entry_head> entries_;
    bool ended_ = false;
};

} // namespace tug::os
