#pragma once

#include <tug/exec_result.hpp>

#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tug::detail {

/// Compares an output stream that came with what the server says that it sent.
class stream_check {
public:
    void update(std::span<const std::byte> bytes) {
        bytes_ += bytes.size();
        hasher_.update(bytes);
    }

    /// Once, after the end of the stream.
    [[nodiscard]] proto::result<void> compare(const stream_summary& said, std::string_view stream) {
        const std::string name(stream);
        if (said.bytes != bytes_)
            return proto::failure(proto::errc::size_mismatch, name + ": " + std::to_string(bytes_) + " bytes came, " +
                                                                  std::to_string(said.bytes) + " were sent");
        if (said.digest != hasher_.finish().to_string())
            return proto::failure(proto::errc::digest_mismatch, name + " is not what was sent");
        return {};
    }

private:
    std::uint64_t bytes_ = 0;
    proto::hasher hasher_{proto::digest_kind::xxh3_128};
};

} // namespace tug::detail
