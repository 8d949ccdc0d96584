#pragma once

#include <tug/proto/chunk.hpp>
#include <tug/proto/frame.hpp>
#include <tug/proto/limits.hpp>

#include <string>
#include <string_view>

namespace tug::detail {

/// Frames from bytes that are cut anywhere, for what passes them on: each is handed over when it is whole.
class whole_frames {
public:
    explicit whole_frames(const proto::limits& largest) { decoder_.set_limits(largest.envelope, largest.body); }

    /// Precondition: next() has returned false, or nothing was fed before.
    void feed(proto::chunk bytes);

    /// Whether there is a frame more; envelope() and body() are its, until the next call.
    [[nodiscard]] bool next();

    /// A frame was larger than it may be; there are no more.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

    [[nodiscard]] std::string_view envelope() const noexcept { return envelope_; }

    [[nodiscard]] std::string_view body() const noexcept { return body_; }

private:
    proto::frame_decoder decoder_;
    proto::chunk input_;
    std::string envelope_;
    std::string body_;
    bool failed_ = false;
};

/// The bytes of a frame.
[[nodiscard]] std::string frame_of(std::string_view envelope, std::string_view body = {});

} // namespace tug::detail
