#include "tug/os/range_digest.hpp"

#include "tug/os/errno.hpp"

#include <tug/proto/chunk.hpp>
#include <tug/proto/limits.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

namespace tug::os {

proto::result<bool> range_digest::step(std::uint64_t most, const on_bytes& also) {
    proto::chunk buffer(proto::piece_size);
    for (auto left = std::min(most, to_ - std::min(at_, to_)); left > 0;) {
        const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(left, proto::piece_size));
        const auto room = buffer.room().first(now);
        const auto n = ::pread(file_, room.data(), room.size(), static_cast<off_t>(at_));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return file_failure(errno, "cannot read the file");
        if (n == 0) return true;
        hasher_.update(room.first(static_cast<std::size_t>(n)));
        if (also) also(room.first(static_cast<std::size_t>(n)));
        at_ += static_cast<std::uint64_t>(n);
        left -= static_cast<std::uint64_t>(n);
    }
    return at_ >= to_;
}

void digest_zeros(proto::hasher& to, std::uint64_t count) {
    static constexpr std::array<std::byte, 65'536> zeros{};
    while (count > 0) {
        const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(count, zeros.size()));
        to.update(std::span(zeros).first(now));
        count -= now;
    }
}

} // namespace tug::os
